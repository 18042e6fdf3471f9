import { cpSync } from 'node:fs';
import type Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIRST_PREV, hashBody } from '../../src/audit/chain.ts';
import { createCheckpointSigner } from '../../src/audit/checkpoint.ts';
import type { AuditEvent, Checkpoint } from '../../src/domain/event.ts';
import { newSigningKey } from '../support/memory-keys.ts';
import {
  sampleCall,
  tamper,
  verifyState,
  writeSampleChain,
} from '../support/sqlite/sample-chain.ts';
import {
  CHECKPOINT_KEY,
  createStateDir,
  createTestClock,
  openTestStores,
} from '../support/sqlite/test-stores.ts';

const CALLS = 60;
const EVENTS = 2 + 2 * CALLS;

describe('verifyAudit', () => {
  let original: ReturnType<typeof createStateDir>;
  let state: ReturnType<typeof createStateDir>;
  let session: Awaited<ReturnType<typeof writeSampleChain>>;

  beforeEach(async () => {
    original ??= createStateDir();
    session ??= await writeSampleChain(original.stateDir, CALLS);
    state = createStateDir();
    cpSync(original.stateDir, state.stateDir, { recursive: true });
  });
  afterEach(() => state.remove());
  afterAll(() => original.remove());

  /** Tampers, verifies, and gives the places of what was found. */
  async function placesAfter(change: (db: Sqlite.Database) => void): Promise<readonly number[]> {
    tamper(state.stateDir, change);
    const report = await verifyState(state.stateDir);
    expect(report.ok).toBe(report.problems.length === 0);
    return report.problems.map(({ seq }) => seq);
  }

  const headOf = async (): Promise<{ seq: number; hash: string; at: number }> => {
    const stores = await openTestStores(state.stateDir);
    const head = await stores.events.head();
    stores.close();
    return head ?? { seq: 0, hash: FIRST_PREV, at: 0 };
  };

  const sign = createCheckpointSigner(CHECKPOINT_KEY);
  const outsideNow = async (): Promise<Checkpoint> => sign({ chain: 'main', ...(await headOf()) });

  it('finds nothing wrong with an untouched chain and says how much is covered', async () => {
    const report = await verifyState(state.stateDir);
    expect(report).toMatchObject({ ok: true, events: EVENTS, problems: [], openIntents: 0 });
    expect(report.beyond).toBe(EVENTS - (report.coveredBy ?? 0));
    expect(report.coveredBy).toBeGreaterThan(EVENTS - 20);
  });

  it('finds an empty chain sound', async () => {
    const empty = createStateDir();
    expect(await verifyState(empty.stateDir)).toMatchObject({ ok: true, events: 0, beyond: 0 });
    empty.remove();
  });

  const edits: readonly (readonly [string, (db: Sqlite.Database) => void, readonly number[]])[] = [
    [
      'an edited event',
      (db) => db.exec(`UPDATE events SET body = replace(body, 'alice', 'mallo') WHERE seq = 9`),
      [9],
    ],
    [
      'an event whose text is no JSON',
      (db) => db.exec(`UPDATE events SET body = 'x' WHERE seq = 9`),
      [9, 9, 10],
    ],
    [
      'an event with another hash',
      (db) => db.exec(`UPDATE events SET hash = '${'0'.repeat(64)}' WHERE seq = 9`),
      [9, 10],
    ],
    ['a removed event', (db) => db.exec('DELETE FROM events WHERE seq = 9'), [10, 10, 10]],
    ['a removed beginning', (db) => db.exec('DELETE FROM events WHERE seq < 3'), [3, 3]],
    [
      'an event renumbered into a gap',
      (db) => db.exec('DELETE FROM events WHERE seq = 9; UPDATE events SET seq = 9 WHERE seq = 10'),
      [9, 9, 9, 11],
    ],
    [
      'an event before the first',
      (db) =>
        db.exec(
          'INSERT INTO events (seq, hash, body) SELECT -3, hash, body FROM events WHERE seq = 4',
        ),
      [-3, -3, -3, -3, 1, 1],
    ],
    [
      'an event without a code',
      (db) => db.exec(`UPDATE events SET body = replace(body, '"code":', '"kode":') WHERE seq = 9`),
      [9],
    ],
    [
      'two events that changed places',
      (db) =>
        db.exec(
          'UPDATE events SET seq = -1 WHERE seq = 9; UPDATE events SET seq = 9 WHERE seq = 10; UPDATE events SET seq = 10 WHERE seq = -1',
        ),
      [9, 10, 11],
    ],
    [
      'a stored checkpoint with another hash',
      (db) => db.exec(`UPDATE checkpoints SET hash = '${'0'.repeat(64)}'`),
      [],
    ],
  ];

  it.each(edits)('finds %s and names the row', async (_, change, seqs) => {
    const found = await placesAfter(change);
    expect(found.length).toBeGreaterThan(0);
    for (const seq of seqs) expect(found).toContain(seq);
  });

  it('finds an event that was edited with its hash, by the one that follows', async () => {
    const found = await placesAfter((db) => {
      const body = db.prepare('SELECT body FROM events WHERE seq = 9').pluck().get() as string;
      const edited = body.replace('alice', 'mallo');
      db.prepare('UPDATE events SET body = ?, hash = ? WHERE seq = 9').run(
        edited,
        hashBody(edited),
      );
    });
    expect(found).toEqual([10]);
  });

  it('finds a chain rewritten from an event on, by the stored checkpoint', async () => {
    const found = await placesAfter((db) => rewriteFrom(db, 9));
    expect(found).not.toEqual([]);
  });

  it('finds a chain rewritten whose checkpoints are gone: brokers would have signed it', async () => {
    const stored = await placesAfter((db) => db.exec('DELETE FROM checkpoints WHERE seq > 40'));
    expect(stored[0]).toBeGreaterThan(40);
    const found = await placesAfter((db) => {
      rewriteFrom(db, 9);
      db.exec('DELETE FROM checkpoints');
    });
    expect(found[0]).toBeLessThan(40);
  });

  it('finds, with an outside checkpoint, a chain rewritten with the key', async () => {
    const outside = await outsideNow();
    tamper(state.stateDir, (db) => {
      rewriteFrom(db, 9);
      signAnew(db);
    });
    expect(await verifyState(state.stateDir)).toMatchObject({ ok: true });
    expect(await verifyState(state.stateDir, [outside])).toMatchObject({
      ok: false,
      problems: [{ seq: EVENTS, message: expect.stringContaining('another hash') }],
    });
  });

  it('finds, with an outside checkpoint, a missing tail', async () => {
    const outside = await outsideNow();
    tamper(state.stateDir, (db) =>
      db.exec('DELETE FROM events WHERE seq > 110; DELETE FROM checkpoints WHERE seq > 110'),
    );
    expect(await verifyState(state.stateDir, [outside])).toMatchObject({
      ok: false,
      problems: [{ seq: EVENTS, message: expect.stringContaining('missing') }],
    });
  });

  it('says how much lies beyond an outside checkpoint', async () => {
    const outside = await outsideNow();
    const clock = createTestClock(Date.UTC(2027, 0, 1));
    const stores = await openTestStores(state.stateDir, { clock });
    await sampleCall(stores, session);
    stores.close();
    expect(await verifyState(state.stateDir, [outside])).toMatchObject({
      ok: true,
      coveredBy: EVENTS,
      beyond: 2,
    });
  });

  it('does not believe a checkpoint of a key it does not know', async () => {
    const foreign = createCheckpointSigner(newSigningKey('foreign'))({
      chain: 'main',
      ...(await headOf()),
    });
    expect(await verifyState(state.stateDir, [foreign])).toMatchObject({ ok: false });
  });

  it('finds a view put in the place of the table', async () => {
    const found = await placesAfter((db) =>
      db.exec('ALTER TABLE events RENAME TO kept; CREATE VIEW events AS SELECT * FROM kept'),
    );
    expect(found).toContain(0);
  });

  it('finds a trigger on the table', async () => {
    const found = await placesAfter((db) =>
      db.exec('CREATE TRIGGER t AFTER INSERT ON events BEGIN SELECT 1; END'),
    );
    expect(found).toEqual([0]);
  });

  it('has nothing beside what is proven that could be edited by itself', () => {
    tamper(state.stateDir, (db) => {
      const columns = db.pragma('table_xinfo(events)') as { name: string }[];
      expect(columns.map(({ name }) => name)).toEqual(['seq', 'hash', 'body']);
    });
  });
});

