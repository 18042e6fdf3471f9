/** Characters that something is covered with; digits, `hxxp` and what is not ASCII may be part of it too. */
export const COVERING = '\\&+[({';
/** What one of these signs takes: most texts have none of it, and are told in a tenth of the time. */
const MAY_COVER = /[\\&+[({\x80-\uffff]|[a-z]{2}\d\d\s|hxxp/i;
/** Signs that a text has something to uncover; one in ASCII has none that nobody sees. */
const COVERED_ASCII = /[\\&+]|[[({]\s?(?:at|dot|punkt)\s?[\])}]|\bhxxp|\b[a-z]{2}\d{2}\s/i;
const COVERED = /[\\&+\p{Cf}]|[[({]\s?(?:at|dot|punkt)\s?[\])}]|\bhxxp|\b[A-Za-z]{2}\d{2}\s/iu;

const ESCAPED =
  /\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|\\x([0-9a-f]{2})|&#x([0-9a-f]{1,6});?|&#(\d{1,7});?/gi;
const AT_SIGN = /&commat;|\s?[[({]\s?at\s?[\])}]\s?/gi;
const DOT = /&period;|\s?[[({]\s?(?:dot|punkt)\s?[\])}]\s?/gi;
/** `AT61 1904 3002 3457 3201`, `+43 (1) 234 56-78`. */
const SPACED_ACCOUNT = /\b[A-Z]{2}\d{2}(?:[ \u00a0-](?=[A-Z]{0,4}\d)[A-Z0-9]{2,5}){2,8}\b/gi;
const SPACED_NUMBER = /\+\d{1,3}(?:[ \u00a0()/.-]{1,2}\d{1,8}){2,6}/g;

/**
 * A text as a model reads it, where destinations stand: escapes and entities undone, characters that
 * nobody sees left out, `(at)` and `[dot]` as what they stand for, numbers of accounts and telephones
 * in one piece.
 *
 * Attack: a result writes where to send something in a way that the model undoes and a pattern does not.
 */
export function uncovered(text: string): string {
  if (!MAY_COVER.test(text)) return text;
  if (!(/[\x80-\uffff]/.test(text) ? COVERED : COVERED_ASCII).test(text)) return text;
  return text
    .replace(ESCAPED, (whole, ...codes: (string | undefined)[]) => {
      const [u, braced, x, hex, decimal] = codes;
      const code = Number(decimal ?? `0x${u ?? braced ?? x ?? hex ?? ''}`);
      return code > 0x1f && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .replace(/\p{Cf}/gu, '')
    .replace(AT_SIGN, '@')
    .replace(DOT, '.')
    .replace(/\bhxxp/gi, 'http')
    .replace(SPACED_ACCOUNT, inOnePiece)
    .replace(SPACED_NUMBER, inOnePiece);
}

const inOnePiece = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '');
