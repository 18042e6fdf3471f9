import type { Json } from '../domain/json.ts';
import { destinationsOfText } from './destinations.ts';
import { judgeCall, type Signal, type Weights } from './judge-call.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import type { LearntOfAll, LearntSet, SessionUse } from './learnt-set.ts';
import { type Ladder, type Step, stepAt, stops, stricter } from './score-step.ts';
import { TaintMemory } from './taint-memory.ts';
import type { ToolTraits } from './tool-traits.ts';
import { type About, aboutOf } from './words.ts';

/** What a session is watched with. */
export interface WatchOptions {
  readonly digest: KeyedDigest;
  readonly weights: Weights;
  readonly ladder: Ladder;
  /** The purpose of the grant, as it was written. */
  readonly purpose: string;
  /** By tool ref. */
  readonly traitsOf: (tool: string) => ToolTraits;
}

/** What was learnt, as it is when a call comes. */
export interface Learnt {
  readonly set: LearntSet;
  readonly all: LearntOfAll;
}

/** What is done about a call, and why. */
export interface Verdict {
  readonly step: Step;
  readonly score: number;
  readonly signals: readonly Signal[];
  /** A detector failed: what it would have said is not known. */
  readonly hasFailed: boolean;
}

/** What one session used, before it is learnt; more is not counted. */
const [MOST_TOOLS, MOST_DESTINATIONS] = [256, 1_024] as const;

/**
 * One session of one grant, watched: each call judged before it is admitted, each result noted before
 * it is released. A detector that throws holds calls that write or send; what it did not read of a
 * result holds all of them from then on. Nothing outside the session is read or changed.
 */
export class SessionWatch {
  readonly #options: WatchOptions;
  readonly #memory: TaintMemory;
  readonly #purpose: About;
  readonly #tools = new Set<string>();
  readonly #destinations = new Set<number>();
  #isFlagged = false;
  #isBlind = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#memory = new TaintMemory(options.digest);
    this.#purpose = aboutOf(options.purpose);
    this.#memory.know(destinationsOfText(options.purpose));
  }

  /** Judges a call before it is admitted. */
  judge(tool: string, args: Json, { set, all }: Learnt): Verdict {
    const { weights, ladder, traitsOf } = this.#options;
    try {
      if (this.#isBlind) return this.#failed(tool);
      const aboutTool = (other: string): About => traitsOf(other).about;
      const [purpose, traits] = [this.#purpose, traitsOf(tool)];
      const { score, signals } = judgeCall(
        this.#memory,
        { tool, args, traits, aboutTool, purpose, learnt: set, all },
        weights,
      );
      const step = stepAt(score, ladder);
      if (stops(step)) this.#isFlagged = true;
      return { step, score, signals, hasFailed: false };
    } catch {
      return this.#failed(tool);
    }
  }

  /** Takes what a call carried for known, once it was let pass. */
  passed(tool: string, args: Json): void {
    try {
      const digests = this.#memory.knowArguments(args);
      const { isWriting, isEgress } = this.#options.traitsOf(tool);
      if (this.#tools.size < MOST_TOOLS) this.#tools.add(tool);
      if (!isWriting && !isEgress) return;
      for (const digest of digests) {
        if (this.#destinations.size < MOST_DESTINATIONS) this.#destinations.add(digest);
      }
    } catch {
      // Not known is the stricter of the two, and what is not whole is not learnt.
      this.#isFlagged = true;
    }
  }

  /** Notes what a result brought. */
  note(result: Json, call: number): void {
    try {
      this.#memory.noteResult(result, call);
    } catch {
      this.#isBlind = true;
      this.#isFlagged = true;
    }
  }

  /** What the session did, to be learnt when it has ended. */
  use(): SessionUse {
    const isFlagged = this.#isFlagged || this.#memory.orders.what > 0;
    return { tools: this.#tools, destinations: this.#destinations, isFlagged };
  }

  #failed(tool: string): Verdict {
    this.#isFlagged = true;
    const step = this.#isReading(tool)
      ? 'record'
      : stricter('hold', stepAt(0, this.#options.ladder));
    return { step, score: 0, signals: [], hasFailed: true };
  }

  #isReading(tool: string): boolean {
    try {
      const { isWriting, isEgress } = this.#options.traitsOf(tool);
      return !isWriting && !isEgress;
    } catch {
      return false;
    }
  }
}
