import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/telemetry/span.ts';
import { createSpanQueue, type Taken } from '../../src/telemetry/span-queue.ts';

const span = { name: 's' } as Span;
const failing = (status?: number) => Object.assign(new Error('hush'), { code: 'why', status });

/** A queue whose pauses last until they are let go of, or are cut short. */
function queueOf(post: (spans: readonly Span[], signal: AbortSignal) => Promise<Taken>) {
  const pauses: { readonly ms: number; readonly over: () => void }[] = [];
  const told: unknown[] = [];
  const queue = createSpanQueue({
    post,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', () => resolve());
        pauses.push({ ms, over: resolve });
      }),
    log: {
      debug() {},
      info: (...line: unknown[]) => told.push(line),
      warn: (...line: unknown[]) => told.push(line),
      error() {},
    } as never,
  });
  const turn = async () => {
    pauses.shift()?.over();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, pauses, told, turn };
}

describe('spans on their way', () => {
  it('are gathered, and sent in batches', async () => {
    const batches: number[] = [];
    const { queue, turn } = queueOf(async (spans) => {
      batches.push(spans.length);
      return { rejected: 0 };
    });
    for (let at = 0; at < 1_200; at += 1) queue.add(span);
    expect(batches).toEqual([]);
    await turn();
    await turn();
    expect(batches).toEqual([512, 512, 176]);
    expect(queue.counts()).toEqual({ sent: 1_200, dropped: 0 });
  });

  it('are dropped and counted beyond a bound, and said once', async () => {
    const { queue, told, turn } = queueOf(() => new Promise(() => {}));
    for (let at = 0; at < 3_000; at += 1) queue.add(span);
    expect(queue.counts()).toEqual({ sent: 0, dropped: 3_000 - 2_048 });
    await turn();
    for (let at = 0; at < 3_000; at += 1) queue.add(span);
    expect(queue.counts().dropped).toBe(6_000 - 2_048 - 512);
    expect(told).toHaveLength(1);
  });

  it.each([undefined, 429, 502, 503, 504])(
    'are sent again after %s, later and later',
    async (status) => {
      let tries = 0;
      const { queue, pauses, told, turn } = queueOf(async () => {
        tries += 1;
        throw failing(status);
      });
      queue.add(span);
      await turn();
      const waited: number[] = [];
      for (; pauses[0] !== undefined; await turn()) waited.push(pauses[0].ms);
      expect({ tries, waited: waited.slice(0, 4) }).toEqual({
        tries: 5,
        waited: [1_000, 2_000, 4_000, 8_000],
      });
      expect(queue.counts()).toEqual({ sent: 0, dropped: 1 });
      expect(JSON.stringify(told)).not.toContain('hush');
    },
  );

  it.each([400, 401, 404, 500])('are not sent again after %s', async (status) => {
    let tries = 0;
    const { queue, turn } = queueOf(async () => {
      tries += 1;
      throw failing(status);
    });
    queue.add(span);
    await turn();
    await turn();
    expect({ tries, ...queue.counts() }).toEqual({ tries: 1, sent: 0, dropped: 1 });
  });

  it('that were rejected one by one are counted, and not sent again', async () => {
    let tries = 0;
    const { queue, turn } = queueOf(async () => {
      tries += 1;
      return { rejected: 1 };
    });
    queue.add(span);
    queue.add(span);
    await turn();
    expect({ tries, ...queue.counts() }).toEqual({ tries: 1, sent: 1, dropped: 1 });
  });

  it('are all sent at the end, at once', async () => {
    const { queue } = queueOf(async () => ({ rejected: 0 }));
    for (let at = 0; at < 600; at += 1) queue.add(span);
    await queue.close();
    queue.add(span);
    await queue.close();
    expect(queue.counts()).toEqual({ sent: 600, dropped: 1 });
  });

  it('hold up the end no longer than two seconds', async () => {
    const { queue, pauses, turn } = queueOf(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(failing()));
        }),
    );
    for (let at = 0; at < 600; at += 1) queue.add(span);
    const closed = queue.close();
    await turn();
    expect(pauses.at(-1)?.ms ?? 2_000).toBe(2_000);
    for (; pauses.length > 0; await turn());
    await closed;
    expect(queue.counts()).toEqual({ sent: 0, dropped: 600 });
  });
});
