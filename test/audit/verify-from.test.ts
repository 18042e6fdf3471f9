import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCheckpointSigner } from '../../src/audit/checkpoint.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { tamper, writeSampleChain } from '../support/sqlite/sample-chain.ts';
import {
  CHECKPOINT_KEY,
  createStateDir,
  openTestStores,
  publicKey,
} from '../support/sqlite/test-stores.ts';

/** In the midst of a call: its intent is the event before. */
const FROM = 20;

describe('verifyAudit from an event on', () => {
  let state: ReturnType<typeof createStateDir>;
  beforeEach(async () => {
    state = createStateDir();
    await writeSampleChain(state.stateDir, 20);
  });
  afterEach(() => state.remove());

  /** Verifies, with a checkpoint kept elsewhere of the event before the first that is read. */
  async function verifyFrom(hash?: string) {
    const stores = await openTestStores(state.stateDir);
    const before = await stores.events.get(FROM - 1);
    const head = { chain: 'main', seq: FROM - 1, hash: hash ?? before?.hash ?? '', at: 1 };
    const outside = [createCheckpointSigner(CHECKPOINT_KEY)(head)];
    const report = await verifyAudit(stores.events, { publicKey, outside, from: FROM });
    stores.close();
    return { ...report, problems: report.problems.map(({ seq }) => seq) };
  }

  it('proves what follows, and that it follows from a checkpoint of what came before', async () => {
    const report = await verifyFrom();
    expect(report).toMatchObject({ ok: true, events: 42 - FROM + 1, lastSeq: 42, coveredBy: 19 });
    expect(report.beyond).toBe(42 - 19);
    expect((await verifyFrom('ab'.repeat(32))).problems).toEqual([FROM - 1]);
  });

  it('does not read what came before, and names what is wrong after it', async () => {
    tamper(state.stateDir, (db) => db.exec("UPDATE events SET body = '{}' WHERE seq = 5"));
    expect((await verifyFrom()).ok).toBe(true);
    tamper(state.stateDir, (db) => db.exec('DELETE FROM events WHERE seq = 30'));
    expect((await verifyFrom()).problems).toEqual([31, 31]);
  });

  it('is not content with nothing where there should be something', async () => {
    const from = async (seq: number) => {
      const stores = await openTestStores(state.stateDir);
      const { problems } = await verifyAudit(stores.events, { publicKey, from: seq });
      stores.close();
      return problems.map((problem) => problem.seq);
    };
    expect(await from(43)).toEqual([]);
    expect(await from(44)).toEqual([43]);
    tamper(state.stateDir, (db) => {
      db.exec('DELETE FROM events WHERE seq > 30; DELETE FROM checkpoints WHERE seq > 30');
    });
    expect(await from(43)).toEqual([42]);
  });

  it('finds that the first event that is read does not follow from the one before', async () => {
    tamper(state.stateDir, (db) => db.exec('DELETE FROM events WHERE seq = 20'));
    expect((await verifyFrom()).problems).toContain(21);
  });
});
