import { findRandomWords } from '../audit/random-words.ts';
import { isSecretKey } from '../audit/secret-keys.ts';
import { findShapes } from '../audit/secret-shapes.ts';
import type { Span } from '../domain/span.ts';
import type { ServerWords } from './init-ports.ts';

/** A secret in an entry: what it is called after, and its value. */
export interface FoundSecret {
  /** Where it stood, as a word: a variable, a header, a flag, `url`. */
  readonly label: string;
  readonly value: string;
}

/** Puts something in the place of a secret: a reference. */
export type ReplaceSecret = (secret: FoundSecret) => string;

/** What a person typed for `${input:ID}`, by id. Always a secret: clients hide most of them. */
export type Inputs = ReadonlyMap<string, string>;

const NO_INPUTS: Inputs = new Map();

/**
 * Rewrites an entry with every secret it is recognised to hold replaced. Told by the name of what it is
 * given for, or by its shape; references are left alone. Errs towards a secret: one that is none is
 * read back as it was. What is not recognised stays in the configuration, which only its owner reads.
 */
export function replaceSecrets(
  entry: ServerWords,
  replace: ReplaceSecret,
  inputs: Inputs = NO_INPUTS,
): ServerWords {
  const swap = swapper(replace, inputs);
  if ('url' in entry) {
    return {
      type: 'http',
      url: swap(entry.url, 'url', urlSpans(entry.url)),
      headers: mapped(entry.headers, (name, value) =>
        swap(value, name, saysSecret(name) ? afterScheme(value) : shapes(value)),
      ),
    };
  }
  const { args } = entry;
  return {
    command: entry.command,
    args: args.map((arg, at) => {
      const { label, spans } = argument(arg, args[at - 1]);
      return swap(arg, label ?? `arg${at + 1}`, spans);
    }),
    env: mapped(entry.env, (name, value) =>
      swap(value, name, isNamedSecret(name, value) ? whole(value) : shapes(value)),
    ),
    ...(entry.cwd === undefined ? {} : { cwd: entry.cwd }),
  };
}

/** Every secret an entry is recognised to hold. */
export function secretsOf(entry: ServerWords): readonly FoundSecret[] {
  const found: FoundSecret[] = [];
  replaceSecrets(entry, (secret) => {
    found.push(secret);
    return '';
  });
  return found;
}

/** An entry with its secrets and whatever stands for one blotted out, to compare it with another. */
export const withoutSecrets = (entry: ServerWords): ServerWords =>
  replaceSecrets(entry, () => '\0');

const whole = (text: string): readonly Span[] => [{ start: 0, end: text.length, kind: 'named' }];

/** The credential of `Bearer …`, without its scheme: that is no secret and tells what the rest is. */
function afterScheme(value: string): readonly Span[] {
  const start = /^[A-Za-z][\w-]{0,31} +(?=\S)/.exec(value)?.[0].length ?? 0;
  return isPlain(value.slice(start)) ? [] : [{ start, end: value.length, kind: 'named' }];
}

/** By shape, and words that look generated, unless they are parts of a path: those belong into results. */
const shapes = (text: string): readonly Span[] =>
  /^[a-z][\w+.-]*:\/\//i.test(text)
    ? urlSpans(text)
    : [...findShapes(text), ...(/[\s/\\]/.test(text) ? [] : findRandomWords(text))];

function argument(
  arg: string,
  before: string | undefined,
): { readonly label?: string; readonly spans: readonly Span[] } {
  // `--api-key=X`, `API_KEY=X` as `docker run -e` takes it, and a header: `X-Key: X`.
  const assigned = /^-{0,2}([A-Za-z][\w.-]{0,63})(?:=|: *)(.+)$/s.exec(arg);
  const [, name = '', value = ''] = assigned ?? [];
  if (assigned !== null && isNamedSecret(name, value)) {
    return {
      label: name,
      spans: [{ start: arg.length - value.length, end: arg.length, kind: 'named' }],
    };
  }
  const flag = /^--?([A-Za-z][\w.-]{0,63})$/.exec(before ?? '')?.[1];
  if (flag !== undefined && !arg.startsWith('-') && isNamedSecret(flag, arg)) {
    return { label: flag, spans: whole(arg) };
  }
  return { spans: shapes(arg) };
}

