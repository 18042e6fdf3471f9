const MINUS = 0x2d;
/** Characters of a number without an exponent that a double may change; a shorter one it never does. */
const MIN_LOSSY = 12;

/** A number this long, or with an exponent this large, may not fit into a double. */
const MAY_LOSE_DIGITS = /\d[\d.]{15}|\d\.\d{10}|[eE][+-]?\d{3}/;

/** Whether a UTF-16 unit is one of a number's: digits, `.`, `+`, `-`, `e`, `E`. */
export const isOfNumber = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  code === 0x2e ||
  code === 0x2b ||
  code === MINUS ||
  isExponent(code);

const isExponent = (code: number): boolean => code === 0x65 || code === 0x45;

/** Where the JSON number that stands at `start` ends. */
export function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (isOfNumber(text.charCodeAt(at))) at += 1;
  return at;
}

/** Whether the number in `[start, end)` may lose digits when it is read as a double. It may not, too. */
export function mayLoseDigits(text: string, start: number, end: number): boolean {
  let isSuspect = end - start >= MIN_LOSSY;
  for (let at = start; at < end && !isSuspect; at += 1) isSuspect = isExponent(text.charCodeAt(at));
  return isSuspect && MAY_LOSE_DIGITS.test(text.slice(start, end));
}

/** Whether the number in `[start, end)` is a zero with a sign, which JSON is written without. */
export const isNegativeZero = (text: string, start: number, end: number): boolean =>
  text.charCodeAt(start) === MINUS && Object.is(Number(text.slice(start, end)), -0);
