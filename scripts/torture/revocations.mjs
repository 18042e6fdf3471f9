import { revokeGrant } from '../../src/admin/revoke-grant.ts';
import { revokeSession } from '../../src/admin/revoke-session.ts';
import { grantText, Home } from '../../test/support/live/home.ts';
import { HttpClient } from '../../test/support/live/http-client.ts';
import { aftermath, raceRevocation } from '../../test/support/live/race.ts';
import { progress, spread } from './figures.mjs';

const CALLERS = 8;

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
  // Every fourth round revokes a grant; a grant is revoked for good, so each has its own.
  const isGrant = (round) => round % 4 === 0;
  const grants = Array.from({ length: Math.ceil(count / 4) }, (_, n) => [
    `g${n * 4}.yaml`,
    grantText(`g${n * 4}`, `u${n * 4}`),
  ]);
  grants.push(['stays.yaml', grantText('stays', 'stays')]);
  const at = new Home({ grants: Object.fromEntries(grants) });
  await at.applyGrants();
  const open = await connect(at);
  const races = [];
  const times = [];
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
        times.push(performance.now() - beganMs);
      },
    });
    await end();
    races.push({ revoked, race });
    say(() => `${races.length} of ${count} rounds`);
  }
  const events = await at.events();
  const byKey = eventsByRight(events);
  const reached = new Set(at.journal().map(({ nonce }) => nonce));
  const sums = { unrevoked: 0, after: 0, late: 0, unreleased: 0, stopped: 0, calls: 0, open: 0 };
  for (const { revoked, race } of races) {
    const log = aftermath(byKey.get(revoked) ?? [], revoked);
    const delivered = new Set(race.delivered);
    sums.unrevoked += log.revokedAt === 0 ? 1 : 0;
    sums.after += log.after.length;
    sums.late += race.begunAfter.filter((id) => delivered.has(id) || reached.has(id)).length;
    sums.unreleased += race.delivered.filter((id) => !log.released.has(id)).length;
    sums.stopped += log.stopped;
    sums.open += log.open;
    sums.calls += race.delivered.length;
  }
  figure(part, `rounds, ${CALLERS} calls in flight in each`, races.length);
  figure(part, 'revocations missing from the log', sums.unrevoked, 0);
  figure(part, 'results delivered before', sums.calls);
  figure(part, 'calls in flight that were stopped', sums.stopped);
  figure(part, 'intents or released results after the revocation in the log', sums.after, 0);
  figure(part, 'calls begun after it returned that reached anybody', sums.late, 0);
  figure(part, 'results delivered that were not released in the log', sums.unreleased, 0);
  figure(part, 'calls without an outcome', sums.open, 0);
  figure(part, 'revocation, from asking to returned', spread(times));
  figure(part, 'exit code of audit verify', (await at.run(['audit', 'verify'])).code, 0);
  await at.remove();
}

/** The events of each session and of each grant, so that every round reads only its own. */
function eventsByRight(events) {
  const byKey = new Map();
  const keysOf = new Map();
  for (const event of events) {
    const keys =
      keysOf.get(event.intent) ??
      [event.session, event.rule?.grant, event.detail?.grant].filter((key) => key !== undefined);
    if (event.code === 'TG1001') keysOf.set(event.seq, keys);
    for (const key of keys) byKey.set(key, [...(byKey.get(key) ?? []), event]);
  }
  return byKey;
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
