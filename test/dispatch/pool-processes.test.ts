import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createPool, type Pool } from '../../src/dispatch/pool.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import { member } from '../../src/domain/json.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { callTool, isAlive, jsonOf, SERVERS, stdioSpec } from '../support/tool-servers/harness.ts';
import { until } from '../support/until.ts';

const pools: Pool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.closeAll();
});

function realPool(flags: readonly string[] = []): Pool {
  const pool = createPool({
    connector: createToolServerConnector({ version: '0', secrets: [], log: () => undefined }),
    specs: [stdioSpec(SERVERS.raw, flags)],
    clock: { now: () => 0, nowMicros: () => 0, monotonicMs: () => 0 },
    onAsk: async () => ({ code: -32601, message: 'no' }),
    onListChanged: () => undefined,
    onNews: () => undefined,
    onServerEvent: () => undefined,
  });
  pools.push(pool);
  return pool;
}

const { signal } = new AbortController();
const capabilities = {};
const owner = (n: number) => ({
  sessionId: `ses_${n}` as SessionId,
  subject: 'alice',
  sessionExpiresAt: Number.MAX_SAFE_INTEGER,
});

async function pidsOf(pool: Pool, n: number): Promise<number[]> {
  const lease = await pool.acquire('s', owner(n), { signal, capabilities, knownEra: '2025' });
  const found = jsonOf(await callTool(lease.connection, 'pid'));
  lease.release();
  return [member(found, 'pid') as number, ...(member(found, 'children') as number[])];
}

describe('the processes of a pool', () => {
  it('leave nothing behind after 20 sessions with grandchildren', async () => {
    const pool = realPool(['--leave-child']);
    const pids: number[] = [];
    for (let batch = 0; batch < 5; batch += 1) {
      const numbers = [0, 1, 2, 3].map((n) => batch * 4 + n);
      const found = await Promise.all(numbers.map((n) => pidsOf(pool, n)));
      pids.push(...found.flat());
      if (batch % 2 === 0)
        await Promise.all(numbers.map((n) => pool.endSession(owner(n).sessionId)));
    }
    await pool.closeAll();
    expect(new Set(pids).size).toBe(40);
    await until(() => !pids.some(isAlive));
  });

  it('are not shared, so that a crash fails the calls of its own session only', async () => {
    const pool = realPool();
    const mine = await pool.acquire('s', owner(1), { signal, capabilities });
    const other = await pool.acquire('s', owner(2), { signal, capabilities });
    const crash = callTool(mine.connection, 'crash');
    await expect(crash).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    expect((await callTool(other.connection, 'echo')).kind).toBe('result');
    const again = pool.acquire('s', owner(1), { signal, capabilities });
    await expect(again).rejects.toMatchObject({ code: 'ERR_SERVER_BACKOFF' });
    mine.release();
    other.release();
  });

  it('die with the broker when it exits without closing them', async () => {
    const script = fileURLToPath(
      new URL('../support/tool-servers/abrupt-broker.ts', import.meta.url),
    );
    const broker = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    broker.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    await once(broker, 'close');
    const pids = JSON.parse(output) as number[];
    expect(pids).toHaveLength(2);
    await until(() => !pids.some(isAlive));
  });
});
