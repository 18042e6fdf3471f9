import type { Span } from '../domain/span.ts';
import { findRandomWords } from './random-words.ts';

/** What a text is if the expression, which is global, matches. */
type Shape = readonly [kind: string, pattern: RegExp];

/**
 * Texts that are secrets by their shape. Every repetition is bounded or followed by nothing that it
 * could give back to, so that matching stays linear in the text.
 */
const SHAPES: readonly Shape[] = [
  ['pem', /-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g],
  ['jwt', /eyJ[\w-]{4,}(?:\.[\w-]*){1,4}/g],
  ['github', /(?:gh[a-z]_|github_pat_)\w{16,}/g],
  ['gitlab', /gl[a-z]{2,8}-[\w-]{10,}/g],
  ['api-key', /\b(?:sk|pk|rk|ak|api|key|pat|tok|tskey|whsec|secret)[-_][\w-]{16,}/gi],
  ['stripe', /\b(?:sk|pk|rk)_(?:live|test)_\w{8,}/g],
  ['slack', /(?:xox[a-z]|xapp|xwfp)(?:\.[a-z0-9]{1,8})?-[\w-]{8,}/gi],
  ['slack', /hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/-]+/g],
  ['aws', /\b(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}/g],
  ['google', /AIza[\w-]{20,}|\bya29\.[\w-]{8,}|GOCSPX-[\w-]{10,}/g],
  ['package-registry', /npm_\w{20,}|pypi-[\w-]{16,}|rubygems_\w{16,}|dckr_[a-z]{3}_[\w-]{16,}/g],
  ['sendgrid', /\bSG\.[\w-]{10,}\.[\w-]{10,}/g],
  ['shopify', /\bshp[a-z]{2}_\w{16,}/g],
  ['vault', /\bhv[sbr]\.[\w-]{16,}/g],
  ['age', /AGE-SECRET-KEY-1\w{16,}/gi],
  [
    'vendor',
    /\b(?:hf|dop_v1|doo_v1|lin_api|glsa|sbp|figd|ntn|xkeysib|PMAK|EAAC|ATATT|ATCTT|lsv2|r8|gsk|xai|fal|nvapi|ops|phc|dapi)[_-]?[\w-]{20,}/g,
  ],
  ['bearer', /\b(?:bearer|apikey)\s{1,4}[\w.~+/=-]{6,}/gi],
  ['basic', /\bbasic\s{1,4}(?=[a-z]{0,64}[0-9+/=A-Z])[\w+/=-]{8,}/gi],
];

const NAMES =
  'pass(?:word|wd|phrase|code)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth(?:orization)?|cookie|credentials?|signature|sig';

