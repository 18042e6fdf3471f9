import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LineWriter, type WriteEnd } from '../../src/mcp-server/line-writer.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A reader that takes a line when told to. */
function reading() {
  const ends: WriteEnd[] = [];
  const waiting: (() => void)[] = [];
  const written: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      waiting.push(done);
    },
  });
  const writer = new LineWriter(output, { maxQueuedBytes: 1000, drainMs: 100 }, (why) =>
    ends.push(why),
  );
  const take = async () => {
    waiting.shift()?.();
    await new Promise((done) => setImmediate(done));
  };
  return { writer, ends, take, written };
}

describe('LineWriter', () => {
  it.each(['é', Buffer.from('é')])(
    'writes a line and its end, whatever it is given as',
    async (text) => {
      const { writer, ends, take, written } = reading();
      writer.write(text);
      await take();
      await take();
      expect([Buffer.concat(written).toString(), ends]).toEqual(['é\n', []]);
    },
  );

  it('ends with `stalled` for a reader that takes nothing in its time', () => {
    const { writer, ends } = reading();
    writer.write('a');
    vi.advanceTimersByTime(99);
    expect(ends).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ends).toEqual(['stalled']);
  });

  it('goes on for one that is slow and takes a line now and then', async () => {
    const { writer, ends, take } = reading();
    for (const line of ['a', 'b', 'c']) writer.write(line);
    for (let n = 0; n < 3; n += 1) {
      vi.advanceTimersByTime(99);
      await take();
    }
    vi.advanceTimersByTime(1000);
    expect(ends).toEqual([]);
  });

  it('ends with `flooded` when more waits than may', () => {
    const { writer, ends } = reading();
    writer.write('x'.repeat(1001));
    vi.advanceTimersByTime(1000);
    expect(ends).toEqual(['flooded']);
  });
});
