import type { Glob } from './glob.ts';
import type { GlobProgram, GlobStates } from './glob-program.ts';

/** How much looking is left, in places of automata visited. Shared by questions that belong together. */
export interface Effort {
  left: number;
}

/** Effort for one decision or comparison: a fraction of a second at worst. Everyday rules need a thousandth. */
export const newEffort = (): Effort => ({ left: 1_000_000 });

/** A character no glob names. All such are alike to every glob, so one stands for them all. */
const FIRST_PRIVATE = 0xe000;

/**
 * Whether `glob` matches some text that starts with `prefix`, is longer than it, and is matched by
 * none of `covers`. Exact: the automata are walked side by side, over every character that any of
 * them can tell apart.
 *
 * `unknown` when that takes more than `effort`; callers take the answer that permits less.
 */
export function leavesUncovered(
  glob: Glob,
  covers: readonly Glob[],
  prefix: string,
  effort: Effort = newEffort(),
): 'some' | 'none' | 'unknown' {
  let first = [glob, ...covers].map((each) => each.program.start());
  for (const character of prefix) {
    const codePoint = character.codePointAt(0) ?? 0;
    first = first.map((states, index) => programAt(index).step(states, codePoint));
  }
  function programAt(index: number): GlobProgram {
    return (index === 0 ? glob : (covers[index - 1] ?? glob)).program;
  }

  const alphabet = distinguishing([glob, ...covers]);
  const seen = new Set([key(first)]);
  const open = [first];
  for (let places = open.pop(); places !== undefined; places = open.pop()) {
    const [ownStates = [], ...coverStates] = places;
    for (const codePoint of alphabet) {
      const own = glob.program.step(ownStates, codePoint);
      effort.left -= 1 + ownStates.length;
      if (effort.left <= 0) return 'unknown';
      if (own.length === 0) continue;
      const others = coverStates.map((states, index) =>
        programAt(index + 1).step(states, codePoint),
      );
      effort.left -= coverStates.reduce((sum, states) => sum + 1 + states.length, 0);
      const isCovered = others.some((states, index) => programAt(index + 1).accepts(states));
      if (glob.program.accepts(own) && !isCovered) return 'some';
      const next = [own, ...others];
      const place = key(next);
      if (seen.has(place)) continue;
      seen.add(place);
      open.push(next);
    }
  }
  return 'none';
}

function distinguishing(globs: readonly Glob[]): readonly number[] {
  const named = new Set([0x2f]);
  for (const glob of globs) for (const literal of glob.program.literals()) named.add(literal);
  let other = FIRST_PRIVATE;
  while (named.has(other)) other += 1;
  return [...named, other];
}

const key = (places: readonly GlobStates[]): string =>
  places.map((states) => states.join(',')).join('|');
