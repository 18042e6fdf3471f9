import { replaceUnseen } from '../domain/unseen.ts';

const asEscape = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** One line that is safe on a terminal: what cannot be seen or would act is written as `\u{…}`. */
export const printable = (text: string): string => replaceUnseen(text, asEscape);

/** As `printable`, but keeps line feeds and tabs: for text that is itself several lines. */
export const printableLines = (text: string): string =>
  replaceUnseen(text, (character) =>
    character === '\n' || character === '\t' ? character : asEscape(character),
  );
