import type { MonitorSettings, Step } from './ladder.ts';
import type { MonitoredUse, Whose } from './monitored.ts';
import { Owed } from './owed.ts';
import type { Observed } from './profile.ts';
import type { SignalName } from './signal.ts';
import { SlidingCount } from './sliding-count.ts';

/** Of one session: things used or refused, places, and calls that are remembered. */
const MAX_THINGS = 256;
const MAX_REFUSED = 64;
/** Places of one session that are remembered. */
export const MAX_PLACES = 8;
const MAX_CALLS = 16;
const MAX_OWN = 1_024;
const MAX_DESTINATIONS = 256;

/** What is done to a session because of a signal, beyond the use that raised it. */
export interface Standing {
  readonly step: Step;
  /** Epoch milliseconds; absent until the session ends. */
  readonly until?: number;
}

/** What one session did, in bounded memory. It lives as long as its broker; nothing of it gives a right. */
export class Track {
  readonly whose: Whose;
  /** Uses within a window, by their number. */
  readonly uses: SlidingCount;
  readonly standing = new Map<SignalName, Standing>();
  /** The highest value of each signal that was raised. */
  readonly scores = new Map<SignalName, number>();
  /** Of each place it was used from, when last. */
  readonly places = new Map<string, number>();
  /** What was refused, and when last. */
  readonly refused = new Map<string, number>();
  /** When what was last told, by signal and thing. */
  readonly told = new Map<string, number>();
  /** Where it was used from last, and first. */
  place: string | undefined;
  home: string | undefined;
  clientName: string | undefined;
  /** Uses that ended in an error since the last that did not. */
  errors = 0;
  /** Results that gave orders. */
  orders = 0;
  usesAfterEnd = 0;
  lastAt = 0;
  /** When it was put behind all others. */
  putLastAt = Number.NEGATIVE_INFINITY;
  /** Something was noticed that nobody does by accident: nothing of the session is learnt. */
  isFlagged = false;
  /** A detector broke on what it did: uses that write are held until an admin undoes it. */
  isBroken = false;
  /** What was noticed and could not be kept yet: uses that write are held until it is. */
  readonly owed = new Owed();
  /** It is known what stood against it before. */
  isRecalled = false;
  readonly #used = new Map<string, Used>();
  readonly #begun = new WeakMap<MonitoredUse, Begun & { destinations: readonly number[] }>();
  readonly #calls: number[] = [];
  /** Intents of this session, the newest in the place of the oldest. */
  readonly #own: number[] = [];
  #nextOwn = 0;
  readonly #seen = new Map<string, Measured>();

  constructor(whose: Whose, { windowMs }: MonitorSettings) {
    this.whose = whose;
    this.uses = new SlidingCount(windowMs);
  }

  /** Whether something holds it, slows it down, or is not kept yet: it is not to be forgotten. */
  get isContained(): boolean {
    return this.standing.size > 0 || this.isBroken || !this.owed.isNothing;
  }

