import { describe, expect, it } from 'vitest';
import { startCallClock } from '../../src/mcp-client/call-clock.ts';
import { manualTimers } from '../support/tool-servers/harness.ts';

function started(timeoutMs: number) {
  const timers = manualTimers();
  let isOver = false;
  const clock = startCallClock(timers, timeoutMs, () => {
    isOver = true;
  });
  return { clock, advance: (ms: number) => timers.advance(ms), isOver: () => isOver };
}

describe('the clock of a call', () => {
  it('is over after its time', () => {
    const { advance, isOver } = started(1_000);
    advance(999);
    expect(isOver()).toBe(false);
    advance(1);
    expect(isOver()).toBe(true);
  });

  it('stands still until the last of several questions is answered', () => {
    const { clock, advance, isOver } = started(1_000);
    const [first, second] = [clock.pause(), clock.pause()];
    first();
    first();
    advance(60_000);
    expect(isOver()).toBe(false);
    second();
    advance(1_000);
    expect(isOver()).toBe(true);
  });

  it('gives all questions of a call ten minutes together, however many there are', () => {
    const { clock, advance, isOver } = started(1_000);
    for (let asked = 0; asked < 1_200; asked += 1) {
      const resume = clock.pause();
      advance(499);
      resume();
      expect(isOver()).toBe(false);
    }
    advance(1_200);
    clock.pause();
    expect(isOver()).toBe(true);
  });

  it('never gives a call less than its own time because it asked', () => {
    const { clock, advance, isOver } = started(3_600_000);
    clock.pause()();
    advance(3_599_999);
    expect(isOver()).toBe(false);
  });

  it('does nothing once stopped', () => {
    const { clock, advance, isOver } = started(1_000);
    const resume = clock.pause();
    clock.stop();
    resume();
    clock.pause()();
    advance(3_600_000);
    expect(isOver()).toBe(false);
  });
});
