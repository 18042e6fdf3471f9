import type { Json } from '../domain/json.ts';
import { BoundedMap } from './bounded-map.ts';
import {
  type Destination,
  destinationsOfArguments,
  destinationsOfText,
  readableOf,
} from './destinations.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import { type Instruction, type OrderStrength, readInstructions } from './read-instructions.ts';
import { type About, contentOf, type Families, stem, wordsOf } from './words.ts';

/** How a destination came: 1 in a text or field, 2 beside what tells to do something, 3 beside orders to the model. */
export type Origin = 1 | 2 | 3;

/** What was seen, and in the result of which call, as the session counts them. */
export interface Seen<What> {
  readonly what: What;
  readonly call: number;
}

/** A call does what a result told to do. */
export interface Echo {
  /** The call whose result it was. */
  readonly call: number;
  /** What was told has no word in common with the purpose. */
  readonly isForeign: boolean;
  readonly isSetOff: boolean;
}

/** A destination of a call. */
interface Carried {
  readonly digest: number;
  readonly isId: boolean;
}

interface ReadArguments {
  readonly args: Json;
  readonly carried: readonly Carried[];
  readonly isWhole: boolean;
}

interface KeptInstruction {
  readonly call: number;
  readonly families: Families;
  /** Digests of stems. */
  readonly stems: Float64Array;
  readonly isSetOff: boolean;
}

const [MOST_TAINTED, MOST_KNOWN, MOST_INSTRUCTIONS, MOST_STEMS] = [4_096, 4_096, 256, 64] as const;
/** Words of an argument that is compared with what was told. */
const MAX_VALUE_WORDS = 12;

/**
 * What a session has taken in, as keyed digests and never as text: destinations that results brought,
 * and how they came; what results told to do; whether one spoke to the model.
 *
 * Bounded. What was forgotten, or was too long to be read, counts as having brought every destination
 * that nobody knows: who floods the memory gains nothing.
 */
export class TaintMemory {
  readonly #digest: KeyedDigest;
  readonly #tainted = new BoundedMap<Seen<Origin>>(MOST_TAINTED);
  readonly #known = new BoundedMap<true>(MOST_KNOWN);
  readonly #instructions: KeptInstruction[] = [];
  #orders: Seen<OrderStrength> = { what: 0, call: 0 };
  #missed: number | undefined;
  #latest: number | undefined;
  #read: ReadArguments | undefined;

  constructor(digest: KeyedDigest) {
    this.#digest = digest;
  }

  /** The strongest orders that a result held, the latest of them. */
  get orders(): Seen<OrderStrength> {
    return this.#orders;
  }

  /** The call whose result was not all read or kept. */
  get missed(): number | undefined {
    return this.#missed;
  }

  /** Takes destinations for known: those of the purpose, and of calls that were let pass. */
  know(destinations: readonly Destination[]): void {
    for (const { canonical } of destinations) this.#known.set(this.#digest(canonical), true);
  }

  /**
   * Takes what a call carried for known.
   *
   * @returns digests of its destinations, to be learnt.
   */
  knowArguments(args: Json): readonly number[] {
    const digests = this.#carriedBy(args).carried.map(({ digest }) => digest);
    for (const digest of digests) this.#known.set(digest, true);
    return digests;
  }

  /** Destinations of arguments; a call is judged and then let pass, and is read once for both. */
  #carriedBy(args: Json): ReadArguments {
    if (this.#read?.args === args) return this.#read;
    const { destinations, isWhole } = destinationsOfArguments(args);
    const carried = destinations.map(({ kind, canonical }) => ({
      digest: this.#digest(canonical),
      isId: kind === 'id',
    }));
    this.#read = { args, carried, isWhole };
    return this.#read;
  }

  /** Notes what the result of a call brought. */
  noteResult(result: Json, call: number): void {
    this.#latest = call;
    const { texts, isWhole } = readableOf(result);
    if (!isWhole) this.#missed = call;
    for (const text of texts) this.#noteText(text, call);
  }

  #noteText(text: string, call: number): void {
    const { orders, instructions, sentences, isWhole } = readInstructions(text);
    if (!isWhole) this.#missed = call;
    if (orders > 0 && orders >= this.#orders.what) this.#orders = { what: orders, call };
    for (const instruction of instructions) this.#keep(instruction, call);
    for (const sentence of sentences) {
      const origin = sentence.orders > 0 ? 3 : sentence.isInstructing ? 2 : 1;
      for (const { kind, canonical } of destinationsOfText(sentence.text)) {
        this.#taint(canonical, kind === 'id' && origin === 2 ? 1 : origin, call);
      }
    }
  }

  #keep({ families, stems, isSetOff }: Instruction, call: number): void {
    const digests = [...stems].slice(0, MOST_STEMS).map(this.#digest);
    this.#instructions.push({ call, families, stems: Float64Array.from(digests), isSetOff });
    if (this.#instructions.length <= MOST_INSTRUCTIONS) return;
    this.#instructions.shift();
    this.#missed = call;
  }

  #taint(canonical: string, origin: Origin, call: number): void {
    const digest = this.#digest(canonical);
    const before = this.#tainted.get(digest);
    if (before !== undefined && before.what >= origin) return;
    if (before === undefined && this.#tainted.size >= MOST_TAINTED) this.#missed = call;
    this.#tainted.set(digest, { what: origin, call });
  }

  /**
   * The most doubtful destination of a call's arguments: one that a result brought and that neither the
   * person's earlier calls nor `isLearnt` know.
   */
  taintOf(args: Json, isLearnt: (digest: number) => boolean): Seen<Origin> | undefined {
    const { carried, isWhole } = this.#carriedBy(args);
    // What is behind the part that is read could be anything a result has brought.
    let most: Seen<Origin> | undefined =
      isWhole || this.#latest === undefined ? undefined : { what: 2, call: this.#latest };
    const unread: Seen<Origin> | undefined =
      this.#missed === undefined ? undefined : { what: 2, call: this.#missed };
    for (const { digest, isId } of carried) {
      if (this.#known.get(digest) === true || isLearnt(digest)) continue;
      const seen = this.#tainted.get(digest) ?? (isId ? undefined : unread);
      if (seen !== undefined && (most === undefined || seen.what > most.what)) most = seen;
    }
    return most;
  }

  /**
   * Whether a result told to do what a call does: the same kind of act, and words of the tool's name or
   * one whole argument of it.
   */
  echoOf(about: About, args: Json, purpose: About): Echo | undefined {
    const { families } = about;
    const alike = this.#instructions.filter((one) => (one.families & families) !== 0);
    if (alike.length === 0) return undefined;
    const names = [...about.stems].map(this.#digest);
    const asked = contentOf(purpose).map(this.#digest);
    const values = readableOf(args)
      .texts.map((text) => wordsOf(text.slice(0, 256)).filter((word) => word.length > 2))
      .filter(({ length }) => length > 0 && length <= MAX_VALUE_WORDS)
      .map((words) => words.map((word) => this.#digest(stem(word))));
    let found: Echo | undefined;
    for (const { stems, call, isSetOff } of alike) {
      const has = (digest: number): boolean => stems.includes(digest);
      if (names.filter(has).length < 2 && !values.some((words) => words.every(has))) continue;
      found = {
        call,
        isForeign: !asked.some(has) || found?.isForeign === true,
        isSetOff: isSetOff || found?.isSetOff === true,
      };
    }
    return found;
  }
}
