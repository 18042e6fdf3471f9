import { afterAll, describe, expect, it } from 'vitest';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { type Asks, aftermath, callOf, type Race, raceRevocation } from '../support/live/race.ts';

const ROUNDS = 10;
const CALLERS = 8;
const rounds = Array.from({ length: ROUNDS }, (_, round) => round);

/** Half of them count each use. */
const ruleOf = (round: number): string =>
  round % 4 < 2 ? "permit: 's/*'" : "{ permit: 's/*', limit: [5000/m, 10000/h] }";
/** One subject and grant a round, so that each can be revoked once. */
const manyGrants = () =>
  Object.fromEntries(rounds.map((n) => [`g${n}.yaml`, grantText(`g${n}`, `u${n}`, [ruleOf(n)])]));

const homes: Home[] = [];
const home = (options?: ConstructorParameters<typeof Home>[0]): Home => {
  const made = new Home(options);
  homes.push(made);
  return made;
};
afterAll(async () => {
  await Promise.all(homes.map((one) => one.remove()));
});

async function revoke(at: Home, what: 'session' | 'grant', id: string): Promise<void> {
  const { code, stderr } = await at.run([what, 'revoke', id]);
  if (code !== 0) throw new Error(`${what} revoke: exit ${code}: ${stderr}`);
}

type Face = (at: Home, token: string) => Promise<{ client: Asks; end: () => Promise<unknown> }>;

const overHttp = async (at: Home): Promise<Face> => {
  const { port } = await at.serve();
  return async (_, token) => {
    const client = new HttpClient(port, token);
    return { client, end: async () => client.close() };
  };
};
const overStdio = async (): Promise<Face> => async (at, token) => {
  const client = at.stdio(token);
  return { client, end: () => client.leave() };
};

describe('S12 a revocation in another process, calls in flight', () => {
  for (const [face, open] of [
    ['http', overHttp],
    ['stdio', overStdio],
  ] as const) {
    it(`leaves nothing admitted or released after it, session or grant, over ${face}`, async () => {
      const at = home({ grants: manyGrants() });
      await at.applyGrants();
      const connect = await open(at);
      const races: { revoked: string; race: Race }[] = [];
      for (const round of rounds) {
        const session = await at.open(`u${round}`);
        const what = round % 2 === 0 ? 'session' : 'grant';
        const revoked = what === 'session' ? session.id : `g${round}`;
        const { client, end } = await connect(at, session.token);
        const race = await raceRevocation(client, {
          prefix: `r${round}`,
          callers: CALLERS,
          revoke: () => revoke(at, what, revoked),
        });
        await end();
        races.push({ revoked, race });
      }

      const events = await at.events();
      const reached = new Set(at.journal().map(({ nonce }) => nonce));
      let stopped = 0;
      for (const { revoked, race } of races) {
        const log = aftermath(events, revoked);
        expect(log.revokedAt).toBeGreaterThan(0);
        expect(log.after).toEqual([]);
        expect(log.open).toBe(0);
        expect(race.delivered.filter((id) => !log.released.has(id))).toEqual([]);
        expect(race.begunAfter).toHaveLength(CALLERS * 3);
        expect(race.begunAfter.filter((id) => race.delivered.includes(id))).toEqual([]);
        expect(race.begunAfter.filter((id) => reached.has(id))).toEqual([]);
        stopped += log.stopped;
      }
      // Otherwise nothing was in flight and nothing was shown.
      expect(stopped).toBeGreaterThan(0);
      expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
    }, 180_000);
  }

  it('cancels long calls at the tool server, withholds them and counts them, over all brokers', async () => {
    const at = home();
    const served = await at.serve();
    const session = await at.open();
    const http = new HttpClient(served.port, session.token);
    const stdio = at.stdio(session.token);
    const answers = Promise.all([
      http.ask(callOf('h', 's__hold')),
      stdio.ask(callOf('s', 's__hold')),
    ]);
    await at.noted((lines) => lines.filter(({ kind }) => kind === 'call').length === 2);

    const { code, stdout } = await at.run(['session', 'revoke', session.id]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 of 2 brokers, \d+ ms, 2 calls cancelled$/m);
    const [overHttpAnswer, overStdioAnswer] = await answers;
    expect(overHttpAnswer).toBeUndefined();
    expect(overStdioAnswer).toMatchObject({ error: { code: -31003 } });
    const lines = await at.noted(
      (noted) => noted.filter(({ kind }) => kind === 'cancelled').length === 2,
    );
    expect(lines.flatMap((line) => (line.kind === 'cancelled' ? [line.nonce] : [])).sort()).toEqual(
      ['h', 's'],
    );
    const outcomes = await at.events('--code', 'TG1002');
    expect(outcomes.map(({ outcome, reason }) => ({ outcome, reason }))).toEqual([
      { outcome: 'withheld', reason: 'session_revoked' },
      { outcome: 'withheld', reason: 'session_revoked' },
    ]);
    http.close();
    expect(await stdio.running.ended).toMatchObject({ code: 1 });
  });

  it('of one session leaves the calls of another alone', async () => {
    const at = home();
    const served = await at.serve();
    const [gone, kept] = [await at.open(), await at.open()];
    const client = new HttpClient(served.port, kept.token);
    const answer = client.ask(callOf('kept', 's__hold'));
    const noted = await at.noted((lines) => lines.some(({ kind }) => kind === 'call'));
    const call = noted.find(({ kind }) => kind === 'call');
    const { stdout } = await at.run(['session', 'revoke', gone.id]);
    expect(stdout).toMatch(/^1 of 1 broker, \d+ ms, 0 calls cancelled$/m);
    process.kill(call?.pid ?? -1, 'SIGUSR2');
    expect(await answer).toMatchObject({ result: { content: [{ text: 'kept' }] } });
    client.close();
  });
});
