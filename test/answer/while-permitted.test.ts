import { describe, expect, it } from 'vitest';
import { whilePermitted } from '../../src/answer/while-permitted.ts';
import type { Decision } from '../../src/domain/decision.ts';

const permit = (epoch: number) => ({ kind: 'permit', epoch }) as unknown as Decision;
const turn = () => new Promise((resolve) => setImmediate(resolve));

function passing(decide: () => Promise<Decision>, epoch = () => 1) {
  const passed: unknown[] = [];
  const take = whilePermitted({ epoch }, decide, ({ n }) => passed.push(n));
  return { passed, take };
}

describe('whilePermitted', () => {
  it('passes everything on in order while the right holds', async () => {
    const { passed, take } = passing(async () => permit(1));
    for (const n of [1, 2, 3]) take({ n });
    await turn();
    expect(passed).toEqual([1, 2, 3]);
  });

  it('passes nothing on once the right is gone', async () => {
    let isGone = false;
    const { passed, take } = passing(async () =>
      isGone ? ({ kind: 'deny' } as unknown as Decision) : permit(1),
    );
    take({ n: 1 });
    await turn();
    isGone = true;
    take({ n: 2 });
    await turn();
    expect(passed).toEqual([1]);
  });

  it('passes nothing on that was decided on state which has moved', async () => {
    const { passed, take } = passing(
      async () => permit(1),
      () => 2,
    );
    take({ n: 1 });
    await turn();
    expect(passed).toEqual([]);
  });

  it('passes nothing on, and goes on, when state cannot be read', async () => {
    let reads = 0;
    const { passed, take } = passing(async () => {
      reads += 1;
      if (reads === 1) throw new Error('unreadable');
      return permit(1);
    });
    take({ n: 1 });
    take({ n: 2 });
    await turn();
    expect(passed).toEqual([2]);
  });

  it('keeps no more than 256 waiting, and goes on once they are decided', async () => {
    const { passed, take } = passing(async () => permit(1));
    for (let n = 0; n < 1000; n += 1) take({ n });
    await turn();
    expect(passed).toEqual(Array.from({ length: 256 }, (_, n) => n));
    take({ n: 'next' });
    await turn();
    expect(passed.at(-1)).toBe('next');
  });
});
