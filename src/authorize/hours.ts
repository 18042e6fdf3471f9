import { nearestName } from './nearest-name.ts';
import { type ZoneClock, zoneClock } from './zone-clock.ts';

/** When a rule is in force: stretches of the week by the wall clock of one zone. */
export interface Hours {
  /** Minutes of the week from Monday 00:00, ends exclusive; ordered, apart from each other. */
  readonly stretches: readonly Stretch[];
  readonly clock: ZoneClock;
}

/** Minutes of the week: the first that is in, the first that is not. */
type Stretch = readonly [from: number, to: number];

/** What reading `hours` comes to. `offset`: where in the text, UTF-16 code units from 0. */
export type ParsedHours =
  | { readonly ok: true; readonly hours: Hours }
  | {
      readonly ok: false;
      readonly message: string;
      readonly offset: number;
      readonly hint?: string;
    };

/** Longest text of `hours`, UTF-16 code units. */
export const MAX_HOURS_LENGTH = 500;

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const DAY = 24 * 60;
const WEEK = 7 * DAY;

/**
 * Reads `Mon-Fri 08:00-18:00 Europe/Berlin`: days (a range, a list, or none for every day), a span of
 * the day (`22:00-06:00` belongs to the day it begins), and the zone whose wall clock counts. Several
 * spans stand with commas between them.
 */
export function parseHours(text: string): ParsedHours {
  if (text.length > MAX_HOURS_LENGTH) {
    const message = `is longer than ${MAX_HOURS_LENGTH} characters`;
    return { ok: false, message, offset: MAX_HOURS_LENGTH };
  }
  try {
    return { ok: true, hours: new HoursReader(text).read() };
  } catch (error) {
    if (!(error instanceof HoursError)) throw error;
    const { message, offset, hint } = error;
    return { ok: false, message, offset, ...(hint === undefined ? {} : { hint }) };
  }
}

class HoursError extends Error {
  readonly offset: number;
  readonly hint: string | undefined;

  constructor(offset: number, message: string, hint?: string) {
    super(message);
    this.offset = offset;
    this.hint = hint;
  }
}

const EXAMPLE = 'such as Mon-Fri 08:00-18:00 Europe/Berlin';

class HoursReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Hours {
    const stretches: Stretch[] = [];
    do {
      const days = this.#days();
      const [from, to] = this.#span();
      for (const day of days) stretches.push(...ofWeek(day * DAY + from, day * DAY + to));
    } while (this.#take(/ *, */y) !== undefined);
    return { clock: this.#zone(), stretches: merged(stretches) };
  }

  /** Days of the week from 0, Monday; every day when none is named. */
  #days(): readonly number[] {
    this.#take(/ */y);
    const days: number[] = [];
    while (/[A-Za-z]/.test(this.#text.charAt(this.#at))) {
      const first = this.#day();
      const last = this.#take(/-(?=[A-Za-z])/y) === undefined ? first : this.#day();
      for (let day = first; ; day = (day + 1) % 7) {
        days.push(day);
        if (day === last) break;
      }
      if (this.#take(/ *, */y) !== undefined) continue;
      if (this.#take(/ +/y) === undefined)
        throw this.#problem('a span such as 08:00-18:00 follows');
      break;
    }
    return days.length === 0 ? DAYS.map((_, day) => day) : days;
  }

  #day(): number {
    const from = this.#at;
    const name = this.#take(/[A-Za-z]+/y) ?? '';
    const day = DAYS.indexOf(name);
    if (day !== -1) return day;
    const [capital = '', ...rest] = name.slice(0, 3).toLowerCase();
    const meant = nearestName(capital.toUpperCase() + rest.join(''), DAYS);
    const known = `days are ${DAYS.join(', ')}`;
    const hint = meant === undefined ? known : `did you mean \`${meant}\`; ${known}`;
    throw new HoursError(from, `knows no day ${JSON.stringify(name)}`, hint);
  }

  /** Minutes of the day; the end is after the beginning, on the next day where it crosses midnight. */
  #span(): Stretch {
    const start = this.#at;
    const found = this.#take(/[0-9:]+-[0-9:]+/y);
    if (found === undefined) throw this.#problem('a span such as 08:00-18:00 is missing');
    const dash = found.indexOf('-');
    const from = minuteOfDay(found.slice(0, dash), start);
    const to = minuteOfDay(found.slice(dash + 1), start + dash + 1);
    if (from === DAY) throw new HoursError(start, 'begins no day at 24:00', 'write 00:00');
    if (from === to) {
      throw new HoursError(start, 'has a span of no time at all', 'all day is 00:00-24:00');
    }
    return to > from ? [from, to] : [from, to + DAY];
  }

  #zone(): ZoneClock {
    if (this.#take(/ +/y) === undefined) {
      throw this.#problem(this.#at === this.#text.length ? NO_ZONE : 'cannot be read on from here');
    }
    const at = this.#at;
    // All that is left, line ends too: nothing after the zone is read past.
    const name = this.#text.slice(at).trimEnd();
    if (name === '') throw this.#problem(NO_ZONE);
    const clock = zoneClock(name);
    if (clock !== undefined) return clock;
    const meant = nearestName(name, ['UTC', ...Intl.supportedValuesOf('timeZone')]);
    const hint =
      meant === undefined ? 'such as Europe/Berlin, or UTC' : `did you mean \`${meant}\``;
    throw new HoursError(at, `knows no zone ${JSON.stringify(name)}`, hint);
  }

