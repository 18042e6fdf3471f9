import { replaceUnseen } from '../domain/unseen.ts';

/**
 * Writes characters people cannot see as `\u` escapes, so that a logged text is one honest line.
 *
 * Attacks: false lines in a log, sequences that drive a terminal, text that only a machine reads.
 */
export const escapeText = (text: string): string =>
  replaceUnseen(text.toWellFormed(), (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
  });
