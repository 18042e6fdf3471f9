import { replaceUnseen } from '../domain/unseen.ts';

/** How a text is spelled. */
export interface SpellOptions {
  /** Line feeds and tabs stay: the text is shown over several lines. Default: one line. */
  readonly keepsLines?: boolean;
  /** Most characters of the text that are spelled; how many are left out is said. Default: all. */
  readonly maxChars?: number;
}

/**
 * A text with every character a person cannot see spelled out, as `⟨U+200B ZERO WIDTH SPACE⟩`: safe
 * on a terminal, and one line unless lines are kept. The opening bracket is spelled too, so that a text
 * cannot pretend to have been spelled.
 *
 * Attack: a definition says one thing to the admin who approves it and another to the model.
 */
export function spellHidden(text: string, options: SpellOptions = {}): string {
  const { keepsLines = false, maxChars = Number.POSITIVE_INFINITY } = options;
  // Half of a pair that the cut went through is left out: on its own it would be spelled as wrong.
  const cut = text.slice(0, maxChars);
  const shown = cut.length < text.length && isHighSurrogate(cut.at(-1)) ? cut.slice(0, -1) : cut;
  const left = text.length - shown.length;
  const spelled = replaceUnseen(shown.replaceAll(BRACKET, spell(BRACKET)), (character) =>
    keepsLines && (character === '\n' || character === '\t') ? character : spell(character),
  );
  return left > 0 ? `${spelled}… [${left} more characters]` : spelled;
}

const isHighSurrogate = (character: string | undefined): boolean =>
  character !== undefined && character >= '\ud800' && character <= '\udbff';

const BRACKET = '⟨';

function spell(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = nameOf(code);
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  return `⟨U+${hex}${name === undefined ? '' : ` ${name}`}⟩`;
}

function nameOf(code: number): string | undefined {
  if (code < 0x20) return CONTROLS[code];
  if (code === 0xe0020) return 'TAG SPACE';
  if (code > 0xe0020 && code < 0xe007f) return `TAG ${String.fromCharCode(code - 0xe0000)}`;
  if (code >= 0xfe00 && code <= 0xfe0f) return `VARIATION SELECTOR-${code - 0xfe00 + 1}`;
  if (code >= 0xe0100 && code <= 0xe01ef) return `VARIATION SELECTOR-${code - 0xe0100 + 17}`;
  if (code >= 0xd800 && code <= 0xdfff) return 'LONE SURROGATE';
  const isPrivate = (code >= 0xe000 && code <= 0xf8ff) || code >= 0xf0000;
  return NAMES.get(code) ?? (isPrivate ? 'PRIVATE USE' : undefined);
}

const CONTROLS: readonly string[] = [
  ...['NUL', 'SOH', 'STX', 'ETX', 'EOT', 'ENQ', 'ACK', 'BEL', 'BS', 'TAB', 'LF', 'VT', 'FF', 'CR'],
  ...['SO', 'SI', 'DLE', 'DC1', 'DC2', 'DC3', 'DC4', 'NAK', 'SYN', 'ETB', 'CAN', 'EM', 'SUB'],
  ...['ESC', 'FS', 'GS', 'RS', 'US'],
];

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x7f, 'DEL'],
  [0x85, 'NEXT LINE'],
  [0xad, 'SOFT HYPHEN'],
  [0x34f, 'COMBINING GRAPHEME JOINER'],
  [0x61c, 'ARABIC LETTER MARK'],
  [0x115f, 'HANGUL CHOSEONG FILLER'],
  [0x1160, 'HANGUL JUNGSEONG FILLER'],
  [0x180e, 'MONGOLIAN VOWEL SEPARATOR'],
  [0x200b, 'ZERO WIDTH SPACE'],
  [0x200c, 'ZERO WIDTH NON-JOINER'],
  [0x200d, 'ZERO WIDTH JOINER'],
  [0x200e, 'LEFT-TO-RIGHT MARK'],
  [0x200f, 'RIGHT-TO-LEFT MARK'],
  [0x2028, 'LINE SEPARATOR'],
  [0x2029, 'PARAGRAPH SEPARATOR'],
  [0x202a, 'LEFT-TO-RIGHT EMBEDDING'],
  [0x202b, 'RIGHT-TO-LEFT EMBEDDING'],
  [0x202c, 'POP DIRECTIONAL FORMATTING'],
  [0x202d, 'LEFT-TO-RIGHT OVERRIDE'],
  [0x202e, 'RIGHT-TO-LEFT OVERRIDE'],
  [0x2060, 'WORD JOINER'],
  [0x2061, 'FUNCTION APPLICATION'],
  [0x2062, 'INVISIBLE TIMES'],
  [0x2063, 'INVISIBLE SEPARATOR'],
  [0x2064, 'INVISIBLE PLUS'],
  [0x2066, 'LEFT-TO-RIGHT ISOLATE'],
  [0x2067, 'RIGHT-TO-LEFT ISOLATE'],
  [0x2068, 'FIRST STRONG ISOLATE'],
  [0x2069, 'POP DIRECTIONAL ISOLATE'],
  [0x27e8, 'LEFT ANGLE BRACKET'],
  [0x2800, 'BRAILLE PATTERN BLANK'],
  [0x3164, 'HANGUL FILLER'],
  [0xfeff, 'ZERO WIDTH NO-BREAK SPACE'],
  [0xffa0, 'HALFWIDTH HANGUL FILLER'],
  [0xe0001, 'LANGUAGE TAG'],
  [0xe007f, 'CANCEL TAG'],
]);
