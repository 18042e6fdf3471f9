import { afterEach, describe, expect, it } from 'vitest';
import { Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { callOf, isResult } from '../support/live/race.ts';

let at: Home;
let client: HttpClient | undefined;
afterEach(async () => {
  client?.close();
  await at.remove();
});

/** A broker with a call at its tool server. */
async function holding() {
  at = new Home();
  const served = await at.serve();
  const session = await at.open();
  client = new HttpClient(served.port, session.token);
  const held = client.ask(callOf('held', 's__hold'));
  const noted = await at.noted((lines) => lines.some(({ kind }) => kind === 'call'));
  const call = noted.find(({ kind }) => kind === 'call');
  return { served, session, client, held, toolServer: call?.pid ?? -1 };
}

/**
 * Stops a broker and revokes. One that is stopped in the middle of a commit keeps everybody from the
 * store: nothing is committed then, as exit code 4 says, and it is woken and stopped again.
 */
async function revokedWhileStopped(pid: number, session: string) {
  for (let attempt = 1; ; attempt += 1) {
    process.kill(pid, 'SIGSTOP');
    const ended = await at.run(['session', 'revoke', session]);
    if (ended.code !== 4 || attempt === 5) return ended;
    process.kill(pid, 'SIGCONT');
    await at.run(['session', 'list']);
  }
}

describe('S12 a broker that cannot answer a revocation', () => {
  it('because it is stopped is named with its open call, and admits and releases nothing when it wakes', async () => {
    const { served, session, client, held, toolServer } = await holding();
    const { code, stdout, stderr } = await revokedWhileStopped(served.pid, session.id);
    // Answered by the tool server and asked by the client while nobody was awake.
    process.kill(toolServer, 'SIGUSR2');
    const asked = client.ask(callOf('asked', 's__echo'));
    process.kill(served.pid, 'SIGCONT');
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^0 of 1 broker, /m)]);
    expect(stderr).toMatch(
      new RegExp(
        `\\(pid ${served.pid}\\) did not answer; 1 call open\\n.*\\n +open: event \\d+, s/hold`,
      ),
    );
    expect([isResult(await held), isResult(await asked)]).toEqual([false, false]);
    expect(at.journal().filter(({ kind }) => kind === 'call')).toHaveLength(1);
    const outcomes = await at.events('--code', 'TG1002');
    expect(outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['withheld', 'session_revoked'],
    ]);
    expect(await at.run(['session', 'revoke', session.id])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 of 1 broker, /m),
    });
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  });

  it('because it was killed is not waited for, and its open call is closed as unknown', async () => {
    const { served, session, held } = await holding();
    await served.end('SIGKILL');
    expect(isResult(await held)).toBe(false);
    expect(await at.run(['session', 'revoke', session.id])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^0 of 0 brokers, /m),
    });
    const outcomes = await at.events('--code', 'TG1002');
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['unknown']);
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  });
});
