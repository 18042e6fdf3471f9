import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdminContext } from '../../src/admin/admin-context.ts';
import { pruneAudit } from '../../src/admin/prune-audit.ts';
import { firstOf } from '../../src/audit/event-marks.ts';
import type { UpkeepStore } from '../../src/audit/upkeep-store.ts';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import { type AgingLog, agingLog } from '../support/sqlite/aging-log.ts';
import {
  SAMPLE_RULE,
  tamper,
  verifyState,
  writeSampleChain,
} from '../support/sqlite/sample-chain.ts';
import { openTestStores } from '../support/sqlite/test-stores.ts';

const DAY_MS = 86_400_000;
const TWO_DAYS = { maxAgeMs: 2 * DAY_MS };

let log: AgingLog;
beforeEach(async () => {
  log = await agingLog();
});
afterEach(() => log.remove());

/** The admin's context, some of what its store does done otherwise. */
function withUpkeep(changed: Partial<UpkeepStore>): AdminContext {
  const { upkeep } = log.stores;
  return {
    ...log.context,
    upkeep: {
      extent: () => upkeep.extent(),
      checkpointUpTo: (...given) => upkeep.checkpointUpTo(...given),
      startAfter: (...given) => upkeep.startAfter(...given),
      sweep: (...given) => upkeep.sweep(...given),
      copy: (...given) => upkeep.copy(...given),
      ...changed,
    },
  };
}

describe('audit prune', () => {
  it('removes what is too old up to a checkpoint, says so in the log, and the rest verifies', async () => {
    await log.grow(5, 10);
    const pruned = await pruneAudit(log.context, TWO_DAYS);
    expect(pruned).toMatchObject({ from: 1, to: 20 });
    const { events } = log.stores;
    const seal = (await events.checkpoints())[0];
    expect(seal?.seq).toBe(20);
    expect(await events.query({ code: 'TG6005' })).toMatchObject([
      { seq: 51, actor: { command: 'test' }, detail: { from: 1, to: 20, hash: seal?.hash } },
    ]);
    expect((await events.query({})).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 31 }, (_, at) => at + 21),
    );
    expect(await events.get(20)).toBeUndefined();
    expect(await log.verify()).toMatchObject({ ok: true, events: 31, removed: 20, coveredBy: 50 });
  });

  it('goes on where it stopped, and does nothing when there is nothing', async () => {
    await log.grow(5, 10);
    await pruneAudit(log.context, TWO_DAYS);
    expect(await pruneAudit(log.context, TWO_DAYS)).toBeUndefined();
    await log.grow(1, 10);
    expect(await pruneAudit(log.context, TWO_DAYS, { isByBroker: true })).toMatchObject({
      from: 21,
      to: 30,
    });
    const told = await log.stores.events.query({ code: 'TG6005', newest: true, limit: 1 });
    expect(told[0]?.actor).toBeUndefined();
    expect(await log.verify()).toMatchObject({ ok: true, removed: 30 });
  });

  it('leaves nothing of what it removed in the file', async () => {
    await log.grow(1, 400, 'somebody-who-left');
    await log.grow(3, 10);
    await pruneAudit(log.context, TWO_DAYS);
    log.stores.close();
    const bytes = readFileSync(join(log.stateDir, DATABASE_FILE));
    expect(bytes.includes('alice')).toBe(true);
    expect(bytes.includes('somebody-who-left')).toBe(false);
  });

  it('takes no event out of questions that is left, indexed or not, and none of the index with it', async () => {
    await log.grow(1, 4_100, 'bob');
    await log.grow(3, 1_400);
    const { events } = log.stores;
    await events.completeIndex();
    await pruneAudit(log.context, TWO_DAYS);
    const first = ((await events.start())?.seq ?? 0) + 1;
    expect(first).toBeGreaterThan(firstOf(1));
    const counted = await events.stats({}, ['subject']);
    const all = (await events.query({})).length;
    expect(counted.get('subject')?.map(({ value, count }) => [value, count])).toEqual([
      ['alice', all - 1],
    ]);
    expect(await events.query({ subject: 'bob' })).toEqual([]);
    expect(await events.indexRows(0)).toBe(0);
    await log.grow(1, 4_000);
    await events.completeIndex();
    expect(await events.indexRows(0)).toBeGreaterThan(0);
    expect(await log.verify()).toMatchObject({ ok: true, problems: [] });
  });

  it('is as good as done when it was interrupted, and is ended by the next', async () => {
    await log.grow(4, 500);
    const stop = new AbortController();
    const context = withUpkeep({
      async sweep() {
        stop.abort();
        await log.stores.upkeep.sweep(stop.signal);
      },
    });
    await pruneAudit(context, TWO_DAYS);
    const left = () => {
      let count = 0;
      tamper(log.stateDir, (db) => {
        count = db.prepare('SELECT count(*) FROM events').pluck().get() as number;
      });
      return count;
    };
    expect(left()).toBe(2_001);
    expect(await log.verify()).toMatchObject({ ok: true, events: 1_501, removed: 500 });
    await pruneAudit(log.context, TWO_DAYS);
    expect(left()).toBe(1_501);
    expect(await log.verify()).toMatchObject({ ok: true, events: 1_501, removed: 500 });
  });

  it('runs beside a writer in another connection, whose events and proof stay whole', async () => {
    await log.grow(5, 600);
    const other = await openTestStores(log.stateDir, { clock: log.clock });
    let isOver = false;
    let written = 0;
    const writer = (async () => {
      while (!isOver) {
        await other.admission.record({ code: 'TG1003' });
        written += 1;
      }
    })();
    await pruneAudit(log.context, TWO_DAYS);
    isOver = true;
    await writer;
    other.close();
    expect(written).toBeGreaterThan(0);
    expect(await log.verify()).toMatchObject({ ok: true, removed: 1_200, events: 1_801 + written });
  });

  it('removes nothing that was tampered with', async () => {
    await log.grow(5, 10);
    tamper(log.stateDir, (db) => {
      db.exec("UPDATE events SET body = replace(body, 'alice', 'mallo') WHERE seq = 7");
    });
    await expect(pruneAudit(log.context, TWO_DAYS)).rejects.toMatchObject({
      code: 'ERR_STORE_CORRUPT',
      message: expect.stringContaining('event 7'),
    });
    expect(await log.stores.events.get(1)).toBeDefined();
  });

  it('moves the local anchor beyond what it removes, and removes nothing from a database rolled back', async () => {
    await log.grow(5, 10);
    const at = async (seq: number) => ({
      epoch: 1,
      seq,
      hash: (await log.stores.events.get(seq))?.hash ?? '',
    });
    let anchor = await at(3);
    const file = {
      read: async () => anchor,
      write: async (moved: typeof anchor) => {
        anchor = moved;
      },
      alone: <T>(work: () => Promise<T>) => work(),
    };
    const context = { ...log.context, anchor: file };
    await pruneAudit(context, TWO_DAYS);
    expect(anchor.seq).toBe(50);
    await log.grow(2, 10);
    anchor = { epoch: 1, seq: 1_000, hash: 'x' };
    await expect(pruneAudit(context, TWO_DAYS)).rejects.toMatchObject({
      code: 'ERR_STORE_ROLLED_BACK',
    });
    expect((await log.stores.events.start())?.seq).toBe(20);
  });
});