/** Whether a name says its value is a secret, and the value does not say otherwise. */
const isNamedSecret = (name: string, value: string): boolean => saysSecret(name) && !isPlain(value);

/** In an entry also `OPENAI_KEY`, `github-pat`, `myKey`: what ends so is seldom anything else there. */
const saysSecret = (name: string): boolean =>
  isSecretKey(name) ||
  /(?:^|[^A-Za-z]|[a-z0-9](?=[A-Z]))(?:[Kk]ey|KEY|[Pp]at|PAT|[Cc]reds?|CREDS?|[Ww]ebhook|WEBHOOK)$/.test(
    name,
  );

/** A switch, a count, a path or a bare address: no secret, whatever it is given for. */
const isPlain = (value: string): boolean =>
  /^(?:|true|false|yes|no|on|off|none|null|\d{1,5})$/i.test(value) ||
  /^(?:[/~]|\.\.?[/\\]|[A-Za-z]:[/\\])/.test(value) ||
  /^https?:\/\/[^@?#]*$/i.test(value);

/** In an address: user and password, parameters named for a secret, and generated parts of the path. */
function urlSpans(url: string): readonly Span[] {
  const spans: Span[] = [...findShapes(url)];
  const queryAt = url.search(/[?#]/);
  for (const match of url.matchAll(/[?&#]([^=&#]{1,64})=([^&#]+)/dg)) {
    const [start, end] = match.indices?.[2] ?? [0, 0];
    if (isNamedSecret(match[1] ?? '', match[2] ?? '')) spans.push({ start, end, kind: 'named' });
  }
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  for (const match of path.matchAll(/(?<=[^:/]\/)[^/]+/g)) {
    if (findRandomWords(match[0]).length === 0) continue;
    spans.push({ start: match.index, end: match.index + match[0].length, kind: 'random' });
  }
  return spans;
}

/** What a client asks its person for, as an entry's texts name it. */
export const inputIdsOf = (entry: ServerWords): readonly string[] => [
  ...new Set(
    [...JSON.stringify(entry).matchAll(/\$\{input:([^}"\\]+)\}/g)].map(([, id = '']) => id),
  ),
];

/** Replaces spans of a text, those that touch a reference left out, those that overlap joined. */
function swapper(replace: ReplaceSecret, inputs: Inputs) {
  return (text: string, label: string, spans: readonly Span[]): string => {
    const references = [...text.matchAll(/\$\{([^}]*)\}?/g)].map(
      ({ index, 0: found, 1: inner = '' }) => ({
        start: index,
        end: index + found.length,
        label: inner.replace(/^input:/, ''),
        value: inner.startsWith('input:') ? inputs.get(inner.slice('input:'.length)) : undefined,
      }),
    );
    const secrets = joined(spans)
      .filter(({ start, end }) => !references.some((one) => start < one.end && one.start < end))
      .flatMap((span) => secretIn(text, span) ?? [])
      .map((span) => ({ ...span, label, value: text.slice(span.start, span.end) }));
    let out = '';
    let at = 0;
    for (const one of [...secrets, ...references].sort((a, b) => a.start - b.start)) {
      if (one.value === undefined) continue;
      out += text.slice(at, one.start) + replace({ label: one.label, value: one.value });
      at = one.end;
    }
    return out + text.slice(at);
  };
}

/** The secret of a span, without the scheme before it and the line breaks after it. */
function secretIn(text: string, { start, end }: Piece): Piece | undefined {
  const [, scheme = '', value = ''] =
    /^((?:(?:bearer|basic|token|apikey)\s+)?)([\s\S]*?)[\r\n]*$/i.exec(text.slice(start, end)) ??
    [];
  const from = start + scheme.length;
  return value === '' ? undefined : { start: from, end: from + value.length };
}

type Piece = Pick<Span, 'start' | 'end'>;

function joined(spans: readonly Span[]): readonly Piece[] {
  const out: { start: number; end: number }[] = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (end <= start) continue;
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else out.push({ start, end });
  }
  return out;
}

const mapped = (
  record: Readonly<Record<string, string>>,
  map: (name: string, value: string) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(name, value)]));
