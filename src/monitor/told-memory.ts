import type { Json } from '../domain/json.ts';
import { readableOf } from './destinations.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import type { Instruction } from './read-instructions.ts';
import { type About, type Families, stem, topicOf, wordsOf } from './words.ts';

/** A call does what a result told to do. */
export interface Echo {
  /** The call whose result it was. */
  readonly call: number;
  /** What was told has no word in common with the purpose. */
  readonly isForeign: boolean;
  /** Arguments stood in it that the purpose does not have: 1 all, 0.5 some of them. */
  readonly dictated: 0 | 0.5 | 1;
  /** The purpose speaks of where it was found. */
  readonly isPointed: boolean;
  readonly isSetOff: boolean;
  /** Where the purpose points to, something else of this kind was told that fits the purpose. */
  readonly hasRival: boolean;
}

interface Kept {
  readonly call: number;
  readonly families: Families;
  /** Digests of stems: of the sentence, and of what stands beside it too. */
  readonly own: Float64Array;
  readonly around: Float64Array;
  readonly isPointed: boolean;
  readonly isSetOff: boolean;
  /** A call that reads had an argument of it that the purpose does not have. */
  isFollowed: boolean;
}

/** An argument. */
interface Value {
  /** The purpose has all its words. */
  readonly isAsked: boolean;
  readonly digests: readonly number[];
}

const [MOST_KEPT, MOST_STEMS] = [256, 64] as const;
/** Arguments that are compared with what was told, and words of one. */
const [MOST_VALUES, MOST_WORDS] = [64, 12] as const;

/** What results told to do, as keyed digests of words. Bounded: the oldest goes. */
export class ToldMemory {
  readonly #digest: KeyedDigest;
  #kept: Kept[] = [];

  constructor(digest: KeyedDigest) {
    this.#digest = digest;
  }

  clear(): void {
    this.#kept = [];
  }

  /** Keeps what the result of a call told. @returns false when not all that was told is kept. */
  keep(told: readonly Instruction[], call: number): boolean {
    const isAll = this.#kept.length + told.length <= MOST_KEPT;
    for (const { families, own, stems, isSetOff, isPointed } of told.slice(-MOST_KEPT)) {
      this.#kept.push({
        ...{ call, families, isSetOff, isPointed, isFollowed: false },
        own: this.#digests(own),
        around: this.#digests(stems),
      });
    }
    if (!isAll) this.#kept = this.#kept.slice(-MOST_KEPT);
    return isAll;
  }

  /**
   * Whether a result, of a call from `since` on, told to do what a call does: the same kind of act, and
   * words of the tool's name or one whole argument of it, or a call that read followed it already. Of
   * several that one is meant which says most of the call, and then the one that is nearer to the person.
   */
  echoOf(tool: About, args: Json, purpose: About, since: number): Echo | undefined {
    if (this.#kept.length === 0) return undefined;
    const alike = this.#kept.filter(
      ({ families, call }) => (families & tool.families) !== 0 && call >= since,
    );
    if (alike.length === 0) return undefined;
    const names = [...tool.stems].map(this.#digest);
    // What tool and purpose have in common says nothing of whether the purpose speaks of this.
    const topic = topicOf(purpose).filter((one) => !tool.stems.has(one));
    const fits = this.#fitting(topic);
    // `save_dir: /downloads` is nothing that was told to download.
    const values = this.#valuesOf(args, purpose).filter(
      ({ digests }) => !digests.every((digest) => names.includes(digest)),
    );
    const hasRival = alike.some((one) => one.isPointed && fits(one));
    let found: Echo | undefined;
    let most = -1;
    for (const one of alike) {
      const { around, call, isSetOff, isPointed, isFollowed } = one;
      const has = (digest: number): boolean => around.includes(digest);
      const told = values.filter(({ digests }) => digests.every(has));
      if (told.length === 0 && !isFollowed && names.filter(has).length < 2) continue;
      const isForeign = !fits(one);
      const much = 4 * told.length + (isForeign ? 0 : 2) + (isPointed ? 1 : 0);
      if (much < most) continue;
      most = much;
      const isDictated = isForeign && (isFollowed || told.some(({ isAsked }) => !isAsked));
      const isAll = isFollowed || told.length === values.length;
      const dictated = isDictated ? (isAll ? 1 : 0.5) : 0;
      found = { call, isForeign, dictated, isPointed, isSetOff, hasRival };
    }
    return found;
  }

  /**
   * A call that reads may be the first step of what a result told.
   *
   * Attack: `buy a pencil set as well` has it searched for first, and what is bought then is a number
   * that no sentence had.
   */
  follow(args: Json, purpose: About): void {
    if (this.#kept.length === 0) return;
    const values = this.#valuesOf(args, purpose).filter(({ isAsked }) => !isAsked);
    if (values.length === 0) return;
    const fits = this.#fitting(topicOf(purpose));
    for (const one of this.#kept) {
      const has = (digest: number): boolean => one.around.includes(digest);
      one.isFollowed ||= values.some(({ digests }) => digests.every(has)) && !fits(one);
    }
  }

  #fitting(topic: readonly string[]): (one: Kept) => boolean {
    const digests = topic.map(this.#digest);
    return ({ own }) => digests.some((one) => own.includes(one));
  }

  #digests(stems: ReadonlySet<string>): Float64Array {
    const digests = new Float64Array(Math.min(stems.size, MOST_STEMS));
    let at = 0;
    for (const one of stems) {
      if (at === digests.length) break;
      digests[at] = this.#digest(one);
      at += 1;
    }
    return digests;
  }

  /** Arguments that are short enough to be told, by their words. */
  #valuesOf(args: Json, purpose: About): readonly Value[] {
    return readableOf(args)
      .texts.map((text) => wordsOf(text.slice(0, 256)).filter(({ length }) => length > 2))
      .filter(({ length }) => length > 0 && length <= MOST_WORDS)
      .slice(0, MOST_VALUES)
      .map((words) => {
        const stems = words.map(stem);
        return {
          isAsked: stems.every((one) => purpose.stems.has(one)),
          digests: stems.map(this.#digest),
        };
      });
  }
}
