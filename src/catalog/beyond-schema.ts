import type { ItemFlag } from '../domain/item-flag.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';

/** How much of a description is read, characters. */
const MAX_READ = 32_768;
/** Names that are collected from schemas. */
const MAX_NAMES = 10_000;

/** A quoted identifier beside a word for a parameter, before or after it. Each repetition is bounded. */
const NAMED =
  /(?:\b(?:parameter|param|argument|arg|field|as|in)s?\s{1,3}(?:named|called|the)?\s{0,3}[`'"]([A-Za-z_][\w.-]{0,63})[`'"])|(?:[`'"]([A-Za-z_][\w.-]{0,63})[`'"]\s{1,3}(?:parameter|param|argument|arg|field)\b)/g;

/**
 * The first parameter that a description tells of and no schema of the definition has.
 *
 * Attack: a description has the model pass `sidenote`, which the person who reads the schema does not
 * find there.
 */
export function beyondSchema(definition: JsonObject): ItemFlag | undefined {
  const description = stringMember(definition, 'description');
  if (description === undefined) return undefined;
  const known = namesIn(definition);
  if (known === undefined) return undefined;
  for (const [, before, after] of description.slice(0, MAX_READ).matchAll(NAMED)) {
    const name = before ?? after ?? '';
    if (known.has(name) || known.has(name.split('.')[0] ?? '')) continue;
    return { kind: 'beyond_schema', at: '/description', found: name, isBlocking: false };
  }
  return undefined;
}

/**
 * Every name and text of an item's schemas, and its own name; `undefined` when there are too many to
 * say what is not among them.
 */
export function namesIn(definition: JsonObject): ReadonlySet<string> | undefined {
  const known = new Set<string>([stringMember(definition, 'name') ?? '']);
  let isWhole = true;
  const collect = (value: Json | undefined): void => {
    if (known.size > MAX_NAMES) isWhole = false;
    else if (typeof value === 'string') known.add(value);
    else if (Array.isArray(value)) for (const item of value) collect(item);
    else if (isJsonObject(value)) {
      for (const name of Object.keys(value)) {
        known.add(name);
        collect(member(value, name));
        if (!isWhole) return;
      }
    }
  };
  for (const at of ['inputSchema', 'outputSchema', 'arguments'] as const)
    collect(member(definition, at));
  return isWhole ? known : undefined;
}
