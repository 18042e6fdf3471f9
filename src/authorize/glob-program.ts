/** What one step of a program consumes: one code point, one that is not `/`, or any one. */
export type Consumes = number | 'segment' | 'any';

/** One instruction: consumes and goes on, goes on to several places at once, or accepts. */
type Instruction =
  | { readonly kind: 'consume'; readonly what: Consumes; readonly next: number }
  | { readonly kind: 'split'; readonly next: readonly number[] }
  | { readonly kind: 'accept' };

/** A piece of a parsed glob. */
export type GlobPiece =
  | { readonly kind: 'one'; readonly what: Consumes }
  | { readonly kind: 'many'; readonly what: Consumes }
  | { readonly kind: 'choice'; readonly of: readonly (readonly GlobPiece[])[] };

/** Where a program stands: the instructions that consume or accept next. Ascending, without repeats. */
export type GlobStates = readonly number[];

/** Counts places looked at, so that tests can bound the work instead of timing it. */
export interface GlobMeter {
  steps: number;
}

/**
 * A glob as a nondeterministic automaton. Each code point of a text visits each instruction at most
 * once, so the work is at most text length times pattern length: nothing backtracks, whatever the
 * pattern.
 */
export class GlobProgram {
  readonly #instructions: Instruction[] = [{ kind: 'accept' }];
  readonly #start: number;
  readonly #visited: Uint32Array;
  #visit = 0;
  /** Scratch space of one synchronous reading; nothing is kept in it between calls. */
  #now: Uint16Array;
  #next: Uint16Array;

  constructor(pieces: readonly GlobPiece[]) {
    this.#start = this.#sequence(pieces, 0);
    const size = this.#instructions.length;
    this.#visited = new Uint32Array(size);
    this.#now = new Uint16Array(size);
    this.#next = new Uint16Array(size);
  }

  /** Where the program stands before anything is read. */
  start(): GlobStates {
    this.#beginVisit();
    const count = this.#enter(this.#start, 0);
    return [...this.#next.subarray(0, count)].sort(ascending);
  }

  /** Where it stands after one more code point; empty when nothing can match any more. */
  step(states: GlobStates, codePoint: number): GlobStates {
    this.#now.set(states);
    const count = this.#read(states.length, codePoint);
    return [...this.#next.subarray(0, count)].sort(ascending);
  }

  /** Where it stands after the text from `at` on, code point by code point. */
  read(states: GlobStates, text: string, at: number, meter?: GlobMeter): GlobStates {
    const count = this.#readAll(states, text, at, meter);
    return [...this.#now.subarray(0, count)];
  }

  /** Whether it accepts after the text from `at` on. */
  acceptsAfter(states: GlobStates, text: string, at: number, meter?: GlobMeter): boolean {
    for (let left = this.#readAll(states, text, at, meter); left > 0; left -= 1) {
      if (this.#now[left - 1] === 0) return true;
    }
    return false;
  }

  /** Reads the text from `at` on. @returns at how many places it stands then: the first ones in `#now`. */
  #readAll(states: GlobStates, text: string, at: number, meter: GlobMeter | undefined): number {
    let count = states.length;
    for (let index = 0; index < count; index += 1) this.#now[index] = states[index] ?? 0;
    for (let place = at; place < text.length && count > 0; ) {
      const codePoint = text.codePointAt(place) ?? 0;
      if (meter !== undefined) meter.steps += count;
      count = this.#read(count, codePoint);
      [this.#now, this.#next] = [this.#next, this.#now];
      place += codePoint > 0xffff ? 2 : 1;
    }
    return count;
  }

  /** Whether what was read so far matches. */
  accepts(states: GlobStates): boolean {
    return states.includes(0);
  }

  /** Whether what was read so far and at least one more character can match. */
  canGoOn(states: GlobStates): boolean {
    return states.some((state) => state !== 0);
  }

  /** What may be read at a place, and where that leads; nothing where the program accepts. */
  edge(state: number): { readonly what: Consumes; readonly next: GlobStates } | undefined {
    const instruction = this.#instructions[state];
    if (instruction?.kind !== 'consume') return undefined;
    this.#beginVisit();
    const count = this.#enter(instruction.next, 0);
    return { what: instruction.what, next: [...this.#next.subarray(0, count)] };
  }

  /** The code points the glob names literally. */
  literals(): readonly number[] {
    const found: number[] = [];
    for (const instruction of this.#instructions) {
      if (instruction.kind === 'consume' && typeof instruction.what === 'number') {
        found.push(instruction.what);
      }
    }
    return found;
  }

  #emit(instruction: Instruction): number {
    return this.#instructions.push(instruction) - 1;
  }

  /** Written from its end, so that every instruction knows where it goes on. */
  #sequence(pieces: readonly GlobPiece[], end: number): number {
    let next = end;
    for (const piece of pieces.toReversed()) {
      if (piece.kind === 'one') {
        next = this.#emit({ kind: 'consume', what: piece.what, next });
      } else if (piece.kind === 'many') {
        const loop = this.#instructions.length;
        this.#emit({ kind: 'split', next: [loop + 1, next] });
        this.#emit({ kind: 'consume', what: piece.what, next: loop });
        next = loop;
      } else {
        const after = next;
        const starts = piece.of.map((alternative) => this.#sequence(alternative, after));
        next = this.#emit({ kind: 'split', next: starts });
      }
    }
    return next;
  }

  /** Takes one code point from the first `count` places in `#now` to those in `#next`. */
  #read(count: number, codePoint: number): number {
    this.#beginVisit();
    let entered = 0;
    for (let index = 0; index < count; index += 1) {
      const instruction = this.#instructions[this.#now[index] ?? 0];
      if (instruction?.kind === 'consume' && consumes(instruction.what, codePoint)) {
        entered = this.#enter(instruction.next, entered);
      }
    }
    return entered;
  }

  /** Adds a place to `#next`, or where it splits to, unless it was entered at this code point already. */
  #enter(state: number, count: number): number {
    if (this.#visited[state] === this.#visit) return count;
    this.#visited[state] = this.#visit;
    const instruction = this.#instructions[state];
    if (instruction?.kind !== 'split') {
      this.#next[count] = state;
      return count + 1;
    }
    let entered = count;
    for (const next of instruction.next) entered = this.#enter(next, entered);
    return entered;
  }

  #beginVisit(): void {
    this.#visit += 1;
    if (this.#visit < 0xffff_ffff) return;
    this.#visited.fill(0);
    this.#visit = 1;
  }
}

const ascending = (a: number, b: number): number => a - b;

function consumes(what: Consumes, codePoint: number): boolean {
  if (what === 'any') return true;
  return what === 'segment' ? codePoint !== 0x2f : codePoint === what;
}
