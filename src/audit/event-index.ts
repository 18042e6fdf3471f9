import type { EventField, MarkedField, NumberField, PrintedField } from './event-fields.ts';
import { isMarked } from './event-fields.ts';
import { firstOf, Marks, STRETCH, stretchOf } from './event-marks.ts';
import { fingerprint } from './index-stretch.ts';

/** The index of the log, by stretches; both ends included. */
export interface EventIndex {
  /** Events with a value, by stretch; stretches without any are left out. */
  marked(field: MarkedField, value: string, from: number, to: number): ReadonlyMap<number, Marks>;
  /** Numbers of events, by stretch; stretches without any are left out. */
  column(
    field: PrintedField | NumberField,
    from: number,
    to: number,
  ): ReadonlyMap<number, Uint32Array>;
  /** Every value a field has, sorted. */
  values(field: MarkedField): readonly string[];
}

/** A value that an event must have, or the least a number of it must be. */
export type Condition =
  | readonly [field: EventField, value: string]
  | readonly [field: NumberField, least: number];

/** Whether a condition is on a number. */
export const isLeast = (condition: Condition): condition is readonly [NumberField, number] =>
  typeof condition[1] === 'number';

/** Sequence numbers, both included. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** Stretches looked at together: few at first, since most questions end soon. */
const FIRST_LOOK = 4;
const LONGEST_LOOK = 256;

/**
 * Events that may meet every condition, a stretch at a time, in order. None that does is left out; of a
 * condition on a fingerprinted field there may be others.
 */
export function* findMarks(
  index: EventIndex,
  conditions: readonly Condition[],
  range: SeqRange,
  isDescending: boolean,
): Generator<readonly [stretch: number, marks: Marks]> {
  if (range.to < range.from) return;
  const [low, high] = [stretchOf(range.from), stretchOf(range.to)];
  let size = FIRST_LOOK;
  for (let done = 0; done <= high - low; ) {
    const from = isDescending ? Math.max(low, high - done - size + 1) : low + done;
    const to = isDescending ? high - done : Math.min(high, low + done + size - 1);
    const found = lookAt(index, conditions, range, from, to);
    for (const stretch of found
      .keys()
      .toArray()
      .sort(isDescending ? down : up)) {
      const marks = found.get(stretch);
      if (marks !== undefined && !marks.isEmpty()) yield [stretch, marks];
    }
    done += size;
    size = Math.min(LONGEST_LOOK, size * 2);
  }
}

/** As `findMarks`, event by event. */
export function* findSeqs(
  index: EventIndex,
  conditions: readonly Condition[],
  range: SeqRange,
  isDescending: boolean,
): Generator<number> {
  for (const [stretch, marks] of findMarks(index, conditions, range, isDescending)) {
    for (const place of marks.places(isDescending)) yield firstOf(stretch) + place;
  }
}

/** The events with the largest numbers, largest first; of equal ones the newest. Those without are left out. */
export function findLargest(
  index: EventIndex,
  field: NumberField,
  conditions: readonly Condition[],
  range: SeqRange,
  limit: number,
): readonly number[] {
  // Of a fingerprint there may be too many; a few more make up for it.
  const keep = limit + SPARE;
  let found: (readonly [number: number, seq: number])[] = [];
  let floor = 0;
  const order = (a: readonly [number, number], b: readonly [number, number]) =>
    b[0] - a[0] || b[1] - a[1];
  for (const [stretch, marks] of findMarks(index, conditions, range, true)) {
    const numbers = index.column(field, stretch, stretch).get(stretch);
    if (numbers === undefined) continue;
    for (const place of marks.places(true)) {
      const number = numbers[place] ?? 0;
      if (number > floor) found.push([number, firstOf(stretch) + place]);
    }
    if (found.length > 2 * keep) {
      found = found.sort(order).slice(0, keep);
      floor = found.at(-1)?.[0] ?? 0;
    }
  }
  return found.sort(order).map(([, seq]) => seq);
}

const SPARE = 100;

const up = (a: number, b: number): number => a - b;
const down = (a: number, b: number): number => b - a;

function lookAt(
  index: EventIndex,
  conditions: readonly Condition[],
  range: SeqRange,
  from: number,
  to: number,
): ReadonlyMap<number, Marks> {
  let found: ReadonlyMap<number, Marks> | undefined;
  // Marks first: they are shorter, and most questions end with them.
  for (const condition of conditions.toSorted((a, b) => rank(a) - rank(b))) {
    const here = meeting(index, condition, from, to);
    found = found === undefined ? here : both(found, here);
    if (found.size === 0) return found;
  }
  return within(found, range, from, to);
}

const rank = (condition: Condition): number =>
  !isLeast(condition) && isMarked(condition[0]) ? 0 : 1;

function meeting(
  index: EventIndex,
  condition: Condition,
  from: number,
  to: number,
): ReadonlyMap<number, Marks> {
  if (isLeast(condition)) return atLeast(index, condition, from, to);
  const [field, value] = condition;
  return isMarked(field)
    ? index.marked(field, value, from, to)
    : printed(index, field, fingerprint(value), from, to);
}

function atLeast(
  index: EventIndex,
  [field, least]: readonly [NumberField, number],
  from: number,
  to: number,
): ReadonlyMap<number, Marks> {
  const found = new Map<number, Marks>();
  for (const [stretch, numbers] of index.column(field, from, to)) {
    const marks = Marks.none();
    for (let at = 0; at < numbers.length; at += 1) {
      if ((numbers[at] ?? 0) >= least) marks.add(at);
    }
    if (!marks.isEmpty()) found.set(stretch, marks);
  }
  return found;
}

function both(
  some: ReadonlyMap<number, Marks>,
  others: ReadonlyMap<number, Marks>,
): ReadonlyMap<number, Marks> {
  const found = new Map<number, Marks>();
  for (const [stretch, marks] of some) {
    const other = others.get(stretch);
    if (other === undefined) continue;
    const shared = marks.and(other);
    if (!shared.isEmpty()) found.set(stretch, shared);
  }
  return found;
}

function printed(
  index: EventIndex,
  field: PrintedField,
  print: number,
  from: number,
  to: number,
): ReadonlyMap<number, Marks> {
  const found = new Map<number, Marks>();
  for (const [stretch, numbers] of index.column(field, from, to)) {
    let marks: Marks | undefined;
    for (let at = numbers.indexOf(print); at !== -1; at = numbers.indexOf(print, at + 1)) {
      marks ??= Marks.none();
      marks.add(at);
    }
    if (marks !== undefined) found.set(stretch, marks);
  }
  return found;
}

/** Cuts what was found to the range; without a condition, everything in it. */
function within(
  found: ReadonlyMap<number, Marks> | undefined,
  range: SeqRange,
  from: number,
  to: number,
): ReadonlyMap<number, Marks> {
  const cut = new Map(found);
  for (let stretch = from; stretch <= to; stretch += 1) {
    const first = firstOf(stretch);
    const isWhole = range.from <= first && range.to >= first + STRETCH - 1;
    if (found !== undefined && (isWhole || !found.has(stretch))) continue;
    const inRange = Marks.between(range.from - first, range.to - first);
    cut.set(stretch, found?.get(stretch)?.and(inRange) ?? inRange);
  }
  return cut;
}
