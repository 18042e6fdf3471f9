import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/verify.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { sessionRecord } from '../support/fakes/session-record.ts';
import { createStateDir, openTestStores, publicKey } from '../support/sqlite/test-stores.ts';

const WORKER = join(import.meta.dirname, '../support/sqlite/append-worker.ts');
const run = promisify(execFile);

describe('several processes on one state', () => {
  const session = sessionRecord({ expiresAt: Number.MAX_SAFE_INTEGER, calls: 0 });
  const { id } = session;
  let state: ReturnType<typeof createStateDir>;
  let stores: Stores;

  beforeEach(async () => {
    state = createStateDir();
    stores = await openTestStores(state.stateDir);
    await stores.sessions.open(session, { code: 'TG2002' });
  });

  afterEach(() => {
    stores.close();
    state.remove();
  });

  const work = async (calls: number): Promise<Record<string, number>> => {
    const { stdout } = await run(process.execPath, [WORKER, state.stateDir, id, String(calls)]);
    return JSON.parse(stdout) as Record<string, number>;
  };

  it('share one chain without gaps, each append either made or refused', async () => {
    // At saturation, on a machine whose cores others hold, a few may be refused for contention; that
    // none is below it is `test/security/four-brokers.test.ts`.
    const counts = await Promise.all(Array.from({ length: 4 }, () => work(200)));
    const settled = counts.map(({ appended = 0, contended = 0 }) => appended + contended);
    expect(settled).toEqual([200, 200, 200, 200]);
    const appended = counts.reduce((sum, count) => sum + (count.appended ?? 0), 0);
    expect(appended).toBeGreaterThan(600);
    const report = await verifyAudit(stores.events, { publicKey });
    expect(report).toMatchObject({ ok: true, events: 1 + 2 * appended, openIntents: 0 });
    expect(stores.sessions.find(id)?.calls).toBe(appended);
  });

  it('append nothing that a revocation forbids after it committed', async () => {
    const workers = Promise.all([work(300), work(300)]);
    while ((await stores.brokers.openIntents()).length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await stores.sessions.end(id, 'revoked', 1, { code: 'TG2003' });
    const counts = await workers;
    expect(counts.every((count) => (count.appended ?? 0) < 300)).toBe(true);
    expect(await verifyAudit(stores.events, { publicKey })).toMatchObject({
      ok: true,
      openIntents: 0,
    });
  });

  it('may all open a database that does not exist yet', async () => {
    const { stateDir, remove } = createStateDir();
    try {
      const opened = await Promise.all(
        Array.from({ length: 3 }, () => run(process.execPath, [WORKER, stateDir, id, '0'])),
      );
      expect(opened.map(({ stdout }) => stdout)).toEqual(['{}', '{}', '{}']);
    } finally {
      remove();
    }
  });
});
