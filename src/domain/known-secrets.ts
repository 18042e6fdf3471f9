import { replaceSpans, type Span } from './span.ts';

/** Shortest piece worth searching for: shorter ones would match ordinary text everywhere. */
const MIN_FORM = 4;
/** Shortest line of a secret of several lines that is a secret on its own. */
const MIN_LINE = 16;

/**
 * Every form a secret is looked for in: plain, as JSON escapes it, percent-encoded, and base64 and
 * base64url at each of the three byte alignments (the middle of a longer encoding, `user:secret`,
 * has no fixed beginning). Of a secret of several lines, such as a private key in PEM, each line too:
 * programs print line by line. Longest first.
 */
export function secretForms(secret: string): readonly string[] {
  const forms = new Set<string>([secret, JSON.stringify(secret).slice(1, -1)]);
  const bytes = Buffer.from(secret);
  for (const percent of percentForms(secret.toWellFormed())) {
    forms.add(percent);
    forms.add(percent.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()));
    forms.add(percent.replaceAll('%20', '+'));
  }
  forms.add([...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
  forms.add([...bytes].map((byte) => `%${hexByte(byte)}`).join(''));
  for (const lead of [0, 1, 2]) {
    const text = base64At(bytes, lead);
    if (text.length < MIN_FORM + 2) continue;
    forms.add(text);
    forms.add(text.replaceAll('+', '-').replaceAll('/', '_'));
  }
  for (const line of linesOf(secret)) for (const form of secretForms(line)) forms.add(form);
  return [...forms].filter((form) => form.length >= MIN_FORM).sort((a, b) => b.length - a.length);
}

/**
 * A text percent-encoded as programs do it, who differ in what they leave as it is: `!'()*`, a slash,
 * what has a meaning in a URL, `~`. For a text of letters and digits they are one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-2.2
 * @see https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set
 */
function percentForms(text: string): readonly string[] {
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (mark) => `%${hexByte(mark.charCodeAt(0))}`);
  return [
    component,
    strict,
    strict.replaceAll('%2F', '/'),
    encodeURI(text),
    new URLSearchParams([['', text]]).toString().slice(1),
  ];
}

/** The lines of a key, not those that are prose, JSON or a label; line ends may be escaped, as in JSON. */
function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n|\\n/);
  return lines.length === 1
    ? []
    : lines.filter((line) => line.length >= MIN_LINE && !/\s/.test(line));
}

const hexByte = (byte: number) => byte.toString(16).padStart(2, '0').toUpperCase();

/** The base64 characters that depend on `bytes` alone when `lead` bytes stand before them. */
function base64At(bytes: Buffer, lead: number): string {
  const text = Buffer.concat([Buffer.alloc(lead), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const from = lead === 0 ? 0 : lead + 1;
  const spare = (lead + bytes.length) % 3;
  return text.slice(from, spare === 0 ? undefined : -1);
}

const prepared = new WeakMap<readonly string[], readonly string[]>();

/** All forms of all secrets, computed once per list. */
export function knownForms(secrets: readonly string[]): readonly string[] {
  const known = prepared.get(secrets);
  if (known !== undefined) return known;
  const forms = [...new Set(secrets.flatMap(secretForms))].sort((a, b) => b.length - a.length);
  prepared.set(secrets, forms);
  return forms;
}

/** Where a text holds any of these forms. */
export function findKnown(text: string, forms: readonly string[]): readonly Span[] {
  const spans: Span[] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
      spans.push({ start: at, end: at + form.length, kind: 'known' });
    }
  }
  return spans;
}

/** Where a text that was broken off ends in the beginning of one of these forms. */
export function findBrokenOff(text: string, forms: readonly string[]): readonly Span[] {
  const longest = forms[0]?.length ?? 0;
  for (
    let start = Math.max(0, text.length - longest);
    start <= text.length - MIN_FORM;
    start += 1
  ) {
    const tail = text.slice(start);
    if (forms.some((form) => form.startsWith(tail))) {
      return [{ start, end: text.length, kind: 'known' }];
    }
  }
  return [];
}

/**
 * A text up to `limit` with every one of these forms written as `[redacted:known]`. One that begins
 * before the limit is replaced whole: hand in as much more text as the longest form is long.
 */
export const replaceKnown = (
  text: string,
  forms: readonly string[],
  limit: number = text.length,
): string => replaceSpans(text, findKnown(text, forms), Math.min(limit, text.length));
