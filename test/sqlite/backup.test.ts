import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupAudit } from '../../src/admin/backup-audit.ts';
import { pruneAudit } from '../../src/admin/prune-audit.ts';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import { type AgingLog, agingLog } from '../support/sqlite/aging-log.ts';
import { tamper, verifyState } from '../support/sqlite/sample-chain.ts';
import { openTestStores } from '../support/sqlite/test-stores.ts';

let log: AgingLog;
let file: string;
beforeEach(async () => {
  log = await agingLog();
  file = join(log.stateDir, 'backup.db');
});
afterEach(() => log.remove());

const backup = () => backupAudit(log.context, file, () => {});
const partsLeft = () => readdirSync(log.stateDir).filter((name) => name.startsWith('backup.db'));

/** The backup in a state of its own, put there as docs/operations.md says. */
function restored(): string {
  const stateDir = join(log.stateDir, 'restored');
  mkdirSync(stateDir);
  renameSync(file, join(stateDir, DATABASE_FILE));
  return stateDir;
}

describe('audit backup', () => {
  it('makes a private copy that verifies by itself, of a log that others write on', async () => {
    await log.grow(3, 400);
    const other = await openTestStores(log.stateDir, { clock: log.clock });
    let isOver = false;
    const writer = (async () => {
      while (!isOver) await other.admission.record({ code: 'TG1003' });
    })();
    const { lastSeq } = await backup();
    isOver = true;
    await writer;
    other.close();
    expect(partsLeft()).toEqual(['backup.db']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await verifyState(restored())).toMatchObject({ ok: true, lastSeq });
    expect(lastSeq).toBeGreaterThanOrEqual(1_200);
  });

  it('holds nothing of what was removed, and the statement that it was', async () => {
    await log.grow(1, 400, 'somebody-who-left');
    await log.grow(3, 10);
    await pruneAudit(log.context, { maxAgeMs: 2 * 86_400_000 });
    await backup();
    expect(readFileSync(file).includes('somebody-who-left')).toBe(false);
    expect(await verifyState(restored())).toMatchObject({ ok: true, removed: 400 });
  });

  it('replaces nothing that is there, before or by the time it is done', async () => {
    await log.grow(1, 10);
    writeFileSync(file, 'mine');
    await expect(backup()).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const copy = await log.stores.upkeep.copy(`${file}.2`);
    writeFileSync(`${file}.2`, 'theirs');
    await expect(copy.keep()).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(partsLeft().map((name) => readFileSync(join(log.stateDir, name), 'utf8'))).toEqual([
      'mine',
      'theirs',
    ]);
  });

  it('is none, and leaves none, when its copy does not verify', async () => {
    await log.grow(1, 10);
    tamper(log.stateDir, (db) => {
      db.exec("UPDATE events SET body = replace(body, 'alice', 'mallo') WHERE seq = 7");
    });
    await expect(backup()).rejects.toMatchObject({ code: 'ERR_STORE_CORRUPT' });
    expect(partsLeft()).toEqual([]);
  });

  it('says where it cannot write', async () => {
    file = join(log.stateDir, 'nowhere', 'backup.db');
    await expect(backup()).rejects.toMatchObject({
      code: 'ERR_STORE_FAILED',
      message: expect.stringContaining('ENOENT'),
    });
  });
});
