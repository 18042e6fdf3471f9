import { canonicalJson } from '../domain/canonical-json.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import { isRawNumber } from '../domain/raw-number.ts';

/** Whether a value is what a schema says. `unknown`: what would have to be read is not, or it takes too long. */
export type Conformity = 'yes' | 'no' | 'unknown';

/** Steps of one check; a step is a keyword at a value, and some text compared. */
const MAX_STEPS = 200_000;
/** Schemas within each other, references followed included. */
const MAX_DEPTH = 128;
/** Characters of canonical text that cost a step. */
const STEP_CHARS = 64;

/**
 * Checks a value against a JSON Schema (2020-12, and what draft 7 wrote differently), in bounded time and
 * without running anything of the schema's: patterns, references beyond the schema and what this version
 * does not know of are `unknown`, never a violation. `no` is certain.
 *
 * Attack: a tool server writes a schema whose pattern backtracks, whose references circle, or whose check
 * fetches an address.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function checkSchema(value: Json, schema: Json): Conformity {
  return judge(value, schema, { root: schema, left: MAX_STEPS }, 0);
}

interface Budget {
  readonly root: Json;
  left: number;
}

function judge(value: Json, schema: Json, budget: Budget, depth: number): Conformity {
  if (schema === true) return 'yes';
  if (schema === false) return 'no';
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return 'unknown';
  let all: Conformity = 'yes';
  for (const keyword of Object.keys(schema)) {
    budget.left -= 1;
    if (budget.left < 0) return 'unknown';
    const one = KEYWORDS.get(keyword)?.(value, schema[keyword] as Json, schema, budget, depth);
    if (one === 'no') return 'no';
    if (one === 'unknown') all = 'unknown';
  }
  return all;
}

type Check = (
  value: Json,
  said: Json,
  schema: JsonObject,
  budget: Budget,
  depth: number,
) => Conformity;

const sure = (holds: boolean): Conformity => (holds ? 'yes' : 'no');
const not = (one: Conformity): Conformity => (one === 'yes' ? 'no' : one === 'no' ? 'yes' : one);

/** Every one holds; stops at the first that does not. */
function every(checks: Iterable<Conformity>): Conformity {
  let all: Conformity = 'yes';
  for (const one of checks) {
    if (one === 'no') return 'no';
    if (one === 'unknown') all = 'unknown';
  }
  return all;
}

/** How many hold: for certain, and at most. */
function count(checks: Iterable<Conformity>): { readonly least: number; readonly most: number } {
  let [least, most] = [0, 0];
  for (const one of checks) {
    if (one === 'yes') least += 1;
    if (one !== 'no') most += 1;
  }
  return { least, most };
}

const isNumber = (value: Json): boolean => typeof value === 'number' || isRawNumber(value);

function isOfType(value: Json, type: Json): Conformity {
  switch (type) {
    case 'null':
      return sure(value === null);
    case 'boolean':
    case 'string':
      return sure(typeof value === type);
    case 'number':
      return sure(isNumber(value));
    case 'integer':
      if (isRawNumber(value)) return /^-?\d+$/.test(value.rawJSON) ? 'yes' : 'unknown';
      return sure(Number.isInteger(value));
    case 'array':
      return sure(Array.isArray(value));
    case 'object':
      return sure(isJsonObject(value));
    default:
      return 'unknown';
  }
}

/** A value's canonical text, paid for. */
function text(value: Json, budget: Budget): string | undefined {
  try {
    const canonical = canonicalJson(value);
    budget.left -= 1 + canonical.length / STEP_CHARS;
    return canonical;
  } catch {
    return undefined;
  }
}

function isOneOf(value: Json, options: readonly Json[], budget: Budget): Conformity {
  const mine = text(value, budget);
  if (mine === undefined) return 'unknown';
  for (const option of options) {
    if (budget.left < 0) return 'unknown';
    if (text(option, budget) === mine) return 'yes';
  }
  return 'no';
}

const bound =
  (
    measure: (value: Json) => number | undefined,
    holds: (is: number, said: number) => boolean,
  ): Check =>
  (value, said) => {
    const is = measure(value);
    if (is === undefined) return 'yes';
    return typeof said === 'number' && !Number.isNaN(is) ? sure(holds(is, said)) : 'unknown';
  };

/** `NaN` for a number no double holds: its bounds are not told. */
const size = (value: Json): number | undefined =>
  typeof value === 'number' ? value : isRawNumber(value) ? Number.NaN : undefined;
const letters = (value: Json): number | undefined =>
  typeof value === 'string' ? [...value].length : undefined;