/** Rewrites an event and every later link, as somebody with the database and time would. */
function rewriteFrom(db: Sqlite.Database, from: number): void {
  const rows = db
    .prepare<[number], { seq: number; body: string }>('SELECT seq, body FROM events WHERE seq >= ?')
    .all(from);
  let prev: string | undefined;
  for (const { seq, body } of rows) {
    const event = JSON.parse(body) as AuditEvent;
    const text = JSON.stringify({
      ...event,
      ...(prev === undefined ? { client: 'nobody' } : { prev }),
    });
    prev = hashBody(text);
    db.prepare('UPDATE events SET body = ?, hash = ? WHERE seq = ?').run(text, prev, seq);
  }
}

/** As somebody does who has the key: every checkpoint, of what the log says now. */
function signAnew(db: Sqlite.Database): void {
  const sign = createCheckpointSigner(CHECKPOINT_KEY);
  const rows = db
    .prepare<[], Pick<Checkpoint, 'chain' | 'seq' | 'hash' | 'at'>>(
      'SELECT c.chain, c.seq, e.hash, c.at FROM checkpoints c JOIN events e ON e.seq = c.seq',
    )
    .all();
  const put = db.prepare('UPDATE checkpoints SET hash = ?, signature = ? WHERE seq = ?');
  for (const { signature, hash, seq } of rows.map(sign)) put.run(hash, signature, seq);
}
