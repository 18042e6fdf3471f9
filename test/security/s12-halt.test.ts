import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { callOf, isResult } from '../support/live/race.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';

const REFUSED = { error: { code: -32603 } };
const LIST = { method: 'tools/list', params: {} };
const hasGone = (pid: number): true | undefined => {
  try {
    process.kill(pid, 0);
    return undefined;
  } catch {
    return true;
  }
};

describe('S12 a halt', () => {
  let at: Home;
  let http: HttpClient;
  let stdio: StdioClient;
  let token: string;
  beforeAll(async () => {
    at = new Home();
    const { port } = await at.serve();
    ({ token } = await at.open());
    http = new HttpClient(port, token);
    stdio = at.stdio(token);
  });
  afterAll(async () => {
    http.close();
    await at.remove();
  });

  it('cancels what runs in every broker, withholds it, and ends the tool servers', async () => {
    const answers = Promise.all([
      http.ask(callOf('h', 's__hold')),
      stdio.ask(callOf('s', 's__hold')),
    ]);
    await at.noted((lines) => lines.filter(({ kind }) => kind === 'call').length === 2);
    const { code, stdout } = await at.run(['halt', '--reason', 'an incident']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^halted: .*\n2 of 2 brokers, \d+ ms, 2 calls cancelled$/m),
    ]);
    expect(await answers).toMatchObject([REFUSED, REFUSED]);
    const pids = new Set(at.journal().map(({ pid }) => pid));
    // One for each broker, and the one that was started for a first look.
    expect(pids.size).toBe(3);
    for (const pid of pids) await until(() => hasGone(pid));
    const outcomes = await at.events('--code', 'TG1002');
    expect(outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['withheld', 'halted'],
      ['withheld', 'halted'],
    ]);
  });

  it('lists nothing, and answers a granted tool as one there is not', async () => {
    for (const client of [http, stdio]) {
      expect(await client.ask({ id: 'list', ...LIST })).toMatchObject({ result: { tools: [] } });
      const [known, unknown] = [
        await client.ask(callOf('x', 's__echo')),
        await client.ask(callOf('x', 's__none')),
      ];
      expect(known).toMatchObject(REFUSED);
      expect(known).toEqual(unknown);
    }
    expect(at.journal().filter(({ kind }) => kind === 'start')).toHaveLength(3);
    const refused = await at.events('--reason', 'halted', '--decision', 'deny');
    expect(refused.map(({ code }) => code).sort()).toEqual([
      ...['TG1002', 'TG1002'],
      ...['TG1003', 'TG1003', 'TG1003', 'TG1003'],
      ...['TG1004', 'TG1004'],
    ]);
  });

  it('opens no session, and holds for a broker started later', async () => {
    expect(await at.run(['session', 'open', '--subject', 'alice'])).toMatchObject({ code: 1 });
    expect(await at.run(['call', 's/echo', '--as', 'alice'])).toMatchObject({ code: 1 });
    const later = at.stdio(token);
    expect(await later.ask(callOf('later', 's__echo'))).toMatchObject(REFUSED);
    expect(later.running.stderr()).toContain('everything is halted');
    await later.leave();
  });

  it('is over when it is lifted, for sessions that were open before', async () => {
    expect(await at.run(['halt', '--lift'])).toMatchObject({ code: 0 });
    expect(isResult(await http.ask(callOf('after-h', 's__echo')))).toBe(true);
    expect(isResult(await stdio.ask(callOf('after-s', 's__echo')))).toBe(true);
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  });
});
