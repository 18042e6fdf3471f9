import { eachUnseen, findUnseen } from '../domain/unseen.ts';

/** Anything beyond printable ASCII and line ends: most texts have nothing of it. */
const ODD = /[^\t\n\r -~]/;

const [CSI, OSC, BELL, ST] = ['\\x9b', '\\x90\\x98\\x9d-\\x9f', '\\x07', '\\x9c'];

/**
 * Terminal sequences: CSI; OSC and the like, where their end is not far, or the rest of a text would go
 * with them; short ones. What ends a run is not in it, and no two runs share a beginning: linear.
 *
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-48/
 */
const TERMINAL = new RegExp(
  [
    `(?:\\x1b\\[|${CSI})[0-?]*[ -/]*[@-~]?`,
    `(?:\\x1b[\\]PX^_]|[${OSC}])[^\\x1b${CSI}${OSC}${BELL}${ST}]{0,2048}(?:${BELL}|${ST}|\\x1b\\\\)`,
    '\\x1b[ -~]?',
  ].join('|'),
  'g',
);

/** How many characters of a text people cannot see, counting at most `most`. */
export function countHidden(text: string, most: number): number {
  if (!ODD.test(text)) return 0;
  let count = 0;
  for (const { at, character } of findUnseen(text)) {
    if (isPlain(text, at, character)) continue;
    count += 1;
    if (count === most) break;
  }
  return count;
}

/** As `countHidden`, of the part of a text that these units are: it is gone through for something else. */
export function countHiddenIn(
  text: string,
  from: number,
  units: Uint16Array,
  most: number,
): number {
  let count = 0;
  eachUnseen(text, from, units, (at, character) => {
    if (count < most && !isPlain(text, at, character)) count += 1;
  });
  return count;
}

/** A text without what people cannot see; a terminal sequence goes whole. */
export function withoutHidden(text: string): string {
  if (!ODD.test(text)) return text;
  const plain = text.replace(TERMINAL, '');
  let kept = '';
  let from = 0;
  for (const { at, character } of findUnseen(plain)) {
    if (isPlain(plain, at, character)) continue;
    kept += plain.slice(from, at);
    from = at + character.length;
  }
  return kept + plain.slice(from);
}

/**
 * Whether a character is part of ordinary writing where it stands: line ends, a byte order mark at the
 * beginning, the soft hyphen between letters, what joins an emoji, the joiners of scripts that need them.
 */
function isPlain(text: string, at: number, character: string): boolean {
  switch (character) {
    case '\n':
    case '\r':
    case '\t':
    case '\f':
      return true;
    case '\ufeff':
      return at === 0;
    case '\u00ad':
      return isAround(text, at, /\p{L}/u);
    case '\ufe0f':
    case '\ufe0e':
      return /[\p{Extended_Pictographic}\d#*]$/u.test(text.slice(Math.max(0, at - 2), at));
    case '\u200d':
      return (
        isAround(text, at, /[\p{Extended_Pictographic}\p{Emoji_Modifier}]|\ufe0f/u) ||
        isJoined(text, at)
      );
    case '\u200c':
      return isJoined(text, at);
    case '\u200e':
    case '\u200f':
    case '\u061c':
      return RIGHT_TO_LEFT.test(text.slice(Math.max(0, at - 32), at + 32));
    default:
      return false;
  }
}

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u;
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Mongolian}]/u;

const isJoined = (text: string, at: number): boolean =>
  JOINING.test(text.slice(Math.max(0, at - 1), at));

const isAround = (text: string, at: number, what: RegExp): boolean =>
  what.test(text.slice(Math.max(0, at - 2), at)) && what.test(text.slice(at + 1, at + 3));
