import { afterEach, describe, expect, it } from 'vitest';
import { Home, TOOLGRANT, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { startProcess } from '../support/live/processes.ts';
import { callOf } from '../support/live/race.ts';
import { isAlive } from '../support/tool-servers/harness.ts';

const homes: Home[] = [];
afterEach(async () => {
  await Promise.all(homes.splice(0).map((home) => home.remove()));
});
async function granted(): Promise<Home> {
  const home = new Home();
  homes.push(home);
  await home.applyGrants();
  return home;
}
const isCalled = (home: Home, count = 1) =>
  home.noted((lines) => lines.filter(({ kind }) => kind === 'call').length === count);

/** After the end: the outcome is recorded, the tool server was told and is gone, the log proves itself. */
async function expectEnded(home: Home, calls: number): Promise<void> {
  const lines = home.journal();
  expect(lines.filter(({ kind }) => kind === 'cancelled')).toHaveLength(calls);
  const pids = new Set(lines.map(({ pid }) => pid));
  // The one that was called, and the one that was started for a first look.
  expect(pids.size).toBe(2);
  await until(() => ([...pids].some(isAlive) ? undefined : true));
  const events = await home.events();
  const outcomes = events.filter(({ code }) => code === 'TG1002');
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(calls).fill('cancelled'));
  expect(events.filter(({ code }) => code === 'TG1001')).toHaveLength(calls);
  expect(events.filter(({ code }) => code === 'TG5002')).toHaveLength(1);
  const { stdout } = await home.run(['audit', 'verify', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, openIntents: 0 });
}

describe('a signal during a call', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`cancels it over http, records it, and exits 0: ${signal}`, async () => {
      const home = await granted();
      const served = await home.serve();
      const client = new HttpClient(served.port, (await home.open()).token);
      const answers = [callOf('a', 's__hold'), callOf('b', 's__hold')].map((call) =>
        client.ask(call),
      );
      await isCalled(home, 2);
      expect(await served.end(signal)).toMatchObject({ code: 0, signal: null });
      for (const answer of await Promise.all(answers)) expect(answer?.error?.code).toBe(-32603);
      client.close();
      await expectEnded(home, 2);
    });
  }

  it('cancels it over stdio, answers it, records it, and exits 0', async () => {
    const home = await granted();
    const client = home.stdio((await home.open()).token);
    const answer = client.ask(callOf('a', 's__hold'));
    await isCalled(home);
    expect(await client.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
    expect(await answer).toMatchObject({ id: 'a', error: { code: -32603 } });
    await expectEnded(home, 1);
  });

  it('records a call whose stdio client just left, and leaves nobody behind', async () => {
    const home = await granted();
    const client = home.stdio((await home.open()).token);
    const answer = client.ask(callOf('a', 's__hold'));
    await isCalled(home);
    expect(await client.leave()).toMatchObject({ code: 0 });
    await answer;
    await expectEnded(home, 1);
  });

  it('cancels `toolgrant call`, records it, and does not call that success', async () => {
    const home = await granted();
    const args = ['--config', home.config, 'call', 's/hold', '--as', 'alice'];
    const running = startProcess(TOOLGRANT, args);
    await isCalled(home);
    running.child.kill('SIGTERM');
    const { code } = await running.ended;
    expect(code).toBeGreaterThan(0);
    await expectEnded(home, 1);
  });

  it('lets a call that was answered before keep its outcome', async () => {
    const home = await granted();
    const served = await home.serve();
    const client = new HttpClient(served.port, (await home.open()).token);
    expect(await client.ask(callOf('a', 's__echo'))).toHaveProperty('result');
    expect(await served.end('SIGTERM')).toMatchObject({ code: 0 });
    client.close();
    const outcomes = await home.events('--code', 'TG1002');
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['ok']);
  });
});
