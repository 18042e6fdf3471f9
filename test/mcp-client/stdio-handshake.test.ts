import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ALL_CLIENT_CAPABILITIES } from '../../src/domain/client-capabilities.ts';
import { member } from '../../src/domain/json.ts';
import {
  callTool,
  jsonOf,
  manualTimers,
  SERVERS,
  stdioSpec,
  textOf,
} from '../support/tool-servers/harness.ts';

import { connect, logged, methods, raw } from './stdio-connection.ts';

describe('agreeing on a revision with a process', () => {
  it('initializes on the same pipe when the probe is refused', async () => {
    const connection = await connect(raw());
    expect(connection.offer).toMatchObject({
      era: '2025',
      revision: '2025-06-18',
      askedWith: {},
      serverInfo: { name: 'raw', version: '1', secretSauce: true },
      capabilities: { tools: { listChanged: true }, experimental: { odd: {} }, future: 1 },
      instructions: 'be careful',
    });
    const received = jsonOf(await callTool(connection, 'received'));
    expect(methods(received)).toEqual([
      'server/discover',
      'initialize',
      'notifications/initialized',
      'tools/list',
      'tools/list',
      'tools/call',
    ]);
  });

  it('spares the probe for a server known to be of the 2025 era', async () => {
    const connection = await connect(raw(), { knownEra: '2025' });
    expect(methods(jsonOf(await callTool(connection, 'received')))[0]).toBe('initialize');
  });

  it('takes silence for the 2025 era', async () => {
    const timers = manualTimers();
    const connecting = connect(raw('--silent'), { timers });
    timers.advance(2_000);
    expect((await connecting).offer.era).toBe('2025');
  });

  it('takes the late answer of a slow server that refuses to initialize', async () => {
    const timers = manualTimers();
    const connecting = connect(raw('--late-2026'), { timers });
    timers.advance(2_000);
    expect((await connecting).offer.era).toBe('2026');
  });

  it('starts a server once more that the probe ended', async () => {
    const connection = await connect(raw('--die-on-probe'));
    expect(methods(jsonOf(await callTool(connection, 'received')))[0]).toBe('initialize');
  });

  it('speaks 2026-07-28 with a server that does', async () => {
    const connection = await connect(stdioSpec(SERVERS.modern));
    const { tools, prompts: _, templates: __, ...offer } = connection.offer;
    expect(offer).toEqual({
      era: '2026',
      revision: '2026-07-28',
      askedWith: ALL_CLIENT_CAPABILITIES,
      serverInfo: { name: 'modern', version: '2.0.0' },
      capabilities: { tools: { listChanged: true } },
      instructions: 'modern',
    });
    expect(tools.map((tool) => member(tool, 'name'))).toEqual(['add', 'grüße', 'wait', 'fail']);
    expect(textOf(await callTool(connection, 'add', { a: 1, b: 2 }))).toBe('3');
  });

  it('speaks 2026-07-28 with a server known to', async () => {
    const connection = await connect(stdioSpec(SERVERS.modern), { knownEra: '2026' });
    expect(connection.offer.era).toBe('2026');
  });

  it('reports a command that does not exist without its arguments', async () => {
    const spec = stdioSpec('x', ['--key=canary'], { command: '/no/such/command' });
    await expect(connect(spec)).rejects.toMatchObject({
      code: 'ERR_SERVER_START',
      message: 'tool server s cannot be started: its command or cwd was not found (ENOENT)',
    });
  });

  it('reports arguments that cannot be passed without quoting them', async () => {
    const refusal = connect(stdioSpec('x', ['canary\0']));
    const error = await refusal.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_SERVER_START' });
    expect(inspect(error)).not.toContain('canary');
  });

  it('reports a server that ends before it is ready', async () => {
    await expect(connect(raw('--die'))).rejects.toMatchObject({ code: 'ERR_SERVER_START' });
  });

  it('gives up on a server that is not ready in time', async () => {
    const timers = manualTimers();
    const connecting = connect(raw('--mute'), { timers });
    timers.advance(20_000);
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_SERVER_TIMEOUT' });
  });

  it('gives up when nobody waits any more', async () => {
    const controller = new AbortController();
    const connecting = connect(raw('--mute'), { signal: controller.signal });
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });

  it.each([['--twins'], ['--endless']])('refuses a list that cannot be kept: %s', async (flag) => {
    await expect(connect(raw(flag))).rejects.toMatchObject({ code: 'ERR_SERVER_PROTOCOL' });
  });

  it('bears a banner on standard output', async () => {
    const connection = await connect(raw('--banner'));
    expect(connection.offer.tools).toHaveLength(24);
    expect(logged).toContain('not JSON-RPC on standard output: Welcome!');
  });
});
