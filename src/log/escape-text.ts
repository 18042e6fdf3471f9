/**
 * C0 and C1 controls (CR, LF, ESC …), zero width, bidi, line separators, byte order mark, and tag
 * characters: what breaks a log into false lines, drives a terminal, or cannot be seen.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** Writes characters people cannot see as `\u` escapes, so that a logged text is one honest line. */
export const escapeText = (text: string): string =>
  text.toWellFormed().replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
  });
