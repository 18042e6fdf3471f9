import { revokeGrant } from '../../src/admin/revoke-grant.ts';
import { revokeSession } from '../../src/admin/revoke-session.ts';
import { grantText, Home } from '../../test/support/live/home.ts';
import { HttpClient } from '../../test/support/live/http-client.ts';
import { raceRevocation } from '../../test/support/live/race.ts';
import { progress } from './figures.mjs';
import { judgeRaces } from './judge-races.mjs';

const CALLERS = 8;
/** Every fourth round revokes a grant, but there are not more grant files than this. */
const MAX_GRANTS = 250;

/** S12: calls race revocations over HTTP, revoked from another process that is no command. */
export const raceOverHttp = (figure, { rounds }) =>
  revocations(figure, 'S12 http', { count: rounds, connect: overHttp, revoke: revokeHere });

/** S12: the same, revoked by the command. */
export const raceCommandOverHttp = (figure, { cliRounds }) =>
  revocations(figure, 'S12 http cli', {
    count: cliRounds,
    connect: overHttp,
    revoke: revokeByCommand,
  });

/** S12: the same over stdio. */
export const raceCommandOverStdio = (figure, { stdioRounds }) =>
  revocations(figure, 'S12 stdio cli', {
    count: stdioRounds,
    connect: overStdio,
    revoke: revokeByCommand,
  });

/** `connect` gives a client for a session's token; `revoke` revokes and answers its milliseconds. */
async function revocations(figure, part, { count, connect, revoke }) {
  // A grant is revoked for good, so each of these rounds has its own.
  const every = Math.max(4, Math.ceil(count / MAX_GRANTS));
  const isGrant = (round) => round % every === 0;
  const grants = Array.from({ length: Math.ceil(count / every) }, (_, n) => [
    `g${n * every}.yaml`,
    grantText(`g${n * every}`, `u${n * every}`),
  ]);
  grants.push(['stays.yaml', grantText('stays', 'stays')]);
  const at = new Home({ grants: Object.fromEntries(grants) });
  await at.applyGrants();
  const open = await connect(at);
  const races = [];
  const times = { session: [], grant: [] };
  const say = progress(part);
  for (let round = 0; round < count; round += 1) {
    const what = isGrant(round) ? 'grant' : 'session';
    const session = await at.open(isGrant(round) ? `u${round}` : 'stays');
    const revoked = isGrant(round) ? `g${round}` : session.id;
    const { client, end } = await open(session.token);
    const race = await raceRevocation(client, {
      prefix: `r${round}`,
      callers: CALLERS,
      async revoke() {
        const beganMs = performance.now();
        await revoke(at, what, revoked);
        times[what].push(performance.now() - beganMs);
      },
    });
    await end();
    races.push({ revoked, race });
    say(() => `${races.length} of ${count} rounds`);
  }
  await judgeRaces(figure, part, {
    ...{ at, races, callers: CALLERS },
    times: {
      'session revoke, from asking to returned': times.session,
      'grant revoke': times.grant,
    },
  });
  await at.remove();
}

const overHttp = async (at) => {
  const { port } = await at.serve();
  return async (token) => {
    const client = new HttpClient(port, token);
    return { client, end: async () => client.close() };
  };
};
const overStdio = async (at) => async (token) => {
  const client = at.stdio(token);
  return { client, end: () => client.leave() };
};
/** From this process, which is no broker's: what the command does without its start. */
async function revokeHere(at, what, id) {
  const { context } = await at.state();
  const { drain } = await (what === 'session' ? revokeSession : revokeGrant)(context, id);
  if (drain.reached !== 1 || drain.silent.length > 0) throw new Error('a broker did not drain');
}
async function revokeByCommand(at, what, id) {
  const { code, stderr } = await at.run([what, 'revoke', id]);
  if (code !== 0) throw new Error(`${what} revoke: exit ${code}: ${stderr}`);
}