  /** Sequence numbers of the last intents, oldest first. */
  get calls(): readonly number[] {
    return [...this.#calls];
  }

  noteCall(seq: number): void {
    this.#calls.push(seq);
    if (this.#calls.length > MAX_CALLS) this.#calls.shift();
    this.#putOwn(seq);
  }

  /** An intent of this session, which may be one of its calls. */
  noteOwn(seq: number): void {
    if (!this.#calls.includes(seq)) this.#putOwn(seq);
  }

  #putOwn(seq: number): void {
    this.#own[this.#nextOwn] = seq;
    this.#nextOwn = (this.#nextOwn + 1) % MAX_OWN;
  }

  /** Whether all these intents are of this session, as far as it is remembered. */
  isOwn(calls: readonly number[]): boolean {
    return calls.every((seq) => this.#own.includes(seq));
  }

  /** A use is judged; what there is to learn of it waits until it was carried out. */
  begin(use: MonitoredUse, { argsBytes, rate, hour }: Begun, isFlagged: boolean): void {
    const key = keyOf(use);
    const known = this.#used.get(key);
    if (known !== undefined) known.isFlagged ||= isFlagged;
    else if (this.#used.size < MAX_THINGS) {
      this.#used.set(key, { grant: use.grant, isFlagged, isDone: false });
    }
    this.#begun.set(use, { argsBytes, rate, hour, destinations: [] });
  }

  /** A use is let pass: where it was told to, by the person. */
  noteDestinations(use: MonitoredUse, destinations: readonly number[]): void {
    if (destinations.length === 0) return;
    const begun = this.#begun.get(use);
    if (begun === undefined) this.#begun.set(use, { ...NOT_BEGUN, destinations });
    else begun.destinations = destinations;
  }

  /**
   * A use was carried out, or failed: it was not refused, and what it brought not withheld.
   *
   * Attack: what is refused is tried in one session after the other, until it is learnt as usual.
   */
  carriedOut(use: MonitoredUse): void {
    const { argsBytes, rate, hour, destinations } = this.#begun.get(use) ?? NOT_BEGUN;
    this.#begun.delete(use);
    const of = this.#measured(use.grant);
    of.argsBytes = Math.max(of.argsBytes, argsBytes);
    of.rate = Math.max(of.rate, rate);
    if (hour !== undefined) of.hours.add(hour);
    for (const digest of destinations) {
      if (of.destinations.size < MAX_DESTINATIONS) of.destinations.add(digest);
    }
    const used = this.#used.get(keyOf(use));
    if (used !== undefined) used.isDone = true;
  }

  /** Whether a thing was used that is not among what the grant has learnt. */
  isUnlearnt(use: MonitoredUse): boolean {
    return this.#used.get(keyOf(use))?.isFlagged === true;
  }

  /** Begins anew where it is used from now: an admin said that it may be. What was flagged stays so. */
  settle(): void {
    this.home = undefined;
    this.place = undefined;
    this.clientName = undefined;
    this.places.clear();
    this.errors = 0;
    this.orders = 0;
    this.isBroken = false;
    this.owed.forget();
  }

  /** Keeps the size of the largest result of uses under a grant. */
  noteResultBytes(grant: string, resultBytes: number): void {
    const of = this.#measured(grant);
    of.resultBytes = Math.max(of.resultBytes, resultBytes);
  }

  #measured(grant: string): Measured {
    const known = this.#seen.get(grant);
    if (known !== undefined) return known;
    const hours = new Set<number>();
    const made = { argsBytes: 0, resultBytes: 0, rate: 0, hours, destinations: new Set<number>() };
    if (this.#seen.size < MAX_THINGS) this.#seen.set(grant, made);
    return made;
  }

  noteRefused(thing: string, at: number): void {
    putLast(this.refused, thing, at, MAX_REFUSED);
  }

  /** It is used from a place, which is the last one now. */
  notePlace(place: string, at: number): void {
    if (place === this.place) this.places.set(place, at);
    else putLast(this.places, place, at, MAX_PLACES);
    this.place = place;
  }

  /** Whether something is to be told: once in a window, however often it comes. */
  isNews(what: string, at: number, windowMs: number): boolean {
    const last = this.told.get(what);
    if (last !== undefined && at - last < windowMs) return false;
    putLast(this.told, what, at, MAX_THINGS);
    return true;
  }

  /** What is to be learnt of it, by grant; nothing when it was flagged. */
  observed(): ReadonlyMap<string, Observed> {
    const all = new Map<string, Observed>();
    if (this.isFlagged) return all;
    for (const [grant, { hours, ...measured }] of this.#seen) {
      const used = [...this.#used]
        .filter(([, use]) => use.grant === grant && use.isDone && !use.isFlagged)
        .map(([key]) => key.slice(grant.length + 1));
      all.set(grant, { ...measured, hours: [...hours], used });
    }
    return all;
  }
}

interface Used {
  readonly grant: string;
  isFlagged: boolean;
  isDone: boolean;
}

/** What is to be learnt of a use; nothing of what was unusual about it. */
export interface Begun {
  readonly argsBytes: number;
  readonly rate: number;
  /** Hour of the day, UTC. */
  readonly hour: number | undefined;
}

const NOT_BEGUN = { argsBytes: 0, rate: 0, hour: undefined, destinations: [] as readonly number[] };

const keyOf = ({ grant, thing }: MonitoredUse): string => `${grant}\n${thing}`;

interface Measured {
  argsBytes: number;
  resultBytes: number;
  rate: number;
  readonly hours: Set<number>;
  /** Keyed digests. */
  readonly destinations: Set<number>;
}

/** Puts an entry last, and drops the one not heard of for longest when there are too many. */
export function putLast<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
