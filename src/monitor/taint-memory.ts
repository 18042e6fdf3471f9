import { isJsonObject, type Json } from '../domain/json.ts';
import { BoundedMap } from './bounded-map.ts';
import { destinationsOfArguments, destinationsOfText, type Readable } from './destinations.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import { type OrderStrength, readInstructions, type TextReading } from './read-instructions.ts';
import { type Echo, ToldMemory } from './told-memory.ts';
import type { About } from './words.ts';

/** How a destination came: 1 in a text or field, 2 beside what tells to do something, 3 beside orders to the model. */
export type Origin = 1 | 2 | 3;

/** What was seen, and in the result of which call. */
export interface Seen<What> {
  readonly what: What;
  readonly call: number;
}

/** What is known of where a result comes from. */
export interface ResultContext {
  /** Stems of what the purpose is about, where it speaks of this result; asked for where it matters. */
  readonly topicOf?: (() => ReadonlySet<string> | undefined) | undefined;
  /** Arguments of the call, of one that writes: what repeats them reports what was done. */
  readonly ofCall?: Json | undefined;
}

interface NotedAs {
  /** The person pointed to it, and nothing in it tells to do anything. */
  readonly isTrusted: () => boolean;
  /** Digests of destinations that the call itself had. */
  readonly own: ReadonlySet<number>;
}

/** A destination of a call. */
interface Carried {
  readonly digest: number;
  readonly isId: boolean;
  /** Only parts of the arguments make it, and a result brought it: it would be nothing otherwise. */
  readonly isJoined: boolean;
}

interface ReadArguments {
  readonly carried: readonly Carried[];
  /** Digests of what only their parts make; read once they are asked for. */
  readonly joined: () => readonly number[];
  readonly isWhole: boolean;
}

/** From which call on results came after an instant. */
interface Mark {
  readonly at: number;
  readonly call: number;
}

const NONE: readonly number[] = [];
const NO_DIGESTS: ReadonlySet<number> = new Set();
const NO_ORDERS: Seen<OrderStrength> = { what: 0, call: 0 };
const [MOST_TAINTED, MOST_KNOWN] = [4_096, 4_096] as const;

/**
 * What a client has taken in, as keyed digests and never as text: destinations that results brought,
 * and how they came; what results told to do; whether one spoke to the model.
 *
 * Bounded. What was forgotten, or was too long to be read, counts as having brought every destination
 * that nobody knows: who floods the memory gains nothing.
 */
export class TaintMemory {
  readonly #digest: KeyedDigest;
  readonly #tainted = new BoundedMap<Seen<Origin>>(MOST_TAINTED);
  readonly #known = new BoundedMap<true>(MOST_KNOWN);
  readonly #told: ToldMemory;
  readonly #rememberMs: number;
  /** When calls were noted, and which came from then on. */
  #marks: readonly Mark[] = [];
  /** What earlier calls brought is forgotten. */
  #since = 0;
  #orders = NO_ORDERS;
  #missed: number | undefined;
  #latest: number | undefined;
  /** By the arguments themselves, which are kept by nobody longer than a use takes. */
  readonly #read = new WeakMap<object, ReadArguments>();

  /** @param rememberMs milliseconds after which what a result brought is forgotten. */
  constructor(digest: KeyedDigest, rememberMs: number) {
    this.#digest = digest;
    this.#told = new ToldMemory(digest);
    this.#rememberMs = rememberMs;
  }

  /** The strongest orders that a result held, the latest of them. */
  get orders(): Seen<OrderStrength> {
    return this.#orders.call < this.#since ? NO_ORDERS : this.#orders;
  }

  /** Whether there is nothing any more that could make a difference. */
  get isOver(): boolean {
    return this.#latest === undefined || this.#latest < this.#since;
  }

