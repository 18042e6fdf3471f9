import { describe, expect, it } from 'vitest';
import { Shares } from '../../src/mcp-server/shares.ts';

describe('Shares', () => {
  it('gives no owner more than its share, and another one the rest', () => {
    const shares = new Shares<string>(10, 6);
    const [a, b] = [shares.hold('a'), shares.hold('b')];
    expect([a.take(6), a.take(1), shares.hold('a').take(1)]).toEqual([true, false, false]);
    expect([b.take(5), b.take(4), b.take(1)]).toEqual([false, true, false]);
  });

  it('has room again for what was given back, once', () => {
    const shares = new Shares<string>(10, 10);
    const held = shares.hold('a');
    held.take(10);
    held.release();
    held.release();
    expect([shares.hold('b').take(10), shares.hold('b').take(1)]).toEqual([true, false]);
  });

  it('takes nothing when it refuses', () => {
    const shares = new Shares<string>(10, 10);
    const held = shares.hold('a');
    expect([held.take(11), held.take(10)]).toEqual([false, true]);
  });
});
