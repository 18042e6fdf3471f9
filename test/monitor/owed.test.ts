import { describe, expect, it } from 'vitest';
import { Owed } from '../../src/monitor/owed.ts';

describe('what is owed', () => {
  it('is tried in its order until one fails, and from there the next time', async () => {
    const owed = new Owed();
    const tried: string[] = [];
    let fails = true;
    for (const name of ['a', 'b', 'c']) {
      owed.add(async () => {
        tried.push(name);
        if (name === 'b' && fails) throw new Error('not yet');
      });
    }
    await expect(owed.settle()).rejects.toThrow('not yet');
    expect([tried, owed.isNothing]).toEqual([['a', 'b'], false]);
    fails = false;
    await owed.settle();
    expect([tried, owed.isNothing]).toEqual([['a', 'b', 'b', 'c'], true]);
  });

  it('is tried once for all who come meanwhile, and what came since is not taken for it', async () => {
    const owed = new Owed();
    let tried = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    owed.add(() => {
      tried += 1;
      return promise;
    });
    const both = [owed.settle(), owed.settle()];
    owed.forget();
    owed.add(async () => {
      tried += 10;
    });
    resolve();
    await Promise.all(both);
    expect([tried, owed.isNothing]).toEqual([11, true]);
  });

  it('is never nothing again when there was too much of it, until an admin looked', async () => {
    const owed = new Owed();
    for (let at = 0; at < 65; at += 1) owed.add(async () => {});
    await owed.settle();
    expect(owed.isNothing).toBe(false);
    owed.forget();
    expect(owed.isNothing).toBe(true);
  });
});