  /** Moves on to an instant: what was brought too long before it is forgotten. */
  moveTo(at: number): void {
    // What a mark stands for came within a twelfth of the time.
    const oldest = at - (this.#rememberMs * 13) / 12;
    while ((this.#marks[0]?.at ?? Number.POSITIVE_INFINITY) <= oldest) {
      this.#marks = this.#marks.slice(1);
      this.#since = this.#marks[0]?.call ?? (this.#latest ?? 0) + 1;
    }
  }

  /** The result of a call could not be read. */
  miss(call: number, at: number): void {
    this.noteResult({ texts: [], isWhole: false }, call, at);
  }

  /**
   * Keeps no more than that something is not known any more: it counts as having brought everything.
   *
   * Attack: others are made to do so much that what was noted here makes room.
   */
  shrink(): void {
    if (!this.isOver) this.#missed = this.#latest;
    this.#tainted.clear();
    this.#known.clear();
    this.#told.clear();
  }

  /**
   * Takes for known what a call carried that no result had brought: the person said it. What an admin
   * approved is known too. Of what a result brought unread, only calls that were judged say so.
   *
   * Attack: a destination that a result brought is searched for first, by a tool that only reads, and
   * sent to afterwards.
   *
   * @returns digests of its destinations that can be learnt: all but those beside orders to the model.
   */
  knowArguments(args: Json, by: 'reading' | 'judged' | 'approved'): readonly number[] {
    // What only parts make a call that reads makes known when it was brought and is forgotten.
    const isAlone = by === 'reading' && this.#since === 0;
    const carried = isAlone ? this.#carriedBy(args).carried : this.#comparedBy(args);
    if (carried.length === 0) return NONE;
    const unread = by === 'reading' ? this.#any(this.#missed) : undefined;
    const learnable: number[] = [];
    for (const one of carried) {
      const brought = by === 'approved' ? undefined : this.#broughtBy(one, unread);
      if (brought === undefined) this.#known.set(one.digest, true);
      if (brought?.what !== 3) learnable.push(one.digest);
    }
    return learnable;
  }

  /** How a destination came that the person is not known to have said; `unread`: what may have brought any. */
  #broughtBy(
    { digest, isId, isJoined }: Carried,
    unread: Seen<Origin> | undefined,
  ): Seen<Origin> | undefined {
    if (this.#known.get(digest) === true) return undefined;
    const seen = this.#tainted.get(digest);
    if (seen !== undefined && seen.call >= this.#since) return seen;
    return isId || isJoined ? undefined : unread;
  }

  /** Destinations of arguments, and of what only their parts make those that a result brought. */
  #comparedBy(args: Json): readonly Carried[] {
    const { carried, joined } = this.#carriedBy(args);
    if (this.#tainted.size === 0) return carried;
    const met = joined().filter((digest) => this.#tainted.get(digest) !== undefined);
    if (met.length === 0) return carried;
    return [...carried, ...met.map((digest) => ({ digest, isId: false, isJoined: true }))];
  }

  /** Destinations of arguments; a call is judged and then let pass, and is read once for both. */
  #carriedBy(args: Json): ReadArguments {
    const known = isJsonObject(args) ? this.#read.get(args) : undefined;
    if (known !== undefined) return known;
    const { destinations, joined, isWhole } = destinationsOfArguments(args);
    const carried = destinations.map(({ kind, canonical }) => ({
      digest: this.#digest(canonical),
      isId: kind === 'id',
      isJoined: false,
    }));
    let digests: readonly number[] | undefined;
    const read: ReadArguments = {
      carried,
      joined: () => {
        digests ??= joined().map(({ canonical }) => this.#digest(canonical));
        return digests;
      },
      isWhole,
    };
    if (isJsonObject(args)) this.#read.set(args, read);
    return read;
  }

  /**
   * Notes what the result of a call brought.
   *
   * @param call higher than that of any earlier one, but for calls at the same time.
   * @returns how sure it is that it speaks to the model.
   */
  noteResult(
    { texts, isWhole }: Readable,
    call: number,
    at: number,
    context: ResultContext = {},
  ): OrderStrength {
    this.moveTo(at);
    const last = this.#marks.at(-1);
    if (last === undefined || at - last.at >= this.#rememberMs / 12) {
      this.#marks = [...this.#marks, { at, call }];
    }
    this.#latest = Math.max(call, this.#latest ?? 0);
    if (!isWhole) this.#missed = call;
    let most: OrderStrength = 0;
    const { topicOf = () => undefined, ofCall } = context;
    const own = ofCall === undefined ? NO_DIGESTS : this.#ownOf(ofCall);
    const read = texts.map((text) => readInstructions(text, topicOf));
    const isPlain = read.every((one) => one.orders === 0 && one.instructions.length === 0);
    const isTrusted = (): boolean => isPlain && topicOf() !== undefined;
    for (const one of read) {
      this.#noteText(one, call, { isTrusted, own });
      if (one.orders > most) most = one.orders;
    }
    return most;
  }

  /** Digests of destinations that a call had, but for ids and what only its parts make. */
  #ownOf(args: Json): ReadonlySet<number> {
    const strong = this.#carriedBy(args).carried.filter(({ isId }) => !isId);
    return strong.length === 0 ? NO_DIGESTS : new Set(strong.map(({ digest }) => digest));
  }

  #noteText(
    { orders, instructions, leading, isWhole }: TextReading,
    call: number,
    { isTrusted, own }: NotedAs,
  ): void {
    if (!isWhole) this.#missed = call;
    if (orders > 0 && orders >= this.orders.what) this.#orders = { what: orders, call };
    if (leading.length + instructions.length === 0) return;
    const reports = new Set<number>();
    for (const { at, text, orders, isInstructing } of leading) {
      const origin = orders > 0 ? 3 : isInstructing ? 2 : 1;
      for (const { kind, canonical } of destinationsOfText(text)) {
        const digest = this.#digest(canonical);
        if (own.has(digest)) reports.add(at);
        if (isTrusted() && (this.#tainted.get(digest)?.what ?? 1) < 2)
          this.#known.set(digest, true);
        else this.#taint(digest, kind === 'id' && origin === 2 ? 1 : origin, call);
      }
    }
    const told =
      orders > 0 || reports.size === 0
        ? instructions
        : instructions.filter(({ at }) => !reports.has(at));
    if (!this.#told.keep(told, call)) this.#missed = call;
  }

  #taint(digest: number, origin: Origin, call: number): void {
    const before = this.#tainted.get(digest);
    if (before !== undefined && before.what >= origin && before.call >= this.#since) return;
    if (before === undefined && this.#tainted.size >= MOST_TAINTED) this.#missed = call;
    this.#tainted.set(digest, { what: origin, call });
  }

  /**
   * The most doubtful destination of a call's arguments: one that a result brought and that neither the
   * person's earlier calls nor `isLearnt` know.
   */
  taintOf(args: Json, isLearnt: (digest: number) => boolean): Seen<Origin> | undefined {
    const { isWhole } = this.#carriedBy(args);
    if (this.isOver) return undefined;
    // What is behind the part that is read could be anything a result has brought.
    let most = isWhole ? undefined : this.#any(this.#latest);
    const unread = this.#any(this.#missed);
    for (const one of this.#comparedBy(args)) {
      const seen = this.#broughtBy(one, unread);
      if (seen === undefined || isLearnt(one.digest)) continue;
      if (most === undefined || seen.what > most.what) most = seen;
    }
    return most;
  }

  /** A result of which it is not known what it brought. */
  #any(call: number | undefined): Seen<Origin> | undefined {
    return call === undefined || call < this.#since ? undefined : { what: 2, call };
  }

  /** Whether a result told to do what a call does. */
  echoOf(tool: About, args: Json, purpose: About): Echo | undefined {
    return this.#told.echoOf(tool, args, purpose, this.#since);
  }

  /** A call that reads may be the first step of what a result told. */
  follow(args: Json, purpose: About): void {
    this.#told.follow(args, purpose);
  }
}
