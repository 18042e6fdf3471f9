import { describe, expect, it } from 'vitest';
import { whilePermitted } from '../../src/answer/while-permitted.ts';
import type { Decision } from '../../src/domain/decision.ts';

const permit = (epoch: number) => ({ kind: 'permit', epoch }) as unknown as Decision;

function passing(decide: () => Decision, epoch = () => 1) {
  const passed: unknown[] = [];
  const take = whilePermitted({ epoch }, decide, ({ n }) => passed.push(n));
  return { passed, take };
}

describe('whilePermitted', () => {
  it('passes everything on in order while the right holds, and keeps nothing waiting', () => {
    const { passed, take } = passing(() => permit(1));
    for (const n of [1, 2, 3]) {
      take({ n });
      expect(passed.at(-1)).toBe(n);
    }
    expect(passed).toEqual([1, 2, 3]);
  });

  it('passes nothing on once the right is gone', () => {
    let isGone = false;
    const { passed, take } = passing(() =>
      isGone ? ({ kind: 'deny' } as unknown as Decision) : permit(1),
    );
    take({ n: 1 });
    isGone = true;
    take({ n: 2 });
    expect(passed).toEqual([1]);
  });

  it('passes nothing on that was decided on state which has moved', () => {
    const { passed, take } = passing(
      () => permit(1),
      () => 2,
    );
    take({ n: 1 });
    expect(passed).toEqual([]);
  });

  it('passes nothing on, and goes on, when state cannot be read', () => {
    let reads = 0;
    const { passed, take } = passing(() => {
      reads += 1;
      if (reads === 1) throw new Error('unreadable');
      return permit(1);
    });
    take({ n: 1 });
    take({ n: 2 });
    expect(passed).toEqual([2]);
  });
});
