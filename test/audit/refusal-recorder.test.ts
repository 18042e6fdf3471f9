import { describe, expect, it } from 'vitest';
import { createRefusalRecorder, REFUSALS_A_MINUTE } from '../../src/audit/refusal-recorder.ts';
import type { EventDraft } from '../../src/domain/event.ts';

const event: EventDraft = { code: 'TG1003', session: 'ses_a', reason: 'no_rule' };

function recording() {
  const clock = { ms: 0 };
  const written: EventDraft[] = [];
  const ticks: (() => void)[] = [];
  const store = { fails: false };
  const recorder = createRefusalRecorder({
    async record(draft) {
      if (store.fails) throw new Error('disk full');
      written.push(draft);
    },
    clock: { now: () => 0, nowMicros: () => 0, monotonicMs: () => clock.ms },
    later: (run) => ticks.push(run),
  });
  return {
    clock,
    written,
    store,
    recorder,
    refuse: async (times: number, draft = event) => {
      for (let n = 0; n < times; n += 1) await recorder.refused(draft);
    },
    /** Lets time pass, a second by default, as the process's timer does. */
    tick: async (ms = 1000) => {
      clock.ms += ms;
      for (const run of ticks.splice(0)) run();
      await new Promise((resolve) => setImmediate(resolve));
    },
    sums: () => written.filter(({ code }) => code === 'TG1006').map(({ detail }) => detail),
  };
}

describe('refusals', () => {
  it('are one event each up to a hundred a minute, then summed', async () => {
    const { refuse, written, recorder, sums } = recording();
    await refuse(REFUSALS_A_MINUTE + 30);
    expect(written.length).toBe(REFUSALS_A_MINUTE);
    await recorder.flush();
    expect(sums()).toEqual([{ summed: 30, unwritten: 0 }]);
  });

  it('of one session leave another its hundred', async () => {
    const { refuse, written } = recording();
    await refuse(REFUSALS_A_MINUTE + 1);
    await refuse(1, { ...event, session: 'ses_b' });
    expect(written.at(-1)).toMatchObject({ session: 'ses_b' });
  });

  it('are summed up once a minute also for a session that never pauses', async () => {
    const { clock, refuse, tick, sums, written } = recording();
    let refused = 0;
    for (let second = 0; second < 200; second += 1) {
      // Between two ticks, so that each minute of refusals ends before the timer sees it.
      clock.ms += 500;
      await refuse(5);
      refused += 5;
      await tick(500);
    }
    expect(sums().length).toBeGreaterThanOrEqual(2);
    const summed = (sums() as { summed: number }[]).reduce((sum, each) => sum + each.summed, 0);
    const one = written.filter(({ code }) => code === 'TG1003').length;
    // All but what the current minute still gathers is in the log.
    expect(one + summed).toBeGreaterThan(refused - 60 * 5);
    expect(one + summed).toBeLessThanOrEqual(refused);
  });

  it('that cannot be written are counted, refused all the same, and written when they can be', async () => {
    const { refuse, tick, store, sums, written } = recording();
    store.fails = true;
    await refuse(3);
    await tick();
    expect(written).toEqual([]);
    store.fails = false;
    await tick();
    expect(sums()).toEqual([{ summed: 0, unwritten: 3 }]);
    await tick();
    expect(sums().length).toBe(1);
  });
});