describe('what limits and open calls need', () => {
  it('stays: an intent without its outcome, and uses that still count', async () => {
    const sessionId = await writeSampleChain(log.stateDir, 0);
    const { admission, brokers } = log.stores;
    const admit = async () =>
      admission.admit({
        epoch: admission.epoch(),
        sessionId,
        intent: { code: 'TG1001', server: 'files', tool: 'read', rule: SAMPLE_RULE },
        terms: { ruleKey: 'k', rates: [{ count: 1, windowMs: 30 * DAY_MS }] },
      });
    const admitted = await admit();
    if (admitted.kind !== 'appended') throw new Error(admitted.kind);
    await log.grow(5, 10);
    expect((await pruneAudit(log.context, TWO_DAYS))?.to ?? 0).toBeLessThan(admitted.seq);
    const outcome = { code: 'TG1002', intent: admitted.seq, outcome: 'ok' } as const;
    await admission.release({ epoch: admission.epoch(), sessionId, outcome });
    expect((await pruneAudit(log.context, TWO_DAYS))?.to).toBeGreaterThan(admitted.seq);
    expect(await admit()).toMatchObject({ kind: 'rate_spent' });
    expect(await brokers.openIntents()).toEqual([]);
    expect((await log.verify()).problems).toEqual([]);
  });
});

describe('a log whose start was tampered with', () => {
  const forged = `UPDATE log_start SET seq = 30, hash = (SELECT hash FROM events WHERE seq = 30);
    DELETE FROM events WHERE seq <= 30; DELETE FROM checkpoints WHERE seq < 30`;
  it.each([
    ['the statement is gone', 'DELETE FROM log_start', 21],
    ['more was removed than it says', forged, 30],
    ['it has another signature', "UPDATE log_start SET signature = 'AAAA'", 20],
    ['it is signed by nobody we know', "UPDATE log_start SET kid = 'other'", 20],
    ['it hides events that are there', 'UPDATE log_start SET seq = 25', 25],
    ['the first event left is gone as well', 'DELETE FROM events WHERE seq = 21', 22],
  ])('does not verify: %s', async (_, sql, seq) => {
    await log.grow(5, 10);
    await pruneAudit(log.context, TWO_DAYS);
    tamper(log.stateDir, (db) => db.exec(sql));
    const { problems } = await verifyState(log.stateDir);
    expect(problems.map((problem) => problem.seq)).toContain(seq);
  });

  it('does not verify when no event says what was removed', async () => {
    await log.grow(5, 10);
    const silent = withUpkeep({
      startAfter: (start, previous) =>
        log.stores.upkeep.startAfter(start, previous, { code: 'TG6001' }),
    });
    await pruneAudit(silent, TWO_DAYS);
    expect((await log.verify()).problems).toEqual([
      { seq: 20, message: 'it was removed, and no event says so' },
    ]);
  });
});
