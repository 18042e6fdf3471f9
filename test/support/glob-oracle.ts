/**
 * What `design.md` says of globs, written to be read and not to be fast: braces are multiplied out,
 * then each plain pattern is tried character by character. Shares nothing with `src/`.
 */

/** One plain pattern: literal code points and the tokens `?`, `*`, `**`, and `QUESTION_MARK`. */
export type Plain = readonly string[];

/** The token for a literal `?`, which no glob can write. */
export const QUESTION_MARK = '\\?';

const expansions = new Map<string, readonly Plain[] | undefined>();

/** The plain patterns a glob stands for; `undefined` when it cannot be evaluated. */
export function plainPatterns(glob: string): readonly Plain[] | undefined {
  if (!expansions.has(glob))
    expansions.set(glob, isGlob(glob) ? multiplyOut(tokens(glob)) : undefined);
  return expansions.get(glob);
}

/**
 * Whether the design gives a text a meaning. It has none for classes and escapes, for braces that do
 * not pair, for three stars in a row and for half a code point.
 */
function isGlob(glob: string): boolean {
  let depth = 0;
  for (const character of glob) {
    if ('[]\\'.includes(character)) return false;
    if (character >= '\u{d800}' && character <= '\u{dfff}' && character.length === 1) return false;
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (depth < 0) return false;
  }
  return depth === 0 && !glob.includes('***');
}

/** Two stars are one token only where they stand side by side as written, so `{*,a}*` is never `**`. */
function tokens(glob: string): string[] {
  const found: string[] = [];
  const characters = [...glob];
  for (let at = 0; at < characters.length; at++) {
    const two = characters[at] === '*' && characters[at + 1] === '*';
    found.push(two ? '**' : (characters[at] ?? ''));
    if (two) at++;
  }
  return found;
}

function multiplyOut(pattern: readonly string[]): string[][] {
  const open = pattern.indexOf('{');
  if (open === -1) return [[...pattern]];
  const alternatives: string[][] = [[]];
  let depth = 0;
  for (let at = open + 1; at < pattern.length; at++) {
    const token = pattern[at] ?? '';
    if (token === '}' && depth === 0) {
      const before = pattern.slice(0, open);
      const after = pattern.slice(at + 1);
      return alternatives.flatMap((chosen) => multiplyOut([...before, ...chosen, ...after]));
    }
    if (token === ',' && depth === 0) {
      alternatives.push([]);
      continue;
    }
    if (token === '{') depth++;
    if (token === '}') depth--;
    alternatives.at(-1)?.push(token);
  }
  return [[...pattern]];
}

/** Whether a glob matches a whole text; `undefined` when the glob cannot be evaluated. */
export function globMatches(glob: string, text: string): boolean | undefined {
  const characters = [...text];
  return plainPatterns(glob)?.some((plain) => matchesFrom(plain, 0, characters, 0));
}

function matchesFrom(plain: Plain, at: number, text: readonly string[], from: number): boolean {
  const token = plain[at];
  const character = text[from];
  if (token === undefined) return character === undefined;
  if (token === '**' || token === '*') {
    if (matchesFrom(plain, at + 1, text, from)) return true;
    if (character === undefined) return false;
    if (token === '*' && character === '/') return false;
    return matchesFrom(plain, at, text, from + 1);
  }
  if (character === undefined) return false;
  if (token === '?') return character !== '/' && matchesFrom(plain, at + 1, text, from + 1);
  return token === character && matchesFrom(plain, at + 1, text, from + 1);
}

/** Stands for every character that no pattern names. */
const OTHER = '\u{10fffd}';

/**
 * Finds a text that begins with `prefix`, is longer than it, matches one of `wanted`, matches `also` if
 * given, and none of `unwanted`; `undefined` when there is none. Exact: it walks every way through each
 * wanted pattern, beside all the places the others can be in by then.
 */
export function findText(
  prefix: string,
  wanted: readonly Plain[],
  unwanted: readonly Plain[],
  also: Plain = ['**'],
): string | undefined {
  const letters = new Set(['/', OTHER]);
  for (const token of [...wanted, ...unwanted, also].flat())
    if (token === QUESTION_MARK) letters.add('?');
    else if (!['*', '**', '?'].includes(token)) letters.add(token);

  const alongside = after(also, rest(also, new Set([0])), prefix);

  const against = unwanted.map((pattern) => after(pattern, rest(pattern, new Set([0])), prefix));
  const seen = new Set<string>();
  for (const pattern of wanted) {
    const queue = [...after(pattern, rest(pattern, new Set([0])), prefix)].map((place) => ({
      text: prefix,
      place,
      alongside,
      against,
    }));
    for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
      for (const letter of letters) {
        const text = from.text + letter;
        const places = unwanted.map((each, which) =>
          step(each, from.against[which] ?? new Set(), letter),
        );
        const isUnwanted = unwanted.some((each, which) => places[which]?.has(each.length));
        const beside = step(also, from.alongside, letter);
        if (beside.size === 0) continue;
        for (const place of step(pattern, new Set([from.place]), letter)) {
          if (place === pattern.length && beside.has(also.length) && !isUnwanted) return text;
          const key = [wanted.indexOf(pattern), place, keyOf(beside), ...places.map(keyOf)].join(
            '|',
          );
          if (seen.has(key)) continue;
          seen.add(key);
          queue.push({ text, place, alongside: beside, against: places });
        }
      }
    }
  }
  return undefined;
}

const keyOf = (places: ReadonlySet<number>): string => [...places].sort((a, b) => a - b).join('.');

const after = (pattern: Plain, places: Set<number>, text: string): Set<number> =>
  [...text].reduce((reached, letter) => step(pattern, reached, letter), places);

/** The places in a pattern that can also be reached by letting stars match nothing. */
function rest(pattern: Plain, places: Set<number>): Set<number> {
  for (const place of places)
    if (pattern[place] === '*' || pattern[place] === '**') places.add(place + 1);
  return places;
}

function step(pattern: Plain, places: ReadonlySet<number>, letter: string): Set<number> {
  const after = new Set<number>();
  for (const place of places) {
    const token = pattern[place];
    if (token === '**' || (token === '*' && letter !== '/')) after.add(place);
    else if (token === '?' && letter !== '/') after.add(place + 1);
    else if (token === QUESTION_MARK && letter === '?') after.add(place + 1);
    else if (token === letter && token !== '*' && token !== '?') after.add(place + 1);
  }
  return rest(pattern, after);
}
