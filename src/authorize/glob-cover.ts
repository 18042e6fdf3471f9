import type { Glob } from './glob.ts';
import type { Consumes, GlobStates } from './glob-program.ts';

/** How much looking is left, in places of automata visited. Shared by questions that belong together. */
export interface Effort {
  left: number;
}

/** Effort for one decision or comparison: a fraction of a second at worst. Everyday rules need a thousandth. */
export const newEffort = (): Effort => ({ left: 1_000_000 });

/** Effort for one of many things a tool server lists: milliseconds, however it is named. */
export const newSmallEffort = (): Effort => ({ left: 20_000 });

/** A character no glob names. All such are alike to every glob, so one stands for them all. */
const FIRST_PRIVATE = 0xe000;

/**
 * Whether every glob of `wanted` matches one text that starts with `prefix`, is longer than it, and is
 * matched by none of `covers`. Exact: the automata are walked side by side, over every character that
 * any of them can tell apart.
 *
 * `unknown` when that takes more than `effort`; callers take the answer that permits less.
 */
export function leavesUncovered(
  wanted: readonly Glob[],
  covers: readonly Glob[],
  prefix: string,
  effort: Effort = newEffort(),
): 'some' | 'none' | 'unknown' {
  let first: Places = [starts(wanted), starts(covers)];
  for (const character of prefix) {
    const codePoint = character.codePointAt(0) ?? 0;
    first = [step(wanted, first[0], codePoint), step(covers, first[1], codePoint)];
  }
  const alphabet = distinguishing([...wanted, ...covers]);
  const seen = new Set([key(first)]);
  const open = [first];
  for (let places = open.pop(); places !== undefined; places = open.pop()) {
    const [width, coverWidth] = [widthOf(places[0]), widthOf(places[1])];
    for (const codePoint of alphabet) {
      effort.left -= width;
      if (effort.left <= 0) return 'unknown';
      const own = step(wanted, places[0], codePoint);
      if (own.some((states) => states.length === 0)) continue;
      effort.left -= coverWidth;
      const others = step(covers, places[1], codePoint);
      const isWanted = wanted.every(({ program }, index) => program.accepts(own[index] ?? []));
      const isCovered = covers.some(({ program }, index) => program.accepts(others[index] ?? []));
      if (isWanted && !isCovered) return 'some';
      const next: Places = [own, others];
      const place = key(next);
      if (seen.has(place)) continue;
      seen.add(place);
      open.push(next);
    }
  }
  return 'none';
}

/**
 * Whether one text that starts with `prefix`, and is longer than it, is matched by both globs. Exact,
 * and quick: places are paired, so the work is at most the product of the two patterns' lengths.
 */
export function overlaps(a: Glob, b: Glob, prefix: string): boolean {
  const after = ({ program }: Glob) => program.read(program.start(), prefix, 0);
  const open: (readonly [number, number])[] = [];
  const seen = new Set<string>();
  const enter = (ownStates: GlobStates, otherStates: GlobStates): void => {
    for (const own of ownStates) {
      for (const other of otherStates) {
        const place = `${own},${other}`;
        if (!seen.has(place)) open.push([own, other]);
        seen.add(place);
      }
    }
  };
  enter(after(a), after(b));
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [own, other] = [a.program.edge(pair[0]), b.program.edge(pair[1])];
    if (own === undefined || other === undefined || !agree(own.what, other.what)) continue;
    if (a.program.accepts(own.next) && b.program.accepts(other.next)) return true;
    enter(own.next, other.next);
  }
  return false;
}

/** Whether some character is consumed by both. */
function agree(a: Consumes, b: Consumes): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b;
  if (typeof a === 'number') return b === 'any' || a !== 0x2f;
  return typeof b !== 'number' || a === 'any' || b !== 0x2f;
}

/** Where the wanted globs stand, and the covers. */
type Places = readonly [readonly GlobStates[], readonly GlobStates[]];

const starts = (globs: readonly Glob[]): readonly GlobStates[] =>
  globs.map(({ program }) => program.start());

const step = (
  globs: readonly Glob[],
  places: readonly GlobStates[],
  codePoint: number,
): readonly GlobStates[] =>
  globs.map(({ program }, index) => program.step(places[index] ?? [], codePoint));

const widthOf = (places: readonly GlobStates[]): number =>
  places.reduce((sum, states) => sum + 1 + states.length, 0);

function distinguishing(globs: readonly Glob[]): readonly number[] {
  const named = new Set([0x2f]);
  for (const glob of globs) for (const literal of glob.program.literals()) named.add(literal);
  let other = FIRST_PRIVATE;
  while (named.has(other)) other += 1;
  return [...named, other];
}

const key = (places: Places): string =>
  places.map((each) => each.map((states) => states.join(',')).join('|')).join('/');