const items = (value: Json): number | undefined =>
  Array.isArray(value) ? value.length : undefined;
const members = (value: Json): number | undefined =>
  isJsonObject(value) ? Object.keys(value).length : undefined;
const least = (is: number, said: number): boolean => is >= said;
const most = (is: number, said: number): boolean => is <= said;

/** A schema that the text of a reference points at, within the same document. */
function resolve(reference: Json, root: Json): Json | undefined {
  if (typeof reference !== 'string' || reference.length > 1_024) return undefined;
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let found: Json | undefined = root;
  for (const segment of reference.slice(2).split('/')) {
    const name = decode(segment).replaceAll('~1', '/').replaceAll('~0', '~');
    found = Array.isArray(found)
      ? (found as readonly Json[])[/^\d{1,6}$/.test(name) ? Number(name) : -1]
      : member(found, name);
    if (found === undefined) return undefined;
  }
  return found;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const unread: Check = () => 'unknown';
const ofArray =
  (
    check: (
      value: readonly Json[],
      said: Json,
      schema: JsonObject,
      budget: Budget,
      depth: number,
    ) => Conformity,
  ): Check =>
  (value, said, schema, budget, depth) =>
    Array.isArray(value) ? check(value, said, schema, budget, depth) : 'yes';
const ofObject =
  (
    check: (
      value: JsonObject,
      said: Json,
      schema: JsonObject,
      budget: Budget,
      depth: number,
    ) => Conformity,
  ): Check =>
  (value, said, schema, budget, depth) =>
    isJsonObject(value) ? check(value, said, schema, budget, depth) : 'yes';

/** Keywords that say something of a value. Those that are not here say nothing (`title`, `format`, `$defs`). */
const KEYWORDS: ReadonlyMap<string, Check> = new Map<string, Check>([
  [
    'type',
    (value, said) => {
      const { least: sureOnes, most: possible } = count(
        (Array.isArray(said) ? said : [said]).map((type: Json) => isOfType(value, type)),
      );
      return sureOnes > 0 ? 'yes' : possible > 0 ? 'unknown' : 'no';
    },
  ],
  [
    'enum',
    (value, said, _, budget) => (Array.isArray(said) ? isOneOf(value, said, budget) : 'unknown'),
  ],
  ['const', (value, said, _, budget) => isOneOf(value, [said], budget)],
  ['minimum', bound(size, least)],
  ['maximum', bound(size, most)],
  ['exclusiveMinimum', bound(size, (is, said) => is > said)],
  ['exclusiveMaximum', bound(size, (is, said) => is < said)],
  [
    'multipleOf',
    (value, said) => {
      if (!isNumber(value)) return 'yes';
      // Of fractions no double says it exactly.
      return Number.isSafeInteger(value) && Number.isSafeInteger(said) && said !== 0
        ? sure((value as number) % (said as number) === 0)
        : 'unknown';
    },
  ],
  ['minLength', bound(letters, least)],
  ['maxLength', bound(letters, most)],
  ['pattern', (value) => (typeof value === 'string' ? 'unknown' : 'yes')],
  ['minItems', bound(items, least)],
  ['maxItems', bound(items, most)],
  ['minProperties', bound(members, least)],
  ['maxProperties', bound(members, most)],
  [
    'required',
    ofObject((value, said) =>
      Array.isArray(said)
        ? sure(said.every((name: Json) => typeof name === 'string' && Object.hasOwn(value, name)))
        : 'unknown',
    ),
  ],
  [
    'properties',
    ofObject((value, said, _, budget, depth) =>
      isJsonObject(said)
        ? every(
            each(Object.keys(said), (name) => {
              const inner = member(value, name);
              return inner === undefined
                ? 'yes'
                : judge(inner, said[name] as Json, budget, depth + 1);
            }),
          )
        : 'unknown',
    ),
  ],
  ['patternProperties', ofObject((value) => (Object.keys(value).length === 0 ? 'yes' : 'unknown'))],
  [
    'additionalProperties',
    ofObject((value, said, schema, budget, depth) => {
      const named = member(schema, 'properties');
      const others = Object.keys(value).filter(
        (name) => !(isJsonObject(named) && Object.hasOwn(named, name)),
      );
      if (others.length > 0 && Object.hasOwn(schema, 'patternProperties')) return 'unknown';
      return every(each(others, (name) => judge(value[name] as Json, said, budget, depth + 1)));
    }),
  ],
  [
    'propertyNames',
    ofObject((value, said, _, budget, depth) =>
      every(each(Object.keys(value), (name) => judge(name, said, budget, depth + 1))),
    ),
  ],
  [
    'dependentRequired',
    ofObject((value, said) =>
      isJsonObject(said)
        ? sure(
            Object.entries(said).every(
              ([name, needed]) =>
                !Object.hasOwn(value, name) ||
                (Array.isArray(needed) &&
                  needed.every((one: Json) => Object.hasOwn(value, String(one)))),
            ),
          )
        : 'unknown',
    ),
  ],
  ['dependentSchemas', unread],
  ['dependencies', unread],
  ['unevaluatedProperties', unread],
  ['unevaluatedItems', unread],
  ['$dynamicRef', unread],
  ['$recursiveRef', unread],
  [
    'prefixItems',
    ofArray((value, said, _, budget, depth) =>
      Array.isArray(said)
        ? every(
            each(value.slice(0, said.length), (item, at) =>
              judge(item, said[at] as Json, budget, depth + 1),
            ),
          )
        : 'unknown',
    ),
  ],
  [
    'items',
    ofArray((value, said, schema, budget, depth) => {
      // Draft 7 wrote a list here for what is `prefixItems` now.
      if (Array.isArray(said)) {
        return every(
          each(value.slice(0, said.length), (item, at) =>
            judge(item, said[at] as Json, budget, depth + 1),
          ),
        );
      }
      const before = member(schema, 'prefixItems');
      const from = Array.isArray(before) ? before.length : 0;
      return every(each(value.slice(from), (item) => judge(item, said, budget, depth + 1)));
    }),
  ],
  [
    'additionalItems',
    ofArray((_, __, schema) => (Array.isArray(member(schema, 'items')) ? 'unknown' : 'yes')),
  ],
  [
    'contains',
    ofArray((value, said, schema, budget, depth) => {
      const { least: sureOnes, most: possible } = count(
        each(value, (item) => judge(item, said, budget, depth + 1)),
      );
      const [min = 1, max = Number.POSITIVE_INFINITY] = [
        member(schema, 'minContains'),
        member(schema, 'maxContains'),
      ];
      if (typeof min !== 'number' || typeof max !== 'number') return 'unknown';
      if (possible < min || sureOnes > max) return 'no';
      return sureOnes >= min && possible <= max ? 'yes' : 'unknown';
    }),
  ],
  [
    'uniqueItems',
    ofArray((value, said, _, budget) => {
      if (said !== true) return 'yes';
      const seen = new Set<string>();
      for (const item of value) {
        const one = text(item, budget);
        if (one === undefined || budget.left < 0) return 'unknown';
        if (seen.has(one)) return 'no';
        seen.add(one);
      }
      return 'yes';
    }),
  ],
  [
    'allOf',
    (value, said, _, budget, depth) =>
      Array.isArray(said)
        ? every(each(said, (one) => judge(value, one, budget, depth + 1)))
        : 'unknown',
  ],
  [
    'anyOf',
    (value, said, _, budget, depth) => {
      if (!Array.isArray(said)) return 'unknown';
      const { least: sureOnes, most: possible } = count(
        each(said, (one) => judge(value, one, budget, depth + 1)),
      );
      return sureOnes > 0 ? 'yes' : possible > 0 ? 'unknown' : 'no';
    },
  ],
  [
    'oneOf',
    (value, said, _, budget, depth) => {
      if (!Array.isArray(said)) return 'unknown';
      const { least: sureOnes, most: possible } = count(
        each(said, (one) => judge(value, one, budget, depth + 1)),
      );
      if (sureOnes > 1 || possible === 0) return 'no';
      return sureOnes === 1 && possible === 1 ? 'yes' : 'unknown';
    },
  ],
  ['not', (value, said, _, budget, depth) => not(judge(value, said, budget, depth + 1))],
  [
    'if',
    (value, said, schema, budget, depth) => {
      const holds = judge(value, said, budget, depth + 1);
      const then = member(schema, 'then') ?? true;
      const other = member(schema, 'else') ?? true;
      if (holds === 'yes') return judge(value, then, budget, depth + 1);
      if (holds === 'no') return judge(value, other, budget, depth + 1);
      return 'unknown';
    },
  ],
  [
    '$ref',
    (value, said, _, budget, depth) => {
      const found = resolve(said, budget.root);
      return found === undefined ? 'unknown' : judge(value, found, budget, depth + 1);
    },
  ],
]);

/** Checks one after the other, as far as anybody asks for them. */
function* each<T>(
  all: readonly T[],
  check: (one: T, at: number) => Conformity,
): Generator<Conformity> {
  for (const [at, one] of all.entries()) yield check(one, at);
}
