import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hours, isWithin, nextOpening, parseHours } from '../../src/authorize/hours.ts';
import { isShownWithin, type OracleSpan } from '../support/hours-oracle.ts';
import { runs } from '../support/runs.ts';

const MINUTE = 60_000;

const hours = (text: string): Hours => {
  const parsed = parseHours(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
  return parsed.hours;
};

const at = (text: string): number => Date.parse(text);
const within = (text: string, instant: string): boolean => isWithin(hours(text), at(instant));
const opening = (text: string, instant: string): string | undefined => {
  const found = nextOpening(hours(text), at(instant));
  return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16);
};

describe('hours', () => {
  it.each<[string, string, boolean]>([
    // 2026-06-01 is a Monday.
    ['Mon-Fri 08:00-18:00 UTC', '2026-06-01T07:59:59.999Z', false],
    ['Mon-Fri 08:00-18:00 UTC', '2026-06-01T08:00:00Z', true],
    ['Mon-Fri 08:00-18:00 UTC', '2026-06-01T17:59:59.999Z', true],
    ['Mon-Fri 08:00-18:00 UTC', '2026-06-01T18:00:00Z', false],
    ['Mon-Fri 08:00-18:00 UTC', '2026-06-06T12:00:00Z', false],
    ['Fri-Mon 08:00-18:00 UTC', '2026-06-07T12:00:00Z', true],
    ['Fri-Mon 08:00-18:00 UTC', '2026-06-02T12:00:00Z', false],
    ['Mon,Wed,Fri 08:00-18:00 UTC', '2026-06-03T12:00:00Z', true],
    ['Mon,Wed-Thu,Sat 08:00-18:00 UTC', '2026-06-04T12:00:00Z', true],
    ['Mon,Wed,Fri 08:00-18:00 UTC', '2026-06-02T12:00:00Z', false],
    ['08:00-18:00 UTC', '2026-06-07T12:00:00Z', true],
    ['Mon 00:00-24:00 UTC', '2026-06-01T23:59:59Z', true],
    ['Mon 00:00-24:00 UTC', '2026-06-02T00:00:00Z', false],
    ['Mon 22:00-06:00 UTC', '2026-06-02T05:59:00Z', true],
    ['Mon 22:00-06:00 UTC', '2026-06-01T05:59:00Z', false],
    ['Sun 22:00-06:00 UTC', '2026-06-01T05:59:00Z', true],
    ['Mon 22:00-00:00 UTC', '2026-06-01T23:59:00Z', true],
    ['Mon-Fri 08:00-12:00, Mon-Fri 13:00-18:00 UTC', '2026-06-01T12:30:00Z', false],
    ['Mon-Fri 08:00-12:00,Sat 13:00-18:00 UTC', '2026-06-06T13:00:00Z', true],
    ['Mon 08:00-18:00 Europe/Berlin', '2026-06-01T06:00:00Z', true],
    ['Mon 08:00-18:00 Europe/Berlin', '2026-01-05T06:00:00Z', false],
    ['Mon 08:00-18:00 Pacific/Kiritimati', '2026-05-31T18:00:00Z', true],
    // 02:30 is twice on the morning the clock goes back, and not at all when it goes forward.
    ['Sun 02:30-03:00 Europe/Berlin', '2026-10-25T00:30:00Z', true],
    ['Sun 02:30-03:00 Europe/Berlin', '2026-10-25T01:15:00Z', false],
    ['Sun 02:30-03:00 Europe/Berlin', '2026-10-25T01:30:00Z', true],
    ['Sun 02:00-03:00 Europe/Berlin', '2026-03-29T01:00:00Z', false],
  ])('%s, at %s: %j', (text, instant, expected) => {
    expect(within(text, instant)).toBe(expected);
  });

  it.each<[string, string, string]>([
    ['Mon-Fri 08:00-18:00 UTC', '2026-06-05T18:00:00Z', '2026-06-08T08:00'],
    ['Mon-Fri 08:00-18:00 UTC', '2026-06-01T07:59:59Z', '2026-06-01T08:00'],
    ['Mon-Fri 08:00-18:00 UTC', '2026-06-01T09:17:00Z', '2026-06-01T09:17'],
    ['Mon-Fri 08:00-12:00, Mon-Fri 13:00-18:00 UTC', '2026-06-01T12:00:00Z', '2026-06-01T13:00'],
    ['08:00-12:00 Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T07:00'],
    // The clock jumps over 02:15: the hours open at the jump.
    ['02:15-04:00 Europe/Berlin', '2026-03-29T00:00:00Z', '2026-03-29T01:00'],
    // It jumps over the whole of them: the next day.
    ['02:15-02:45 Europe/Berlin', '2026-03-29T00:50:00Z', '2026-03-30T00:15'],
    // It jumps back into them, and back before them.
    ['01:00-02:30 Europe/Berlin', '2026-10-25T00:45:00Z', '2026-10-25T01:00'],
    ['02:30-03:00 Europe/Berlin', '2026-10-25T01:10:00Z', '2026-10-25T01:30'],
    ['Sun 02:15-02:45 Europe/Berlin', '2026-03-28T20:00:00Z', '2026-04-05T00:15'],
  ])('%s open next, from %s, at %s', (text, from, expected) => {
    expect(opening(text, from)).toBe(expected);
  });

  const clockTime = fc
    .integer({ min: 0, max: 24 * 12 - 1 })
    .map((fives) => new Date(fives * 5 * MINUTE).toISOString().slice(11, 16));
  const span: fc.Arbitrary<OracleSpan> = fc
    .record({
      days: fc.subarray(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']),
      from: clockTime,
      to: fc.oneof(clockTime, fc.constant('24:00')),
    })
    .filter(({ from, to }) => from !== to);
  // Zones that go forward and back by an hour, by half of one, that did not have a day, and that do neither.
  const moment = fc
    .constantFrom<[string, string]>(
      ['Europe/Berlin', '2026-03-29T01:00:00Z'],
      ['Europe/Berlin', '2026-10-25T01:00:00Z'],
      ['America/New_York', '2026-11-01T06:00:00Z'],
      ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
      ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
      ['Pacific/Apia', '2011-12-30T10:00:00Z'],
      ['America/St_Johns', '2007-03-11T03:31:00Z'],
      ['Africa/Casablanca', '2026-02-15T02:00:00Z'],
      ['Asia/Kathmandu', '2026-06-01T00:00:00Z'],
      ['UTC', '2026-01-01T00:00:00Z'],
    )
    .chain(([zone, change]) =>
      fc.record({
        zone: fc.constant(zone),
        now: fc.integer({ min: -2_000_000, max: 2_000_000 }).map((by) => at(change) + by * 53),
      }),
    );
  const written = (spans: readonly OracleSpan[], zone: string): string => {
    const texts = spans.map(({ days, from, to }) =>
      days.length === 0 ? `${from}-${to}` : `${days.join(',')} ${from}-${to}`,
    );
    return `${texts.join(', ')} ${zone}`;
  };
  const spans = fc.array(span, { minLength: 1, maxLength: 3 });

  it('are what a clock on the wall shows', () => {
    fc.assert(
      fc.property(spans, moment, (all, { zone, now }) => {
        expect(isWithin(hours(written(all, zone)), now)).toBe(isShownWithin(all, zone, now));
      }),
      runs(2_000),
    );
  });

  it('open next at the first minute that is within them', () => {
    let waited = 0;
    fc.assert(
      fc.property(spans, moment, (all, { zone, now }) => {
        const found = nextOpening(hours(written(all, zone)), now) ?? Number.NaN;
        expect(isShownWithin(all, zone, found)).toBe(true);
        if (found === now) return;
        waited += 1;
        expect(found % MINUTE).toBe(0);
        for (let each = now; each < found; each += MINUTE) {
          if (isShownWithin(all, zone, each)) expect(`${each} of ${found}`).toBe('closed');
        }
        expect(isShownWithin(all, zone, found - 1)).toBe(false);
      }),
      runs(300),
    );
    expect(waited).toBeGreaterThan(50);
  });

  it('are read or refused with a place, whatever they say', () => {
    const piece = fc.constantFrom(
      ...['Mon', 'Fri', '-', ',', ' ', '08:00', '18:00', '24:00', 'UTC', 'Europe/Berlin'],
      ...['25:00', ':', '0', 'Mo', '+01:00', '/', '_', '\t', 'é', '08:00-18:00'],
    );
    let readable = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        const parsed = parseHours(text);
        if (parsed.ok) readable += 1;
        else expect(parsed.offset >= 0 && parsed.offset <= text.length).toBe(true);
      }),
      runs(5_000),
    );
    expect(readable).toBeLessThan(5_000);
  });
});
