/**
 * Characters people cannot see, or that act on what shows them: controls (C0, C1, DEL), formats (bidi,
 * zero width, soft hyphen, tags), line and paragraph separators, surrogates on their own, private use,
 * noncharacters, default ignorables (variation selectors, fillers, grapheme joiner), the blank braille
 * pattern. One class, so that one match is looked at once: linear in any text.
 *
 * @see https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;

/** A text in which each character people cannot see, line feeds and tabs too, is written by `write`. */
export const replaceUnseen = (text: string, write: (character: string) => string): string =>
  text.replace(UNSEEN, write);

/** The characters people cannot see, line feeds and tabs too, with where they stand, in order. */
export function* findUnseen(
  text: string,
): Generator<{ readonly at: number; readonly character: string }> {
  for (const match of text.matchAll(UNSEEN)) yield { at: match.index, character: match[0] };
}