  #take(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #problem(message: string): HoursError {
    return new HoursError(this.#at, message, EXAMPLE);
  }
}

const NO_ZONE = 'names no zone, whose wall clock counts';

function minuteOfDay(text: string, offset: number): number {
  if (text === '24:00') return DAY;
  const [, hours, minutes] = /^([01][0-9]|2[0-3]):([0-5][0-9])$/.exec(text) ?? [];
  if (hours !== undefined && minutes !== undefined) return Number(hours) * 60 + Number(minutes);
  const message = `knows no time ${JSON.stringify(text)}`;
  throw new HoursError(offset, message, 'from 00:00 to 24:00, with two digits each');
}

/** What reaches beyond Sunday goes on on Monday. */
const ofWeek = (from: number, to: number): readonly Stretch[] =>
  to <= WEEK
    ? [[from, to]]
    : [
        [from, WEEK],
        [0, to - WEEK],
      ];

function merged(stretches: readonly Stretch[]): readonly Stretch[] {
  const apart: Stretch[] = [];
  for (const [from, to] of stretches.toSorted((a, b) => a[0] - b[0])) {
    const last = apart.at(-1);
    if (last === undefined || last[1] < from) apart.push([from, to]);
    else apart[apart.length - 1] = [last[0], Math.max(last[1], to)];
  }
  return apart;
}

const read = new Map<string, Hours | undefined>();
const MAX_KEPT = 10_000;

/** The hours of a rule as it says them, remembered; `undefined` when they cannot be read. */
export function hoursOf(text: string): Hours | undefined {
  if (read.has(text)) return read.get(text);
  const parsed = parseHours(text);
  const hours = parsed.ok ? parsed.hours : undefined;
  if (read.size >= MAX_KEPT) read.clear();
  read.set(text, hours);
  return hours;
}

/** Whether the instant `now` (epoch milliseconds) is within the hours. */
export const isWithin = (hours: Hours, now: number): boolean =>
  isOpenAt(hours, Math.floor(now / 60_000));

function isOpenAt({ stretches, clock }: Hours, minute: number): boolean {
  const wall = minuteOfWeek(minute + clock.offsetAt(minute));
  return stretches.some(([from, to]) => from <= wall && wall < to);
}

/** The epoch began on a Thursday. */
const minuteOfWeek = (wall: number): number => (((wall + 3 * DAY) % WEEK) + WEEK) % WEEK;

/** A zone changes its clock a few times a year; one that skips the whole span each time has no opening. */
const MAX_CHANGES = 20;

/**
 * The first instant from `now` on that is within the hours, epoch milliseconds: `now` itself when it is.
 * Where the clock jumps over a beginning it is the jump; where it jumps back, the hours may open twice.
 */
export function nextOpening(hours: Hours, now: number): number | undefined {
  let minute = Math.floor(now / 60_000);
  if (isOpenAt(hours, minute)) return now;
  for (let changes = 0; changes < MAX_CHANGES; changes += 1) {
    const wall = minuteOfWeek(minute + hours.clock.offsetAt(minute));
    const opening = minute + minutesUntilOpen(hours, wall);
    const change = nextChange(hours.clock, minute, opening);
    if (change === undefined) return opening * 60_000;
    if (isOpenAt(hours, change)) return change * 60_000;
    minute = change;
  }
  return undefined;
}

function minutesUntilOpen({ stretches }: Hours, wall: number): number {
  const later = stretches.find(([from]) => from > wall);
  return later === undefined ? (stretches[0]?.[0] ?? 0) + WEEK - wall : later[0] - wall;
}

/** The first minute after `from`, up to `to`, from which the clock is other than at `from`. */
function nextChange(clock: ZoneClock, from: number, to: number): number | undefined {
  const offset = clock.offsetAt(from);
  for (let before = from; before < to; ) {
    const after = Math.min(before + DAY, to);
    if (clock.offsetAt(after) !== offset) return firstOther(clock, offset, before, after);
    before = after;
  }
  return undefined;
}

function firstOther(clock: ZoneClock, offset: number, same: number, other: number): number {
  let [low, high] = [same, other];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (clock.offsetAt(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}
