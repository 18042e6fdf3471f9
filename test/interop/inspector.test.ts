import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspect, namesIn } from '../support/interop/inspector.ts';
import { grantText, Home, TOOLGRANT } from '../support/live/home.ts';
import { startProcess } from '../support/live/processes.ts';
import { StdioClient } from '../support/live/stdio-client.ts';

/** `s` has seven tools. */
const GRANTED = ['s__echo', 's__other'];
const CALL = ['--method', 'tools/call', '--tool-arg', 'nonce=hello', '--tool-name'];
const LIST = ['--method', 'tools/list'];

let home: Home;
beforeAll(async () => {
  const rules = ['permit: s/{echo,other}'];
  home = new Home({ grants: { 'alice.yaml': grantText('alice-two', 'alice', rules) } });
  await home.applyGrants();
});
afterAll(() => home.remove());

const calledWith = (): readonly (string | undefined)[] =>
  home
    .journal()
    .filter(({ kind }) => kind === 'call')
    .map(({ tool }) => tool);

describe('the official Inspector over HTTP', () => {
  it.each(['legacy', 'modern'])(
    'lists exactly the grant, calls, and is refused after a revocation (%s era)',
    async (era) => {
      const served = await home.serve();
      const { id, token } = await home.open();
      const url = `http://127.0.0.1:${served.port}/mcp`;
      const ask = (...words: readonly string[]) =>
        inspect(home.dir, [
          ...['--transport', 'http', '--server-url', url, '--protocol-era', era],
          ...['--header', `Authorization: Bearer ${token}`],
          ...words,
        ]);
      expect(namesIn(await ask(...LIST))).toEqual(GRANTED);
      const before = calledWith().length;
      expect(await ask(...CALL, 's__echo')).toMatchObject({
        code: 0,
        result: { content: [{ type: 'text', text: 'hello' }] },
      });
      // It looks into the list before it calls: the call is not even made.
      expect(await ask(...CALL, 's__sneaky')).toMatchObject({ error: 'tool_not_found' });
      expect((await home.run(['session', 'revoke', id])).code).toBe(0);
      expect(await ask(...LIST)).toMatchObject({ error: 'auth_required' });
      expect(await ask(...CALL, 's__echo')).toMatchObject({ error: 'auth_required' });
      expect(calledWith().slice(before)).toEqual(['echo']);
      await served.end('SIGTERM');
    },
  );
});

describe('the official Inspector, given the entry that `connect` prints', () => {
  it('lists exactly the grant, calls, and stays out once its session was revoked', async () => {
    const words = ['connect', 'claude-desktop', '--subject', 'alice', '--print'];
    const { stdout: entry } = await home.run(words);
    const file = join(home.dir, 'client.json');
    writeFileSync(file, entry);
    const ask = (...more: readonly string[]) =>
      inspect(home.dir, ['--config', file, '--server', 'tg', ...more]);
    expect(namesIn(await ask(...LIST))).toEqual(GRANTED);
    expect(await ask(...CALL, 's__other')).toMatchObject({
      code: 0,
      result: { content: [{ type: 'text', text: 'hello' }] },
    });
    const before = calledWith().length;

    const stdio = ['--config', home.config, 'stdio', '--profile', 'claude-desktop'];
    const client = new StdioClient(startProcess(TOOLGRANT, stdio, { stdin: 'pipe' }));
    const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };
    await client.ask({ id: 1, method: 'initialize', params: hello });
    const listed = await home.run(['session', 'list', '--json']);
    const [{ id }] = JSON.parse(listed.stdout) as [{ id: string }];
    expect((await home.run(['session', 'revoke', id])).code).toBe(0);
    await client.leave();

    expect(await ask(...LIST)).toMatchObject({
      code: 1,
      message: expect.stringContaining('the session token is not valid here, or no longer'),
    });
    expect(calledWith()).toHaveLength(before);
  });
});
