import { describe, expect, it } from 'vitest';
import { restTidier } from '../../src/keep-small.ts';

const MB = 1_048_576;

/** A process that gets 40 MB smaller when it is tidied, down to 80. */
function processOf(startMb: number) {
  const now = { mb: startMb, cpuMicros: 0, isBusy: false, collected: 0 };
  const look = restTidier(
    {
      bytes: () => now.mb * MB,
      cpuMicros: () => now.cpuMicros,
      collect() {
        now.collected += 1;
        now.mb = Math.max(80, now.mb - 40);
        now.cpuMicros += 200_000;
      },
    },
    () => now.isBusy,
  );
  return { now, look };
}

describe('a broker at rest', () => {
  it('gives back once what its start took', () => {
    const { now, look } = processOf(90);
    for (let times = 0; times < 5; times += 1) look();
    expect([now.collected, now.mb]).toEqual([1, 80]);
  });

  it('gives back what many calls took, once they are over', () => {
    const { now, look } = processOf(80);
    look();
    now.mb = 130;
    now.cpuMicros += 4_000_000;
    look();
    expect(now.collected).toBe(1);
    for (let times = 0; times < 5; times += 1) look();
    expect([now.collected, now.mb]).toEqual([2, 90]);
  });

  it('keeps nobody waiting', () => {
    const { now, look } = processOf(200);
    now.isBusy = true;
    look();
    expect(now.collected).toBe(0);
    now.isBusy = false;
    look();
    expect(now.collected).toBe(1);
  });

  it('does not stand still for a little', () => {
    const { now, look } = processOf(80);
    look();
    now.mb = 95;
    look();
    expect(now.collected).toBe(1);
  });
});
