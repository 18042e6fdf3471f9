const ASCII = /^[\x20-\x7e]*$/;
/** Accents once decomposed, and what has no width or no shape of its own. */
const INVISIBLE = /[\p{M}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Makes the search for the one of `known` (ASCII, distinct in any case) that a name could be taken for
 * without being it: by case, width, accents, characters nobody sees, or letters of another script.
 * `undefined` when there is none.
 *
 * Attack: a member such as `Method` or `paramſ`, which one reader honours and another ignores, so that
 * what is authorized is not what is done.
 *
 * @see https://www.unicode.org/reports/tr39/#Confusable_Detection
 */
export function lookAlikesOf(known: readonly string[]): (name: string) => string | undefined {
  const names = new Map(known.map((name) => [fold(name), name]));
  const exact = new Set(known);
  return (name) => {
    if (exact.has(name)) return undefined;
    const folded = fold(name);
    const found = ASCII.test(folded)
      ? names.get(folded)
      : [...names].find(([other]) => couldBe(folded, other))?.[1];
    return found === name ? undefined : found;
  };
}

function fold(name: string): string {
  const plain = ASCII.test(name) ? name : name.normalize('NFKD').replace(INVISIBLE, '');
  // Up and down again: `ı` and `ſ` have no other way to `i` and `s`.
  return plain.toUpperCase().toLowerCase();
}

/** Letters beyond ASCII that are left stand for any letter, as long as some are what they seem. */
function couldBe(folded: string, known: string): boolean {
  // No letter takes more than two units: a name much longer is not looked at letter by letter.
  if (folded.length > 2 * known.length) return false;
  const letters = [...folded];
  if (letters.length !== known.length) return false;
  const same = letters.filter((letter, at) => letter === known[at]).length;
  const foreign = letters.filter((letter) => !ASCII.test(letter)).length;
  return same > 0 && same + foreign === known.length;
}
