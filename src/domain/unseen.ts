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

/** What a UTF-16 unit is to this; what begins a seen character is an emoji's, or a historic script's. */
const [SEEN, UNSEEN_OR_HALF, BEGINS_SEEN, LINE_END] = [0, 1, 2, 3] as const;

/** One for each unit. Made when it is first asked for: it takes a tenth of what a command takes to start. */
let candidates: Uint8Array | undefined;

function makeCandidates(): Uint8Array {
  const made = new Uint8Array(65_536);
  for (let from = 0; from < 65_536; from += 4_096) {
    let units = '';
    // A space between: halves would pair up otherwise.
    for (let code = from; code < from + 4_096; code += 1) units += `${String.fromCharCode(code)} `;
    for (const { index } of units.matchAll(UNSEEN)) made[from + index / 2] = UNSEEN_OR_HALF;
  }
  for (let code = 0xd83c; code <= 0xd83e; code += 1) made[code] = BEGINS_SEEN;
  for (const code of [0x09, 0x0a, 0x0c, 0x0d]) made[code] = LINE_END;
  return made;
}

/** The characters people cannot see, line feeds and tabs too, with where they stand, in order. */
export function* findUnseen(
  text: string,
): Generator<{ readonly at: number; readonly character: string }> {
  candidates ??= makeCandidates();
  for (let at = 0; at < text.length; at += 1) {
    const is = candidates[text.charCodeAt(at)];
    if (is === SEEN) continue;
    const character = characterAt(text, at);
    if (isUnseen(character, is)) yield { at, character };
    at += character.length - 1;
  }
}

/**
 * Tells of the characters people cannot see in a part of a text, in order; not of line feeds, returns, tabs
 * and form feeds.
 *
 * @param units of the part; they are read in a third of the time that the text takes.
 */
export function eachUnseen(
  text: string,
  from: number,
  units: Uint16Array,
  tell: (at: number, character: string) => void,
): void {
  candidates ??= makeCandidates();
  for (let n = 0; n < units.length; n += 1) {
    const is = candidates[units[n] as number];
    if (is === SEEN || is === LINE_END) continue;
    const at = from + n;
    // The first half was looked at with the part before.
    if (n === 0 && isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1))) continue;
    const character = characterAt(text, at);
    if (isUnseen(character, is)) tell(at, character);
    n += character.length - 1;
  }
}

const characterAt = (text: string, at: number): string =>
  String.fromCodePoint(text.codePointAt(at) ?? 0);

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

/** A character by what its first unit is; half of one on its own is unseen. */
function isUnseen(character: string, is: number | undefined): boolean {
  if (character.length === 1) return true;
  if (is === BEGINS_SEEN) return false;
  UNSEEN.lastIndex = 0;
  const found = UNSEEN.test(character);
  UNSEEN.lastIndex = 0;
  return found;
}
