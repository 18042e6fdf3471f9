import { describe, expect, it } from 'vitest';
import { Passing } from '../../src/domain/passing.ts';

describe('what comes and goes', () => {
  it('is there from its coming to its going, in its order', () => {
    const passing = new Passing<number, string>();
    for (const key of [3, 1, 2]) passing.set(key, `call ${key}`);
    expect(passing.values()).toEqual(['call 3', 'call 1', 'call 2']);
    expect([passing.delete(1), passing.delete(1), passing.delete(9)]).toEqual([true, false, false]);
    expect([passing.size, passing.has(1), passing.get(1), passing.get(2)]).toEqual([
      2,
      false,
      undefined,
      'call 2',
    ]);
    passing.set(1, 'another');
    expect(passing.values()).toEqual(['call 3', 'call 2', 'another']);
  });

  it('takes the place of what had its key', () => {
    const passing = new Passing<string, number>();
    passing.set('a', 1);
    passing.set('b', 2);
    passing.set('a', 3);
    expect([passing.size, passing.values()]).toEqual([2, [3, 2]]);
  });

  it('may go while it is looked at', () => {
    const passing = new Passing<number, number>();
    for (const key of [1, 2, 3]) passing.set(key, key);
    const seen: number[] = [];
    for (const key of passing.values()) {
      passing.delete(key);
      seen.push(key);
    }
    expect([seen, passing.size]).toEqual([[1, 2, 3], 0]);
  });

  it('is all gone once it is cleared', () => {
    const passing = new Passing<number, number>();
    passing.set(1, 1);
    passing.clear();
    expect([passing.size, passing.get(1), passing.values()]).toEqual([0, undefined, []]);
  });
});
