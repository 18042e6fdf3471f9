import type { Json, JsonObject } from '../domain/json.ts';
import { findKnown, knownForms, replaceKnown } from '../domain/known-secrets.ts';
import { isRawNumber } from '../domain/raw-number.ts';
import { replaceSpans } from '../domain/span.ts';
import { spellingOf } from '../domain/spelling.ts';
import { findRandomWords } from './random-words.ts';
import { isSecretKey } from './secret-keys.ts';
import { findCards, findShapes } from './secret-shapes.ts';

/** What the audit keeps of a call's arguments (`audit.arguments`); their HMAC in all modes but `none`. */
export type ArgumentsMode = 'redacted' | 'digest' | 'full' | 'none';

const MAX_TEXT = 256;
const MAX_KEY = 128;
const MAX_DEPTH = 16;
const MAX_ITEMS = 1_000;
/** Looked at beyond a cut, so that what begins before it is seen whole. */
const MARGIN = 1_024;

/**
 * Makes the copy of a call's arguments that the audit keeps.
 *
 * `redacted` keeps structure, names and short ordinary values; what is under a secret's name, has a
 * secret's shape, looks generated, is a card's number, or is a known secret in any encoding becomes
 * `[redacted:<kind>]`, names of members included. Strings beyond 256 characters are cut, nesting
 * beyond 16 and items beyond 1,000 left out, each with a note. `full` removes known secrets only.
 * `digest` and `none` keep nothing.
 */
export function redactArguments(
  args: Json,
  mode: ArgumentsMode,
  knownSecrets: readonly string[],
): Json | undefined {
  const forms = knownForms(knownSecrets);
  switch (mode) {
    case 'digest':
    case 'none':
      return undefined;
    case 'full':
      return withoutKnown(args, forms);
    case 'redacted':
      return redact(args, { forms, left: MAX_ITEMS }, 0);
  }
}

interface Budget {
  readonly forms: readonly string[];
  left: number;
}

function redact(value: Json, budget: Budget, depth: number): Json {
  budget.left -= 1;
  if (typeof value === 'string') return cleanText(value, budget.forms, MAX_TEXT);
  if (typeof value === 'number') return hideNumber(String(value), budget.forms) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  if (isRawNumber(value)) {
    const text = value.rawJSON.slice(0, MAX_TEXT);
    return hideNumber(text, budget.forms) ?? text;
  }
  if (depth >= MAX_DEPTH) return '[nested too deeply]';
  return Array.isArray(value)
    ? redactItems(value, budget, depth)
    : redactMembers(value as JsonObject, budget, depth);
}

function redactItems(items: readonly Json[], budget: Budget, depth: number): Json {
  const out: Json[] = [];
  for (const [index, item] of items.entries()) {
    if (budget.left <= 0) return [...out, `[${items.length - index} more]`];
    const before = items[index - 1];
    const isNamed = index === 1 && items.length === 2 && typeof before === 'string';
    out.push(isNamed && isSecretKey(before) ? hide(item) : redact(item, budget, depth + 1));
  }
  return out;
}

function redactMembers(object: JsonObject, budget: Budget, depth: number): Json {
  const out = new Map<string, Json>();
  const isPair = namesSecret(object);
  const names = Object.keys(object);
  for (const [index, name] of names.entries()) {
    if (budget.left <= 0) {
      out.set('[cut]', `${names.length - index} more`);
      break;
    }
    const item = object[name] ?? null;
    const isHidden = isSecretKey(name) || (isPair && VALUE_NAMES.has(name.toLowerCase()));
    const shown = cleanText(name, budget.forms, MAX_KEY);
    const key = out.has(shown) ? `${shown} (${index})` : shown;
    out.set(key, isHidden ? hide(item) : redact(item, budget, depth + 1));
  }
  return Object.fromEntries(out);
}

const NAME_NAMES = ['name', 'key', 'header', 'field', 'variable', 'id', 'label', 'type'];
const VALUE_NAMES = new Set(['value', 'val', 'values', 'content', 'default', 'data', 'text']);

/** `{ "name": "password", "value": … }`: the name of the secret is itself a value. */
const namesSecret = (object: JsonObject): boolean =>
  NAME_NAMES.some((name) => {
    const label = Object.hasOwn(object, name) ? object[name] : undefined;
    return typeof label === 'string' && isSecretKey(label);
  });

const hide = (value: Json): Json =>
  value === null || typeof value === 'boolean' || value === '' ? value : '[redacted:key]';

const cleanNumber = (text: string, forms: readonly string[]): string | undefined =>
  findKnown(text, forms).length > 0 ? '[redacted:known]' : undefined;

const hideNumber = (text: string, forms: readonly string[]): string | undefined =>
  cleanNumber(text, forms) ?? (findCards(text).length > 0 ? '[redacted:card]' : undefined);

function cleanText(text: string, forms: readonly string[], limit: number): string {
  const window = text.slice(0, limit + Math.max(MARGIN, forms[0]?.length ?? 0));
  const spans = [
    ...findKnown(window, forms),
    ...findShapes(window),
    ...findRandomWords(window),
    ...findCards(window),
  ];
  if (spans.length === 0 && text.length <= limit) return text.toWellFormed();
  const shown = replaceSpans(window, spans, Math.min(limit, window.length)).toWellFormed();
  return text.length > limit ? `${shown}… [${text.length} characters]` : shown;
}

/** Attack: a number spelled as a secret of digits is another one once it is read: `12345.0`. */
function withoutKnown(value: Json, forms: readonly string[]): Json {
  const clean = scrubKnown(value, forms);
  const spelling = clean === value ? spellingOf(value) : undefined;
  if (spelling === undefined || findKnown(spelling, forms).length === 0) return clean;
  return { ...(value as JsonObject) };
}

/** A value that holds none of them stays the object it is. */
function scrubKnown(value: Json, forms: readonly string[]): Json {
  if (typeof value === 'string') return replaceKnown(value, forms);
  if (typeof value === 'number') return cleanNumber(String(value), forms) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  if (isRawNumber(value)) return cleanNumber(value.rawJSON, forms) ?? (value as Json);
  if (Array.isArray(value)) {
    const items = value.map((item) => scrubKnown(item, forms));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  const object = value as JsonObject;
  let isClean = true;
  const members = Object.entries(object).map(([name, item]): [string, Json] => {
    const clean: [string, Json] = [replaceKnown(name, forms), scrubKnown(item, forms)];
    isClean &&= clean[0] === name && clean[1] === item;
    return clean;
  });
  return isClean ? object : Object.fromEntries(members);
}
