import { readableOf } from './destinations.ts';
import { isUnlearnt, judgeCall } from './judge-call.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import type { MonitorSettings } from './ladder.ts';
import type { MonitoredResult, MonitoredUse } from './monitored.ts';
import type { LearntOfAll, Profile } from './profile.ts';
import { type Purpose, pointsTo, purposeOf } from './purpose.ts';
import type { OrderStrength } from './read-instructions.ts';
import { asRead, embeddedIn } from './readable-result.ts';
import type { FindShapes } from './secret-memory.ts';
import type { Signal } from './signal.ts';
import { TakenInByClients } from './taken-in.ts';
import { ToolNames, type ToolTraits } from './tool-traits.ts';
import type { About } from './words.ts';

/** Purposes that are remembered; more are read again. */
const MOST_PURPOSES = 1_000;

/**
 * Watches what data does to calls: a call is judged by what results brought before it, then takes part
 * in what is known, and its own result is noted before it is released. What throws here is for its
 * caller to hold against the client.
 */
export class DataWatch {
  readonly #digest: KeyedDigest;
  readonly #findShapes: FindShapes;
  readonly #settings: MonitorSettings;
  readonly #names = new ToolNames();
  readonly #purposes = new Map<string, Purpose>();
  readonly #destinations = new WeakMap<readonly number[], ReadonlySet<number>>();
  readonly takenIn: TakenInByClients;

  constructor(digest: KeyedDigest, findShapes: FindShapes, settings: MonitorSettings) {
    this.#digest = digest;
    this.#findShapes = findShapes;
    this.#settings = settings;
    this.takenIn = new TakenInByClients(digest, settings.rememberMs);
  }

  /** Whether what is learnt of other grants makes a difference to a use. */
  needsAll({ tool, thing }: MonitoredUse, profile: Profile): boolean {
    return tool !== undefined && isUnlearnt({ thing, profile, observe: this.#settings.observe });
  }

  /** What a use says before it is admitted. */
  judge(use: MonitoredUse, profile: Profile, all?: LearntOfAll): readonly Signal[] {
    const { ladder, observe } = this.#settings;
    const { taint, secrets } = this.takenIn.of(use, use.at);
    const signals: Signal[] = [];
    const foreign = secrets.foreignIn(use.server, use.args);
    if (foreign !== undefined && foreign.count >= ladder.foreign_secret.threshold) {
      const { threshold } = ladder.foreign_secret;
      signals.push({
        name: 'foreign_secret',
        value: foreign.count,
        threshold,
        calls: foreign.calls,
      });
    }
    const traits = this.#traits(use);
    if (traits === undefined) return signals;
    const { threshold } = ladder.data_driven;
    const { score, parts } = judgeCall(taint, {
      thing: use.thing,
      args: use.args,
      traits,
      aboutThing: (thing) => this.#aboutThing(thing),
      purpose: this.#purpose(use.purpose),
      profile,
      isLearntDestination: (digest) => this.#learnt(profile).has(digest),
      observe,
      all,
    });
    if (score < threshold) return signals;
    const calls = [...new Set(parts.flatMap(({ call }) => (call === undefined ? [] : [call])))];
    const value = Math.round(score * 1_000) / 1_000;
    signals.push({
      name: 'data_driven',
      value,
      threshold,
      calls: calls.sort((a, b) => a - b),
      parts,
    });
    return signals;
  }

  /**
   * A use is let pass: what it carried is known. A URI is no person's word.
   *
   * Attack: a tool server lists a resource whose URI names where its content has things sent to.
   *
   * @returns digests of destinations to be learnt, of a use that writes or sends.
   */
  passed(use: MonitoredUse, isApproved: boolean): readonly number[] {
    if (use.thing.startsWith('resource:')) return [];
    const traits = this.#traits(use);
    const isJudged = traits !== undefined && (traits.isWriting || traits.isEgress);
    const { taint } = this.takenIn.of(use, use.at);
    if (!isJudged) taint.follow(use.args, this.#purpose(use.purpose).about);
    const by = isApproved ? 'approved' : isJudged ? 'judged' : 'reading';
    const digests = taint.knowArguments(use.args, by);
    return isJudged ? digests : [];
  }

  /** Notes what a result brings. @returns how sure it is that it speaks to the model. */
  note(
    use: MonitoredUse,
    { result, isChosen, call, at, hasSecrets }: MonitoredResult,
  ): OrderStrength {
    if (result === undefined) return 0;
    const { taint, secrets } = this.takenIn.of(use, at);
    try {
      const read = asRead(result);
      // Files in base64 are not looked into by inspection.
      if (hasSecrets || read !== result) secrets.note(use.server, read, this.#findShapes, call);
      const readable = readableOf(isChosen === true ? embeddedIn(read) : read);
      const traits = this.#traits(use);
      return taint.noteResult(readable, call, at, {
        topicOf: traits === undefined ? undefined : once(() => this.#topicOf(use, traits)),
        ofCall: traits?.isWriting === true ? use.args : undefined,
      });
    } catch (error) {
      taint.miss(call, at);
      throw error;
    }
  }

  /** What the purpose of a use is about, where it speaks of what the use reads. */
  #topicOf(use: MonitoredUse, { about, head }: ToolTraits): ReadonlySet<string> | undefined {
    const purpose = this.#purpose(use.purpose);
    // `read` of `mail` reads mail.
    const read = about.stems.size < 2 ? this.#names.of(use.server).head : head;
    return pointsTo(purpose, read, use.args, this.#digest) ? purpose.topic : undefined;
  }

  #traits({ tool, labels, isReadOnly }: MonitoredUse): ToolTraits | undefined {
    return tool === undefined ? undefined : this.#names.traits(tool, labels, isReadOnly);
  }

  #aboutThing(thing: string): About {
    return this.#names.of(thing.slice(thing.indexOf('/') + 1)).about;
  }

  #purpose(text: string): Purpose {
    const known = this.#purposes.get(text);
    if (known !== undefined) return known;
    const purpose = purposeOf(text, this.#digest);
    if (this.#purposes.size >= MOST_PURPOSES) this.#purposes.clear();
    this.#purposes.set(text, purpose);
    return purpose;
  }

  #learnt({ destinations }: Profile): ReadonlySet<number> {
    const known = this.#destinations.get(destinations) ?? new Set(destinations);
    this.#destinations.set(destinations, known);
    return known;
  }
}

/** What something gives, asked for once. */
function once<T>(give: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: give() };
    return known.value;
  };
}
