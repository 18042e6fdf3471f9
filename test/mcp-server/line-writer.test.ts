import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LineWriter, type WriteEnd } from '../../src/mcp-server/line-writer.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** The turn's end, when what it wrote is handed over. */
const turn = () => new Promise((done) => setImmediate(done));

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
    await turn();
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

  it('hands over replies of one turn together, in their order with all else', async () => {
    const { writer, take, written } = reading();
    for (const reply of ['a', 'b', Buffer.from('c'), 'd', 'e']) writer.writeReply(reply);
    writer.write('f');
    writer.writeReply('g');
    await turn();
    for (let n = 0; n < 7; n += 1) await take();
    expect(written.map(String)).toEqual(['a\nb\n', 'c', '\n', 'd\ne\n', 'f\n', 'g\n']);
  });

  it('lets no more than so much wait for the end of the turn', () => {
    const { writer, written } = reading();
    for (let n = 0; n < 3; n += 1) writer.writeReply('x'.repeat(6_000));
    expect(Buffer.concat(written)).toHaveLength(18_003);
  });

  it('hands over what waits when it is told to flush', async () => {
    const { writer, take, written } = reading();
    writer.writeReply('a');
    const flushed = writer.flush(100);
    expect(written.map(String)).toEqual(['a\n']);
    await take();
    await take();
    await flushed;
  });

  it.each(['write', 'writeReply'] as const)(
    'ends with `stalled` for a reader that takes nothing in its time: %s',
    async (how) => {
      const { writer, ends } = reading();
      writer[how]('a');
      await turn();
      vi.advanceTimersByTime(99);
      expect(ends).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(ends).toEqual(['stalled']);
    },
  );

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

  it.each(['write', 'writeReply'] as const)(
    'ends with `flooded` when more waits than may: %s',
    async (how) => {
      const { writer, ends } = reading();
      writer[how]('x'.repeat(1001));
      await turn();
      vi.advanceTimersByTime(1000);
      expect(ends).toEqual(['flooded']);
    },
  );
});