/** `password=x`, `"token": "x"`, `--secret x`, `//user:x@`: only the last group is secret. */
const ASSIGNMENTS: readonly Shape[] = [
  [
    'assignment',
    new RegExp(
      `(?:${NAMES})[\\w-]{0,24}[\\\\"'\\]]{0,3}\\s{0,4}(?:=>|:=|[=:])\\s{0,4}[\\\\"']{0,3}((?:(?:bearer|basic|token)\\s{1,4})?[^\\s"'&;,\\\\]{1,512})`,
      'dgi',
    ),
  ],
  [
    'assignment',
    new RegExp(
      `(?:^|\\s)--?[\\w-]{0,24}(?:${NAMES})[\\w-]{0,24}\\s{1,4}["']?([^\\s"']{1,512})`,
      'dgi',
    ),
  ],
  ['assignment', /\bidentified by\s{1,4}["']([^"']{1,512})/dgi],
  ['assignment', /[?&](?:key|code|sig|auth)=([^\s&#"']{1,512})/dgi],
  ['url', /(?:^|\s)(?:-u|--user)\s{1,4}["']?([^\s:"']{0,128}:[^\s"']{1,512})/dg],
];

/** Of these, names of files and places have the form too: `api_reference-of-everything`. */
const ALSO_NAMES: ReadonlySet<string> = new Set(['api-key', 'bearer', 'basic']);

/** What a URI has a place for: a person before the host, and a value under a name. */
const OF_URIS: readonly Shape[] = [
  ...ASSIGNMENTS.filter(([kind]) => kind === 'url'),
  [
    'assignment',
    new RegExp(`[?&;#][\\w.-]{0,24}(?:${NAMES})[\\w.-]{0,24}=([^\\s&;#]{1,512})`, 'dgi'),
  ],
  ['assignment', /[?&;#](?:key|code|auth)=([^\s&;#]{1,512})/dgi],
];

/** Some shapes, and one expression that matches wherever one of them does. */
interface ShapeSet {
  readonly shapes: readonly Shape[];
  readonly any: RegExp;
}

/** Their own sources, and no summary of them: it cannot miss what one of them finds. */
const setOf = (shapes: readonly Shape[]): ShapeSet => ({
  shapes,
  any: new RegExp(shapes.map(([, { source }]) => source).join('|'), 'i'),
});

const ALL = setOf([...SHAPES, ...ASSIGNMENTS]);
const TOKENS = setOf(SHAPES);
const ALL_OF_URIS = setOf([...SHAPES.filter(([kind]) => !ALSO_NAMES.has(kind)), ...OF_URIS]);

/** As `findShapes`, where a text is a URI: it names a thing, and stays readable where it holds no secret. */
export const findUriSecrets = (uri: string): readonly Span[] => [
  ...findIn(uri, ALL_OF_URIS),
  ...findUsers(uri),
];

/**
 * As `findShapes`, where a text is a name or an id: of tokens only those that also look generated, since
 * names have such shapes.
 */
export const findTokens = (name: string): readonly Span[] => [
  ...findIn(name, TOKENS).filter(
    ({ start, end }) => findRandomWords(name.slice(start, end)).length > 0,
  ),
  ...findUsers(name),
];

/** Where a text holds something that is a secret by its shape or by what stands before it. */
export const findShapes = (text: string): readonly Span[] => [
  ...findIn(text, ALL),
  ...findUsers(text),
];

/** Digits as on a card, in groups or not. */
const CARD = /(?<![\d.])\d(?:[ -]?\d){14,15}(?![\d.])/g;
const MIN_CARD = 15;
/** Of the networks whose numbers have 15 or 16 digits. */
const NETWORK = /^(?:3[47]\d{13}|(?:4\d|5[1-5]|2[2-7]|35|64|65)\d{14}|6011\d{12})$/;

/** Where a text holds the number of a payment card: its network's digits, and the right last one. */
export const findCards = (text: string): readonly Span[] =>
  text.length < MIN_CARD
    ? []
    : [...text.matchAll(CARD)]
        .filter(([digits]) => isCard(digits.replace(/[ -]/g, '')))
        .map(({ 0: { length }, index }) => ({ start: index, end: index + length, kind: 'card' }));

/** Luhn's check. */
function isCard(digits: string): boolean {
  if (!NETWORK.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const MAX_USER = 256;
const MAX_PASSWORD = 512;
/** Ends a user, and what may not stand in one at all. */
const NO_USER = /[\s/@:?#"']/g;
const ENDS_USER = /[\s@"']/g;
const PORT = /^:\d{1,5}\//;

/**
 * Who an address says is asking: `user:password` or `token` between `://` and `@`. Without an expression:
 * each beginning of an address would look five hundred characters ahead for the `@`.
 */
function findUsers(text: string): readonly Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 1)) {
    const start = at + 3;
    if (end < start) end = nextOf(ENDS_USER, text, start);
    if (text[end] !== '@' || end - start > MAX_USER + 1 + MAX_PASSWORD) continue;
    const stop = nextOf(NO_USER, text, start);
    const isUser = stop === end && end > start;
    const isPassword =
      text[stop] === ':' &&
      end - stop > 1 &&
      end - stop <= MAX_PASSWORD + 1 &&
      !PORT.test(text.slice(stop, stop + 7));
    if (stop - start > MAX_USER || !(isUser || isPassword)) continue;
    spans.push({ start, end, kind: 'url' });
    at = end;
  }
  return spans;
}

/** Where the next character of a class stands; the text's length where there is none. */
function nextOf(one: RegExp, text: string, from: number): number {
  one.lastIndex = from;
  return one.exec(text)?.index ?? text.length;
}

/** Of an expression with groups, only the last is secret. Most texts are names and hold none of them. */
function findIn(text: string, { shapes, any }: ShapeSet): readonly Span[] {
  if (!any.test(text)) return [];
  const spans: Span[] = [];
  for (const [kind, pattern] of shapes) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const [start, end] = match.indices?.at(-1) ?? [match.index, match.index + match[0].length];
      spans.push({ start, end, kind });
    }
  }
  return spans;
}
