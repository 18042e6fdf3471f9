import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pruneAudit } from '../../src/admin/prune-audit.ts';
import { STRETCH } from '../../src/audit/event-marks.ts';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import { type AgingLog, agingLog } from '../support/sqlite/aging-log.ts';
import { TO_VERSION_12, TO_VERSION_13 } from '../support/sqlite/older-layouts.ts';
import { tamper, verifyState } from '../support/sqlite/sample-chain.ts';

const DAY_MS = 86_400_000;

describe('a log with checkpoints, an index and the stub of what was removed', () => {
  let log: AgingLog;
  beforeEach(async () => {
    log = await agingLog();
    await log.grow(4, 20);
    await log.grow(1, STRETCH + 20);
    await log.stores.events.completeIndex();
    const found = await pruneAudit(log.context, { maxAgeMs: 3 * DAY_MS });
    expect(found?.to).toBeGreaterThan(0);
    await log.stores.events.completeIndex();
  });
  afterEach(() => log.remove());

  it.each([
    ['12', TO_VERSION_12],
    ['13', TO_VERSION_13],
  ])('proves the same before and after it moves on from version %s', async (_, back) => {
    const before = await log.verify();
    expect(before).toMatchObject({ ok: true, removed: expect.any(Number) });
    expect(before.removed).toBeGreaterThan(0);
    const checkpoints = await log.stores.events.checkpoints();
    expect(checkpoints.length).toBeGreaterThan(2);
    log.stores.close();
    const db = new Sqlite(join(log.stateDir, DATABASE_FILE));
    db.exec(back);
    db.close();
    expect(await verifyState(log.stateDir, checkpoints.slice(1))).toEqual(before);
    // And what is wrong with it is found as well as ever.
    tamper(log.stateDir, (moved) => moved.exec('DELETE FROM log_start'));
    expect(await verifyState(log.stateDir)).toMatchObject({ ok: false });
  });
});
