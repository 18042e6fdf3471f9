import { describe, expect, it } from 'vitest';
import { createFailureTally, MAX_SOURCES } from '../../src/authenticate/failure-tally.ts';
import type { EventDraft } from '../../src/domain/event.ts';

function tallying() {
  const written: EventDraft[] = [];
  const ticks: (() => void)[] = [];
  const store = { fails: false };
  const tally = createFailureTally({
    async record(draft) {
      if (store.fails) throw new Error('disk full');
      written.push(draft);
    },
    later: (run) => ticks.push(run),
  });
  return {
    tally,
    written,
    store,
    tick: async () => {
      for (const run of ticks.splice(0)) run();
      await new Promise((resolve) => setImmediate(resolve));
    },
    counted: () =>
      written
        .flatMap(({ detail }) => Object.values((detail as { failures: object }).failures))
        .reduce((sum, count) => sum + count, 0),
  };
}
const from = (remote: string) => ({ transport: 'http', remote }) as const;

describe('failures to authenticate', () => {
  it('are one event a second and source, by reason', async () => {
    const { tally, written, tick } = tallying();
    for (let n = 0; n < 1000; n += 1) tally.note(from('10.0.0.1'), 'malformed');
    tally.note(from('10.0.0.1'), 'missing');
    tally.note(from('10.0.0.2'), 'token_expired');
    expect(written).toEqual([]);
    await tick();
    expect(written).toEqual([
      {
        code: 'TG2001',
        transport: 'http',
        remote: '10.0.0.1',
        detail: { failures: { malformed: 1000, missing: 1 } },
      },
      {
        code: 'TG2001',
        transport: 'http',
        remote: '10.0.0.2',
        detail: { failures: { token_expired: 1 } },
      },
    ]);
  });

  it('of more sources than are told apart share a line, and none is lost', async () => {
    const { tally, written, tick, counted } = tallying();
    for (let n = 0; n < 5000; n += 1) tally.note(from(`source-${n}`), 'malformed');
    await tick();
    expect(written).toHaveLength(MAX_SOURCES + 1);
    expect(written.at(-1)).toMatchObject({ remote: 'others' });
    expect(counted()).toBe(5000);
  });

  it('that cannot be written stay in the sum', async () => {
    const { tally, store, tick, counted } = tallying();
    store.fails = true;
    tally.note(from('a'), 'malformed');
    await tick();
    tally.note(from('a'), 'malformed');
    store.fails = false;
    await tick();
    expect(counted()).toBe(2);
  });
});
