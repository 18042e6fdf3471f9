import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { quarantineTools } from '../../src/admin/quarantine-tools.ts';
import { grantText, Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { MARK, markedWith, noneMarked, wordsOf } from '../support/live/marked.ts';
import type { Served } from '../support/live/processes.ts';
import { callOf } from '../support/live/race.ts';
import { SERVERS } from '../support/tool-servers/harness.ts';

let homes = 0;
const opened: Home[] = [];
afterAll(async () => {
  await Promise.all(opened.splice(0).map((home) => home.remove()));
});

interface Running {
  readonly home: Home;
  readonly mark: string;
  readonly served: Served;
  readonly client: HttpClient;
}

/** A broker whose tool server is marked, and has been called once. */
async function running(args: (home: Home) => readonly string[]): Promise<Running> {
  homes += 1;
  const mark = `s25-processes-${process.pid}-${homes}`;
  const home = new Home({
    grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: 's/*'"]) },
    servers: (at) => ({
      s: { command: process.execPath, args: [SERVERS.raw, ...args(at)], env: { [MARK]: mark } },
    }),
  });
  opened.push(home);
  await home.applyGrants();
  const served = await home.serve();
  const client = new HttpClient(served.port, (await home.open()).token);
  expect(await client.ask(callOf('first', 's__echo'))).toHaveProperty('result');
  client.close();
  return { home, mark, served, client };
}

describe.runIf(process.platform === 'linux').concurrent('S25 a tool server', () => {
  it.each([
    ['that ignores SIGTERM and the end of its input', ['--stubborn'], 1],
    ['whose child does, too', ['--stubborn', '--leave-child'], 2],
  ] as const)('%s ends with a broker that is killed', async (_, flags, count) => {
    const { mark, served } = await running(() => flags);
    expect(markedWith(mark)).toHaveLength(count);
    await served.end('SIGKILL');
    await noneMarked(mark);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'that ignores everything is gone with its child once the broker has left after %s',
    async (signal) => {
      const { mark, served } = await running(() => ['--stubborn', '--leave-child']);
      expect(markedWith(mark)).toHaveLength(2);
      expect(await served.end(signal)).toMatchObject({ code: 0, signal: null });
      await noneMarked(mark);
    },
  );

  it('that ignores everything is gone with its child once its session is revoked', async () => {
    const { home, mark, served } = await running(() => ['--stubborn', '--leave-child']);
    const [{ id = '' } = {}] = JSON.parse(
      (await home.run(['session', 'list', '--json'])).stdout,
    ) as { id: string }[];
    expect(await home.run(['session', 'revoke', id])).toMatchObject({ code: 0 });
    await noneMarked(mark);
    expect(served.child.exitCode).toBeNull();
  });

  it('that ignores everything is gone with its child once all its tools are quarantined', async () => {
    const { home, mark, served } = await running(() => ['--stubborn', '--leave-child']);
    const { context } = await home.state();
    const { drain } = await quarantineTools(context, 's', []);
    expect(drain).toMatchObject({ reached: 1, total: 1 });
    await noneMarked(mark);
    expect(served.child.exitCode).toBeNull();
  });

  it('that crashes at each call is held back, not started as often as it is called', async () => {
    const { home, client } = await running(() => []);
    const answers: unknown[] = [];
    for (let n = 0; n < 40; n += 1) {
      answers.push((await client.ask(callOf(`c${n}`, 's__crash')))?.error?.code);
    }
    expect(answers).toEqual(Array(40).fill(-32603));
    const starts = await home.events('--code', 'TG5004');
    expect(starts.length).toBeGreaterThan(0);
    // Waits double from one second: this many take longer than 40 calls.
    expect(starts.length).toBeLessThan(8);
  });

  it('gets its arguments as they stand: there is no shell to read them', async () => {
    const words = (home: Home): readonly string[] => {
      const ran = join(home.dir, 'ran').replaceAll('/', '\\057');
      const touch = `touch "$(printf '${ran}')"`;
      return [`; ${touch}`, `$(${touch})`, `\`${touch}\``, `| ${touch} &`, '*', '%PATH%', '\'"\n'];
    };
    const { home, mark } = await running(words);
    const [pid = -1] = markedWith(mark);
    expect(wordsOf(pid).slice(2)).toEqual(words(home));
    expect(existsSync(join(home.dir, 'ran'))).toBe(false);
  });

  it('is not found by a shell either: a command is one name', async () => {
    const home = new Home({
      servers: ({ dir }) => ({ s: { command: `touch ${join(dir, 'ran')};`, args: [] } }),
    });
    opened.push(home);
    await home.applyGrants();
    const { code } = await home.run(['call', 's/echo', '--as', 'alice']);
    expect(code).not.toBe(0);
    await until(async () =>
      (await home.events('--code', 'TG5005')).length > 0 ? true : undefined,
    );
    expect(existsSync(join(home.dir, 'ran'))).toBe(false);
  });
});
