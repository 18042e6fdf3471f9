import { Durations } from './durations.ts';
import type { MarkedField } from './event-fields.ts';
import { type Condition, type EventIndex, findMarks, type SeqRange } from './event-index.ts';
import { firstOf, Marks, stretchOf } from './event-marks.ts';

/** What uses can be counted by. */
export const STATS_BY = ['subject', 'server', 'ref', 'hour', 'outcome', 'reason'] as const;
export type StatsBy = (typeof STATS_BY)[number];

/** Uses with one value: how many, how they ended, how long they took. */
export interface StatsRow {
  /** Of an hour: hours since the epoch. */
  readonly value: string;
  /** Uses that ended, and refusals of one. */
  readonly count: number;
  /** Ended ones by outcome, and refusals as `refused`. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Microseconds from request to recorded outcome, within 2 %; absent when none ended. */
  readonly p50Us?: number;
  readonly p99Us?: number;
}

/** Stretches held in memory at once. */
const CHUNK = 64;

interface Sum {
  count: number;
  readonly outcomes: Map<string, number>;
  readonly durations: Durations;
}

/**
 * Counts ended uses and refusals by the values of some fields. Reads the index alone, a part at a time:
 * its memory does not grow with the log. Sums of a minute's refusals (TG1006) are not in it.
 */
export function auditStats(
  index: EventIndex,
  conditions: readonly Condition[],
  range: SeqRange,
  by: readonly StatsBy[],
): ReadonlyMap<StatsBy | 'all', readonly StatsRow[]> {
  const sums = new Map<StatsBy | 'all', Map<string, Sum>>(
    ['all' as const, ...by].map((field) => [field, new Map<string, Sum>()]),
  );
  const values = new Map(by.map((field) => [field, index.values(field)]));
  const outcomeNames = index.values('outcome');
  const last = stretchOf(range.to);
  for (let from = stretchOf(range.from); from <= last; from += CHUNK) {
    const to = Math.min(last, from + CHUNK - 1);
    const part = readPart(index, conditions, range, from, to, outcomeNames);
    if (part.uses.size === 0) continue;
    for (const [field, sumsOf] of sums) {
      if (field === 'all') {
        add(sumOf(sumsOf, ''), part, part.uses);
        continue;
      }
      for (const value of values.get(field) ?? []) {
        const marked = index.marked(field as MarkedField, value, from, to);
        if (marked.size > 0) add(sumOf(sumsOf, value), part, marked);
      }
    }
  }
  return new Map([...sums].map(([field, sumsOf]) => [field, rowsOf(sumsOf)]));
}

interface Part {
  /** Ended uses and refusals that are counted. */
  readonly uses: ReadonlyMap<number, Marks>;
  readonly ended: ReadonlyMap<number, Marks>;
  readonly outcomes: readonly (readonly [name: string, ReadonlyMap<number, Marks>])[];
  readonly durations: ReadonlyMap<number, Uint32Array>;
}

function readPart(
  index: EventIndex,
  conditions: readonly Condition[],
  range: SeqRange,
  from: number,
  to: number,
  outcomeNames: readonly string[],
): Part {
  const here = {
    from: Math.max(range.from, firstOf(from)),
    to: Math.min(range.to, firstOf(to + 1) - 1),
  };
  const ended = new Map(findMarks(index, [['code', 'TG1002'], ...conditions], here, false));
  const refused = new Map(findMarks(index, [['code', 'TG1003'], ...conditions], here, false));
  const uses = new Map(ended);
  for (const [stretch, marks] of refused) uses.set(stretch, uses.get(stretch)?.or(marks) ?? marks);
  const outcomes = outcomeNames.map(
    (name) => [name, index.marked('outcome', name, from, to)] as const,
  );
  return { uses, ended, outcomes, durations: index.column('durationUs', from, to) };
}

function add(sum: Sum, part: Part, marked: ReadonlyMap<number, Marks>): void {
  for (const [stretch, marks] of marked) {
    const uses = part.uses.get(stretch)?.and(marks);
    if (uses === undefined || uses.isEmpty()) continue;
    const count = uses.count();
    sum.count += count;
    const ended = part.ended.get(stretch)?.and(uses) ?? Marks.none();
    const refusals = count - ended.count();
    if (refusals > 0) tally(sum, 'refused', refusals);
    for (const [name, having] of part.outcomes) {
      const many = having.get(stretch)?.countBoth(ended) ?? 0;
      if (many > 0) tally(sum, name, many);
    }
    const numbers = part.durations.get(stretch);
    if (numbers === undefined) continue;
    for (const place of ended.places()) sum.durations.add(numbers[place] ?? 0);
  }
}

const tally = ({ outcomes }: Sum, name: string, many: number): void =>
  void outcomes.set(name, (outcomes.get(name) ?? 0) + many);

function sumOf(sums: Map<string, Sum>, value: string): Sum {
  let sum = sums.get(value);
  if (sum === undefined) {
    sum = { count: 0, outcomes: new Map(), durations: new Durations() };
    sums.set(value, sum);
  }
  return sum;
}

/** Most first. */
function rowsOf(sums: ReadonlyMap<string, Sum>): readonly StatsRow[] {
  return [...sums]
    .filter(([, { count }]) => count > 0)
    .map(([value, { count, outcomes, durations }]) => {
      const [p50Us, p99Us] = [durations.quantile(0.5), durations.quantile(0.99)];
      return {
        value,
        count,
        outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
        ...(p50Us === undefined || p99Us === undefined ? {} : { p50Us, p99Us }),
      };
    })
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
