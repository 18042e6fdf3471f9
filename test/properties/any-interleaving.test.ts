import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PATIENCE_MS, runs } from '../support/runs.ts';
import { anyOrder } from './any-order.ts';
import { type Aftermath, isResult, races, runRace } from './race.ts';

/** What is wrong with what a race left behind; empty when nothing is. */
function faults({ finishes, verified, revokedSeq, late }: Aftermath, isWarm: boolean): string[] {
  const found = late.map((what) => `${what} too late`);
  if (!verified.ok) found.push('verify');
  if (verified.openIntents > 0) found.push('an open intent');
  for (const { call, isForbidden, reply, events } of finishes) {
    const released = events.filter(({ outcome }) => outcome === 'ok');
    const after = events.filter(({ seq }) => seq > revokedSeq);
    if (isForbidden && after.some(({ code, outcome }) => code === 'TG1001' || outcome === 'ok'))
      found.push('admitted or released in the log after the revocation');
    if (isResult(reply) !== released.length > 0) found.push('a result left without its outcome');
    const shape = events.map(({ code }) => code).join(' ');
    if (shape !== 'TG1003' && shape !== 'TG1001 TG1002') found.push(`recorded as ${shape}`);
    if (isWarm && !isForbidden && !call.isCancelled && !isResult(reply)) found.push('over-refused');
  }
  return found;
}

describe('any interleaving of calls with a revocation, over one broker or two', {
  timeout: PATIENCE_MS,
}, () => {
  it('admits, sends and releases nothing after it, and refuses nothing it does not forbid', async () => {
    const ended = { released: 0, withheld: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(races, anyOrder(), async (race, scheduler) => {
        const aftermath = await runRace(race, scheduler);
        expect(faults(aftermath, race.isWarm)).toEqual([]);
        for (const { isForbidden, events } of aftermath.finishes) {
          if (!isForbidden) continue;
          const { outcome } = events.at(-1) ?? {};
          if (outcome === 'ok') ended.released += 1;
          else if (outcome === 'withheld') ended.withheld += 1;
          else ended.refused += 1;
        }
      }),
      runs(600),
    );
    // The revocation came before, between and after often enough to mean something.
    expect(Object.entries(ended).filter(([, times]) => times === 0)).toEqual([]);
  });
});
