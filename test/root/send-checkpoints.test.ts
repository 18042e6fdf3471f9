import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointAnchor } from '../../src/audit/checkpoint-store.ts';
import { parseNotes } from '../../src/audit/signed-note.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { sendCheckpoints } from '../../src/send-checkpoints.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import {
  CHECKPOINT_KEY,
  createStateDir,
  createTestClock,
  openTestStores,
} from '../support/sqlite/test-stores.ts';

describe('sendCheckpoints', () => {
  const clock = createTestClock();
  let state: ReturnType<typeof createStateDir>;
  let stores: Stores;
  beforeEach(async () => {
    state = createStateDir();
    stores = await openTestStores(state.stateDir, { clock });
  });
  afterEach(() => {
    stores.close();
    state.remove();
  });

  /** An anchor that keeps notes, unless it is out of order. */
  function anchor(id: string, isBroken = () => false): CheckpointAnchor & { kept: string[] } {
    const kept: string[] = [];
    return {
      id,
      formerId: '',
      key: id,
      kept,
      async send(note) {
        if (isBroken()) throw new BrokerError('ERR_ANCHOR_FAILED', 'no');
        kept.push(note);
      },
    };
  }

  const seqs = ({ kept }: { kept: string[] }) => kept.flatMap(parseNotes).map(({ seq }) => seq);
  const record = () => stores.admission.record({ code: 'TG6001' });
  const sendTo = (...anchors: readonly CheckpointAnchor[]) =>
    sendCheckpoints(anchors, {
      store: stores.checkpoints,
      publicJwk: CHECKPOINT_KEY.publicJwk,
      log: SILENT_LOG,
      signal: new AbortController().signal,
    });

  it('signs the head once, and not again before something follows or too soon', async () => {
    await stores.checkpoints.seal(0);
    expect(await stores.events.checkpoints()).toEqual([]);
    await record();
    await stores.checkpoints.seal(60_000);
    await stores.checkpoints.seal(0);
    await record();
    await stores.checkpoints.seal(60_000);
    expect((await stores.events.checkpoints()).map(({ seq }) => seq)).toEqual([1]);
    clock.advance(60_000);
    await stores.checkpoints.seal(60_000);
    expect((await stores.events.checkpoints()).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('sends each anchor what it lacks, in order, though another fails, and goes on later', async () => {
    let isBroken = true;
    const [good, bad] = [anchor('good'), anchor('bad', () => isBroken)];
    for (let left = 3; left > 0; left -= 1) {
      await record();
      await stores.checkpoints.seal(0);
    }
    await sendTo(bad, good);
    expect([seqs(good), seqs(bad)]).toEqual([[1, 2, 3], []]);
    isBroken = false;
    await record();
    await stores.checkpoints.seal(0);
    // Another process: it knows from the state alone how far each anchor has got.
    stores.close();
    stores = await openTestStores(state.stateDir, { clock });
    await sendTo(bad, good);
    expect([seqs(good), seqs(bad)]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
  });
});
