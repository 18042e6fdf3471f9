/**
 * Characters that move a terminal's cursor, reorder its line or cannot be seen: controls (C0, C1,
 * DEL), line and paragraph separators, formats (bidi, zero width, tags), surrogates on their own,
 * private use, and variation selectors and fillers (default ignorable).
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const asEscape = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** One line that is safe on a terminal: what cannot be seen or would act is written as `\u{…}`. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, asEscape);

/** As `printable`, but keeps line feeds and tabs: for text that is itself several lines. */
export const printableLines = (text: string): string =>
  text.replace(UNPRINTABLE, (character) =>
    character === '\n' || character === '\t' ? character : asEscape(character),
  );

/** JSON text that is safe on a terminal and still the same JSON: such characters as `\uXXXX`. */
export const printableJson = (json: string): string =>
  json.replace(UNPRINTABLE, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
  );
