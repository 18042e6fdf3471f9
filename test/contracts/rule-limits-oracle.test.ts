import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rate } from '../../src/domain/rule-terms.ts';
import { runs } from '../support/runs.ts';
import { ContractState } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

const SECOND = 1_000;

/** A stretch of time, or a clock that is set back a little; and a use of a rule in one of two processes. */
const STEP = fc.record({
  ms: fc.oneof(
    fc.integer({ min: 0, max: 10 * SECOND }),
    fc.constantFrom(0, SECOND, 10 * SECOND, -1, -SECOND, -5 * SECOND),
  ),
  rule: fc.constantFrom('a', 'b'),
  process: fc.constantFrom(0, 1),
  isRestart: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

const RATES = fc.array(
  fc.record({
    count: fc.integer({ min: 1, max: 6 }),
    windowMs: fc.integer({ min: 1, max: 90 }).map((seconds) => seconds * SECOND),
  }),
  { minLength: 1, maxLength: 3 },
);

/** The first instant from `now` on at which every window that ends then has room. */
function firstRoom(uses: readonly number[], rates: readonly Rate[], now: number): number {
  const hasRoom = (at: number): boolean =>
    rates.every(
      ({ count, windowMs }) => uses.filter((u) => u > at - windowMs && u <= at).length < count,
    );
  const instants = uses.flatMap((u) => rates.map(({ windowMs }) => u + windowMs));
  const later = [now, ...instants.filter((at) => at > now)].sort((a, b) => a - b);
  return later.find(hasRoom) ?? Number.NaN;
}

describe.each(IMPLEMENTATIONS)('$name: limits of rules', (implementation) => {
  const state = new ContractState(implementation);

  it('are what a count of every use says, over processes, restarts and clocks set back', async () => {
    let refused = 0;
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        RATES,
        fc.array(STEP, { minLength: 10, maxLength: 60 }),
        async (rates, steps) => {
          run += 1;
          const { id } = await state.openSession({ expiresAt: Number.MAX_SAFE_INTEGER });
          const uses = new Map<string, number[]>();
          const processes = [state.stores, await state.reopen()];
          // Of the session, or of a run before it.
          let eventAt = Math.floor(((await state.stores.events.head())?.at ?? 0) / 1_000);
          for (const { ms, rule, process, isRestart } of steps) {
            // No further back than a clock may be behind the last event.
            state.clock.advance(Math.max(ms, eventAt - 25 * SECOND - state.clock.now()));
            const now = Math.max(eventAt, state.clock.now());
            if (isRestart) {
              processes[1]?.close();
              processes[1] = await state.reopen();
            }
            const stores = processes[process] ?? state.stores;
            const answer = await stores.admission.admit({
              epoch: stores.admission.epoch(),
              sessionId: id,
              intent: {
                code: 'TG1001',
                rule: {
                  grant: `g${run}`,
                  revision: 1,
                  index: 0,
                  file: 'g.yaml',
                  line: 1,
                  effect: 'permit',
                  pattern: 's/*',
                },
              },
              terms: { ruleKey: rule, rates },
            });
            const known = uses.get(rule) ?? [];
            const roomAt = firstRoom(known, rates, now);
            if (roomAt === now) {
              expect(answer.kind).toBe('appended');
              uses.set(rule, [...known, now]);
              eventAt = now;
            } else {
              expect(answer).toEqual({ kind: 'rate_spent', retryAt: roomAt });
              refused += 1;
            }
          }
        },
      ),
      runs(40),
    );
    expect(refused).toBeGreaterThan(100);
  });
});
