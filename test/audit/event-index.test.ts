import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditStats } from '../../src/audit/audit-stats.ts';
import { Durations } from '../../src/audit/durations.ts';
import { findLargest, findSeqs } from '../../src/audit/event-index.ts';
import { Marks, STRETCH } from '../../src/audit/event-marks.ts';
import { conditionsOf, type EventMatch, meets } from '../../src/audit/event-store.ts';
import { indexStretch } from '../../src/audit/index-stretch.ts';
import type { AuditEvent } from '../../src/domain/event.ts';
import { memoryIndex } from '../support/memory-index.ts';
import { runs } from '../support/runs.ts';

const HOUR_US = 3_600_000_000;

/** Events around two ends of stretches, so that every edge is met. */
const PLACES = [1, 2, STRETCH - 1, STRETCH, STRETCH + 1, 2 * STRETCH, 2 * STRETCH + 7];

const eventAt = (seq: number, members: object): AuditEvent =>
  ({ seq, at: seq * 60_000_000, code: 'TG1002', ...members }) as AuditEvent;

const member = fc.record(
  {
    code: fc.constantFrom('TG1001', 'TG1002', 'TG1003'),
    subject: fc.constantFrom('a', 'b'),
    server: fc.constantFrom('x', 'y'),
    tool: fc.constantFrom('t', 'u'),
    outcome: fc.constantFrom('ok', 'failed'),
    argsHmac: fc.constantFrom('1', '2'),
    durationUs: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: ['code'] },
);
const events = fc
  .tuple(...PLACES.map(() => member))
  .map((members) => members.map((made, at) => eventAt(PLACES[at] ?? 0, made)));
const asked: fc.Arbitrary<EventMatch> = fc.record(
  {
    code: fc.constantFrom('TG1001', 'TG1002'),
    subject: fc.constantFrom('a', 'b', 'nobody'),
    ref: fc.constantFrom('x/t', 'y/u'),
    outcome: fc.constantFrom('ok', 'failed'),
    args: fc.constantFrom('1', '2', '3'),
    atLeast: fc.record({ durationUs: fc.integer({ min: 1, max: 10 }) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const seq = fc.constantFrom(...PLACES);

describe('findSeqs', () => {
  it('finds what reading every event finds, in either order and any range', () => {
    fc.assert(
      fc.property(events, asked, seq, seq, fc.boolean(), (all, filter, from, to, isDescending) => {
        const conditions = conditionsOf(filter);
        const read = all.filter(
          (event) => event.seq >= from && event.seq <= to && meets(event, conditions),
        );
        const index = memoryIndex(all);
        // Without a condition every number in the range is meant, and the store knows which there are.
        const there = new Set(PLACES);
        const found = [...findSeqs(index, conditions, { from, to }, isDescending)].filter((place) =>
          there.has(place),
        );
        const expected = read.map((event) => event.seq);
        expect(found).toEqual(isDescending ? expected.reverse() : expected);
      }),
      runs(100),
    );
  });

  it('gives the largest first, of equal ones the newest', () => {
    fc.assert(
      fc.property(events, asked, (all, filter) => {
        const conditions = conditionsOf(filter);
        const range = { from: 1, to: PLACES.at(-1) ?? 0 };
        const found = findLargest(memoryIndex(all), 'durationUs', conditions, range, 3);
        const expected = all
          .filter((event) => event.durationUs !== undefined && meets(event, conditions))
          .sort((a, b) => (b.durationUs ?? 0) - (a.durationUs ?? 0) || b.seq - a.seq);
        expect(found).toEqual(expected.map((event) => event.seq));
      }),
      runs(50),
    );
  });
});

describe('Marks', () => {
  it('packs and unpacks any set of places', () => {
    const places = fc.uniqueArray(fc.integer({ min: 0, max: STRETCH - 1 }), { maxLength: STRETCH });
    fc.assert(
      fc.property(places, (some) => {
        const marks = Marks.none();
        for (const place of some) marks.add(place);
        const sorted = some.toSorted((a, b) => a - b);
        const read = Marks.unpack(marks.pack());
        expect([...read.places()]).toEqual(sorted);
        expect([...read.places(true)]).toEqual(sorted.toReversed());
        expect(read.count()).toBe(some.length);
      }),
      runs(50),
    );
  });
});

describe('auditStats', () => {
  it('counts ended uses and refusals, by outcome', () => {
    const all = [
      eventAt(1, { code: 'TG1001', subject: 'a' }),
      eventAt(2, { subject: 'a', outcome: 'ok', durationUs: 1_000 }),
      eventAt(3, { subject: 'a', code: 'TG1003', decision: 'deny', reason: 'no_rule' }),
      eventAt(4, { subject: 'b', outcome: 'withheld', durationUs: 4_000 }),
      eventAt(STRETCH + 1, { subject: 'a', outcome: 'ok', durationUs: 2_000 }),
    ];
    const range = { from: 1, to: STRETCH + 1 };
    const found = auditStats(memoryIndex(all), [], range, ['subject', 'reason', 'hour']);
    expect(found.get('all')).toMatchObject([
      { count: 4, outcomes: { ok: 2, refused: 1, withheld: 1 } },
    ]);
    expect(found.get('subject')).toMatchObject([
      { value: 'a', count: 3, outcomes: { ok: 2, refused: 1 } },
      { value: 'b', count: 1, outcomes: { withheld: 1 } },
    ]);
    expect(found.get('reason')).toEqual([{ value: 'no_rule', count: 1, outcomes: { refused: 1 } }]);
    const late = Math.floor(((STRETCH + 1) * 60_000_000) / HOUR_US);
    expect(found.get('hour')?.map(({ value, count }) => [value, count])).toEqual([
      ['0', 3],
      [String(late), 1],
    ]);
    expect(auditStats(memoryIndex(all), [['subject', 'b']], range, []).get('all')).toMatchObject([
      { count: 1 },
    ]);
  });
});

describe('Durations', () => {
  it('keeps a quantile to within 2.2 %', () => {
    const durations = new Durations();
    for (let us = 1; us <= 10_000; us += 1) durations.add(us);
    const [half, most] = [durations.quantile(0.5) ?? 0, durations.quantile(0.99) ?? 0];
    expect(Math.abs(half / 5_000 - 1)).toBeLessThan(0.022);
    expect(Math.abs(most / 9_900 - 1)).toBeLessThan(0.022);
    expect(new Durations().quantile(0.5)).toBeUndefined();
  });
});

describe('indexStretch', () => {
  it('takes no member of a wrong type for a value', () => {
    const odd = eventAt(1, { subject: { a: 1 }, server: ['x'], durationUs: 'long', intent: null });
    expect(indexStretch(0, [odd]).values.map(({ field }) => field)).toEqual(['code', 'hour']);
  });
});
