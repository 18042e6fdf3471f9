import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PATIENCE_MS, runs } from '../support/runs.ts';
import { interpret, type Tally } from './interpreter.ts';
import { operations } from './operations.ts';

describe('any sequence of grants, revocations, sessions, restarts, drift, approval, quarantine and edits of the lock', {
  timeout: PATIENCE_MS,
}, () => {
  it('lists and calls exactly what the design permits at each step, and leaves a log that proves it', async () => {
    const tally: Tally = {
      ...{ called: 0, refused: 0, unapproved: 0, takenOut: 0, ended: 0, drifted: 0 },
      ...{ listed: 0, hidden: 0 },
    };
    await fc.assert(
      fc.asyncProperty(operations, (sequence) => interpret(sequence, tally)),
      runs(600),
    );
    expect(Object.entries(tally).filter(([, times]) => times === 0)).toEqual([]);
  });
});
