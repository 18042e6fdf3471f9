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

/** JSON text in which line feeds are its own, and nothing else is hidden: still the same JSON. */
export const visibleJson = (json: string): string =>
  replaceUnseen(json, (character) => {
    if (character === '\n') return character;
    const escaped = escapeUnit(character.charCodeAt(0));
    return character.length === 1 ? escaped : escaped + escapeUnit(character.charCodeAt(1));
  });

const escapeUnit = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;

/**
 * Whether a UTF-16 unit is one of these characters, or half of a pair that could be. Made when it is
 * first asked for: it takes a tenth of what a command takes to start.
 */
let candidates: Uint8Array | undefined;

function makeCandidates(): Uint8Array {
  const made = new Uint8Array(65_536);
  for (let from = 0; from < 65_536; from += 4_096) {
    let units = '';
    // A space between: halves would pair up otherwise.
    for (let code = from; code < from + 4_096; code += 1) units += `${String.fromCharCode(code)} `;
    for (const { index } of units.matchAll(UNSEEN)) made[from + index / 2] = 1;
  }
  // What these begin is seen: emoji, and letters of historic scripts.
  for (let code = 0xd83c; code <= 0xd83e; code += 1) made[code] = 0;
  return made;
}

/**
 * The characters people cannot see, line feeds and tabs too, with where they stand, in order. A text with
 * few of them is gone through unit by unit, which is a tenth of what the expression takes.
 */
export function* findUnseen(
  text: string,
): Generator<{ readonly at: number; readonly character: string }> {
  candidates ??= makeCandidates();
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (candidates[code] === 0) {
      // The other half belongs to it, whatever it is.
      if (code >= 0xd83c && code <= 0xd83e && isLow(text.charCodeAt(at + 1))) at += 1;
      else if (code >= 0xd83c && code <= 0xd83e) yield { at, character: text.charAt(at) };
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (character.length === 1 || isUnseen(character)) yield { at, character };
    at += character.length - 1;
  }
}

const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

function isUnseen(character: string): boolean {
  UNSEEN.lastIndex = 0;
  const is = UNSEEN.test(character);
  UNSEEN.lastIndex = 0;
  return is;
}
