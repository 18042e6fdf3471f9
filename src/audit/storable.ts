import type { Json, JsonObject } from '../domain/json.ts';
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
  for (const key of Object.keys(value)) {
    const item: unknown = (value as { readonly [key: string]: unknown })[key];
    if (item !== undefined) members.push([key.toWellFormed(), convert(item, depth + 1)]);
  }
  return Object.fromEntries(members) as JsonObject;
}
