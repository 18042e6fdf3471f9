import { describe, expect, it } from 'vitest';
import { type Anchor, advanceAnchor, holdsAnchor, resetAnchor } from '../../src/audit/anchor.ts';
import type { AuditEvent } from '../../src/domain/event.ts';

/** A state whose event `n` has the hash `<way>n`, up to `seq`. */
const stateOf = (epoch: number, seq: number, way = 'a') => {
  const at = (n: number) =>
    n >= 1 && n <= seq ? ({ seq: n, hash: `${way}${n}`, at: n } as AuditEvent) : undefined;
  return {
    epoch: () => epoch,
    events: { get: async (n: number) => at(n), head: async () => at(seq) },
  };
};

function fileWith(anchor: Anchor | undefined) {
  const file = {
    anchor,
    read: async () => file.anchor,
    write: async (next: Anchor) => {
      file.anchor = next;
    },
    alone: <T>(work: () => Promise<T>) => work(),
  };
  return file;
}

const ANCHOR = { epoch: 3, seq: 5, hash: 'a5' };

describe('an anchor', () => {
  it.each([
    ['the state it was taken from', stateOf(3, 5), true],
    ['a later one', stateOf(4, 9), true],
    ['one with fewer events', stateOf(3, 4), false],
    ['one of an older epoch', stateOf(2, 5), false],
    ['one that came another way', stateOf(9, 9, 'b'), false],
    ['an empty one', stateOf(1, 0), false],
  ])('is held by %s: %#', async (_, state, holds) => {
    expect(await holdsAnchor(ANCHOR, state)).toBe(holds);
  });

  it('moves up with the state, and starts where there was none', async () => {
    for (const file of [fileWith(ANCHOR), fileWith(undefined)]) {
      await advanceAnchor(file, stateOf(4, 9));
      expect(file.anchor).toEqual({ epoch: 4, seq: 9, hash: 'a9' });
    }
  });

  it('is not written again where it is', async () => {
    const file = fileWith(ANCHOR);
    const write = async () => {
      throw new Error('written');
    };
    await advanceAnchor({ ...file, write }, stateOf(3, 5));
  });

  it('is put where the state is when that is accepted', async () => {
    const file = fileWith(ANCHOR);
    await resetAnchor(file, stateOf(2, 4, 'b'));
    expect(file.anchor).toEqual({ epoch: 2, seq: 4, hash: 'b4' });
  });

  it('is not moved by a state that does not hold it, however far that has come', async () => {
    const file = fileWith(ANCHOR);
    await advanceAnchor(file, stateOf(9, 99, 'b'));
    expect(file.anchor).toEqual(ANCHOR);
  });
});
