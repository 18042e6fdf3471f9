import { type GlobMeter, type GlobPiece, GlobProgram } from './glob-program.ts';

/** Longest pattern accepted, UTF-16 code units. */
export const MAX_GLOB_LENGTH = 512;

const MAX_NESTING = 8;

/** A compiled glob over tool refs: case-sensitive, whole strings. */
export interface Glob {
  /** The pattern as written. */
  readonly pattern: string;
  /** For comparing globs with each other. */
  readonly program: GlobProgram;
  /** Whether the whole text matches. Text is read by code points; a lone surrogate counts as one. */
  matches(text: string, meter?: GlobMeter): boolean;
  /** Whether some text that starts with `prefix` and is at least one character longer matches. */
  canMatchUnder(prefix: string): boolean;
}

/** Why a pattern is not a glob. */
export interface GlobProblem {
  /** Where in the pattern, UTF-16 code units from 0. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/**
 * Compiles a glob. `*` matches any characters but `/`, `**` any characters, `?` one code point but
 * `/`, `{a,b}` either; alternatives may be empty and may nest. Everything else stands for itself.
 *
 * Character classes and escapes are refused: whoever writes one means something other than what a
 * literal reading would match, and a deny rule that matches nothing denies nothing.
 *
 * @param tail what has to follow what the pattern matches.
 */
export function compileGlob(
  pattern: string,
  tail: readonly GlobPiece[] = [],
):
  | { readonly ok: true; readonly glob: Glob }
  | { readonly ok: false; readonly problem: GlobProblem } {
  if (pattern.length > MAX_GLOB_LENGTH) {
    return failed(MAX_GLOB_LENGTH, `pattern is longer than ${MAX_GLOB_LENGTH} characters`);
  }
  if (!pattern.isWellFormed()) return failed(0, 'pattern holds half of a surrogate pair');
  const parsed = new GlobParser(pattern).parse();
  return 'problem' in parsed
    ? { ok: false, problem: parsed.problem }
    : { ok: true, glob: globOf(pattern, [...parsed.pieces, ...tail]) };
}

/** The glob these pieces are. */
export function globOf(pattern: string, pieces: readonly GlobPiece[]): Glob {
  const program = new GlobProgram(pieces);
  const start = program.start();
  const [prefix = '', ...others] = literalRuns(pieces);
  const afterPrefix = program.read(start, prefix, 0);
  return {
    pattern,
    program,
    matches: (text, meter) =>
      text.startsWith(prefix) &&
      others.every((run) => text.includes(run, prefix.length)) &&
      program.acceptsAfter(afterPrefix, text, prefix.length, meter),
    canMatchUnder: (text) => program.canGoOn(program.read(start, text, 0)),
  };
}

/**
 * What every match starts with, then what every match holds somewhere after that. Nearly every ref
 * that does not match is told by this alone.
 */
function literalRuns(pieces: readonly GlobPiece[]): readonly string[] {
  const runs = [''];
  for (const piece of pieces) {
    if (piece.kind === 'one' && typeof piece.what === 'number') {
      runs[runs.length - 1] += String.fromCodePoint(piece.what);
    } else if (runs.length === 1 || runs.at(-1) !== '') {
      runs.push('');
    }
  }
  return runs.filter((run, index) => index === 0 || run !== '');
}

function failed(
  offset: number,
  message: string,
  hint?: string,
): { ok: false; problem: GlobProblem } {
  return { ok: false, problem: { offset, message, ...(hint === undefined ? {} : { hint }) } };
}

class GlobParser {
  readonly #pattern: string;
  #at = 0;
  #problem: GlobProblem | undefined;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): { readonly pieces: readonly GlobPiece[] } | { readonly problem: GlobProblem } {
    const pieces = this.#sequence(0);
    return this.#problem === undefined ? { pieces } : { problem: this.#problem };
  }

  #fail(offset: number, message: string, hint?: string): void {
    this.#problem ??= failed(offset, message, hint).problem;
    this.#at = this.#pattern.length;
  }

  #sequence(depth: number): readonly GlobPiece[] {
    const pieces: GlobPiece[] = [];
    while (this.#at < this.#pattern.length) {
      const codePoint = this.#pattern.codePointAt(this.#at) ?? 0;
      const character = String.fromCodePoint(codePoint);
      if (depth > 0 && (character === ',' || character === '}')) break;
      if (character === '{') {
        pieces.push(this.#choice(depth + 1));
        continue;
      }
      if (character === '*') {
        pieces.push(this.#stars());
        continue;
      }
      this.#check(character);
      pieces.push({ kind: 'one', what: character === '?' ? 'segment' : codePoint });
      this.#at += character.length;
    }
    return pieces;
  }

  #stars(): GlobPiece {
    const from = this.#at;
    while (this.#pattern[this.#at] === '*') this.#at += 1;
    const count = this.#at - from;
    if (count > 2) this.#fail(from, 'more than two stars in a row', 'write `*` or `**`');
    return { kind: 'many', what: count === 1 ? 'segment' : 'any' };
  }

  #choice(depth: number): GlobPiece {
    const from = this.#at;
    if (depth > MAX_NESTING) this.#fail(from, `braces nest deeper than ${MAX_NESTING}`);
    const of: (readonly GlobPiece[])[] = [];
    do {
      this.#at += 1;
      of.push(this.#sequence(depth));
    } while (this.#pattern[this.#at] === ',');
    if (this.#pattern[this.#at] === '}') this.#at += 1;
    else this.#fail(from, '`{` is never closed', 'write `{a,b}`');
    return { kind: 'choice', of };
  }

  #check(character: string): void {
    if (character === '}') this.#fail(this.#at, '`}` without `{`', 'write `{a,b}`');
    else if (character === '[' || character === ']') {
      this.#fail(this.#at, 'globs have no character classes', 'write `{a,b}`, or `?` for any one');
    } else if (character === '\\') {
      this.#fail(this.#at, 'globs have no escapes', 'write `?` for a character that is special');
    }
  }
}
