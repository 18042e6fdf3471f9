import type { SessionId } from '../domain/ids.ts';

/** A session is remembered by its id, and by symbols what there is one of: no id can be taken for that. */
export type ValueName = SessionId | symbol;

/** Values remembered at most; the name that was remembered first goes first. */
const MOST_VALUES = 1_000;

/**
 * Commits of this process, whichever connection made them: a second one in the same process is heard of
 * without a turn of the event loop.
 */
let commits = 0;

/**
 * What was read of the state and still is so. Everything in it is true of one state of the database, the
 * one that `PRAGMA data_version` names: it moves when another connection has committed, and with it
 * everything is forgotten. A connection's own commits do not move it: what they change is kept up by
 * whoever writes it, inside the transaction, or forgotten.
 *
 * A look at `data_version` holds for the rest of the running callback of the event loop, its microtasks
 * included. That takes nothing from a revocation being true when its command returns: what a callback
 * answers was asked before it began, and a revoking command returns only once this process has answered
 * it, which is another callback, with a look of its own. No later than that does anything count that was
 * read before. What is admitted or released reads nothing from here that its own transaction, which looks
 * first, has not confirmed.
 *
 * @see https://www.sqlite.org/pragma.html#pragma_data_version
 */
export class StateMemory {
  readonly #versionNow: () => number;
  readonly #values = new Map<ValueName, unknown>();
  #version: number | undefined;
  /** Commits of this process at the last look, while that holds. */
  #lookedAt: number | undefined;
  readonly #expire = () => {
    this.#lookedAt = undefined;
  };

  /** @param versionNow `PRAGMA data_version` of the connection. */
  constructor(versionNow: () => number) {
    this.#versionNow = versionNow;
  }

  /** Whether the last look still holds. */
  get isFresh(): boolean {
    return this.#lookedAt === commits;
  }

  /** Forgets everything if another connection has committed since. @returns whether none has. */
  look(): boolean {
    const version = this.#versionNow();
    const isSame = version === this.#version;
    if (!isSame) {
      this.#values.clear();
      this.#version = version;
    }
    this.#hold();
    return isSame;
  }

  /** The connection has committed: what is remembered is what is kept. */
  committed(): void {
    commits += 1;
    this.#hold();
  }

  /** Nothing is remembered: of another connection, or of what was rolled back. */
  forget(): void {
    this.#values.clear();
    this.#version = undefined;
    this.#lookedAt = undefined;
  }

  /** Whether there is a value of this name. */
  has(name: ValueName): boolean {
    return this.#values.has(name);
  }

  get(name: ValueName): unknown {
    return this.#values.get(name);
  }

  set(name: ValueName, value: unknown): void {
    if (this.#values.size >= MOST_VALUES && !this.#values.has(name)) {
      const oldest = this.#values.keys().next().value;
      if (oldest !== undefined) this.#values.delete(oldest);
    }
    this.#values.set(name, value);
  }

  #hold(): void {
    const isHeld = this.#lookedAt !== undefined;
    this.#lookedAt = commits;
    if (!isHeld) afterThisCallback(this.#expire);
  }
}

const SETTLED = Promise.resolve();
/** How often the look outlives what is due by then: a call that a commit settles is sent in the second tick. */
const ROUNDS = 2;

/**
 * Runs before the event loop goes on to the next callback, behind what this one's microtasks and ticks
 * have led to in some rounds. A microtask is due behind those that wait, and a tick from it behind them all.
 */
function afterThisCallback(run: () => void, rounds = ROUNDS): void {
  const next = rounds === 1 ? run : () => afterThisCallback(run, rounds - 1);
  void SETTLED.then(() => process.nextTick(next));
}
