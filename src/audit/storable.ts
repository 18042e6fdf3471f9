import {
  canonicalJson,
  canonicalName,
  canonicalString,
  inOrder,
} from '../domain/canonical-json.ts';
import type { Json } from '../domain/json.ts';
import { isRawNumber } from '../domain/raw-number.ts';

const MAX_DEPTH = 64;

/**
 * Turns a value into one whose canonical text reads back as the same value, so that an event can be
 * proven from what is stored.
 *
 * Lone surrogates become U+FFFD and numbers kept as text become strings: otherwise a client could
 * keep its refusals out of the log by sending what has no canonical form. Nesting beyond 64 levels
 * is replaced. Members without a value are left out.
 */
export function storable(value: unknown): Json {
  return convert(value, 0);
}

function convert(value: unknown, depth: number): Json {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (isRawNumber(value)) return value.rawJSON;
  if (typeof value !== 'object') return null;
  if (depth >= MAX_DEPTH) return '[nested too deeply]';
  if (Array.isArray(value)) return value.map((item) => convert(item, depth + 1));
  const members: [string, Json][] = [];
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined) members.push([name.toWellFormed(), convert(item, depth + 1)]);
  }
  return Object.fromEntries(members);
}

/**
 * The canonical text of what `storable` makes of a value, in one pass.
 *
 * @param depth of the value in what is stored.
 */
export function storableText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return canonicalString(value.toWellFormed());
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return 'null';
  if (isRawNumber(value)) return JSON.stringify(value.rawJSON);
  if (depth >= MAX_DEPTH) return '"[nested too deeply]"';
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${storableText(item, depth + 1)}`;
    return `[${text}]`;
  }
  const keys = Object.keys(value);
  // Made well, two of them may be one.
  if (!keys.every(isWellFormed)) return canonicalJson(convert(value, depth));
  for (const key of inOrder(keys)) {
    const item: unknown = (value as { readonly [key: string]: unknown })[key];
    if (item === undefined) continue;
    text += `${text === '' ? '' : ','}${canonicalName(key)}${storableText(item, depth + 1)}`;
  }
  return `{${text}}`;
}

const isWellFormed = (text: string): boolean => text.isWellFormed();
