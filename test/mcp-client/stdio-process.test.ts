import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isJsonObject } from '../../src/domain/json.ts';
import {
  callTool,
  isAlive,
  jsonOf,
  SERVERS,
  stdioSpec,
  textOf,
} from '../support/tool-servers/harness.ts';
import { until } from '../support/until.ts';
import { connect, raw } from './stdio-connection.ts';

describe('the process of a tool server', () => {
  it('has exactly the environment and the folder of its entry', async () => {
    const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'toolgrant-')));
    const env = { ONLY: 'this', EMPTY: '' };
    const connection = await connect(stdioSpec(SERVERS.raw, [], { env, cwd }));
    expect(jsonOf(await callTool(connection, 'env'))).toEqual({ env, cwd });
  });

  it('is started without a shell', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'toolgrant-'));
    const connection = await connect(
      stdioSpec(SERVERS.raw, [`$(touch ${folder}/x)`, `; touch ${folder}/x`]),
    );
    expect(connection.offer.tools).toHaveLength(24);
    expect(() => realpathSync(join(folder, 'x'))).toThrow('ENOENT');
  });

  it('is gone after close, with everything it started', async () => {
    const connection = await connect(raw('--leave-child'));
    const { pid, children } = jsonOf(await callTool(connection, 'pid')) as {
      pid: number;
      children: number[];
    };
    await connection.close();
    const all = [pid, ...children];
    await until(() => !all.some(isAlive));
    expect(all).toHaveLength(2);
  });

  it('takes what it started along when it crashes', async () => {
    const connection = await connect(raw('--leave-child'));
    const { children } = jsonOf(await callTool(connection, 'pid')) as { children: number[] };
    await expect(callTool(connection, 'crash')).rejects.toMatchObject({
      code: 'ERR_SERVER_CLOSED',
    });
    await until(() => !children.some(isAlive));
    expect(children).toHaveLength(1);
  });

  it('closes twice without harm and fails calls in flight', async () => {
    const connection = await connect(raw());
    const call = callTool(connection, 'hang');
    const failed = expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    await Promise.all([connection.close(), connection.close()]);
    await failed;
  });
});

describe('tool servers in the wild', () => {
  it('lists and calls server-everything', async () => {
    const connection = await connect(stdioSpec(SERVERS.everything, ['stdio']));
    expect(connection.offer.era).toBe('2025');
    expect(connection.offer.tools.length).toBeGreaterThan(8);
    const reply = await callTool(connection, 'echo', { message: 'hi' });
    expect(textOf(reply)).toBe('Echo: hi');
  });

  it('hands on the progress of server-everything', async () => {
    const connection = await connect(stdioSpec(SERVERS.everything, ['stdio']));
    const onProgress = vi.fn();
    const args = { duration: 0.2, steps: 2 };
    await callTool(connection, 'trigger-long-running-operation', args, { onProgress });
    expect(onProgress.mock.calls.map(([params]) => params)).toEqual([
      { progress: 1, total: 2 },
      { progress: 2, total: 2 },
    ]);
  });

  it('lists and calls server-filesystem', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'toolgrant-')));
    writeFileSync(join(folder, 'a.txt'), 'content');
    const connection = await connect(stdioSpec(SERVERS.filesystem, [folder]));
    const reply = await callTool(connection, 'read_text_file', { path: join(folder, 'a.txt') });
    expect(textOf(reply)).toBe('content');
  });

  it('lists and calls server-memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'toolgrant-'));
    const env = { PATH: process.env.PATH ?? '', MEMORY_FILE_PATH: join(folder, 'memory.jsonl') };
    const connection = await connect(stdioSpec(SERVERS.memory, [], { env }));
    const reply = await callTool(connection, 'read_graph');
    expect(reply.kind === 'result' && isJsonObject(reply.result.structuredContent)).toBe(true);
  });
});
