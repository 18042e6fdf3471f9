import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import {
  type Check,
  type Checks,
  type Conformity,
  count,
  every,
  type Run,
  sure,
  unread,
} from './schema-check.ts';

/** What is said of the members of an object and the items of a list. */
export const PART_CHECKS: Checks = [
  ['required', ofObject((value, said, _, run) => hasAll(value, said, run))],
  ['properties', ofObject(properties)],
  ['patternProperties', ofObject((value) => (isEmpty(value) ? 'yes' : 'unknown'))],
  ['additionalProperties', ofObject(additionalProperties)],
  [
    'propertyNames',
    ofObject((value, said, _, run) => every(namesOf(value, run), (name) => run.judge(name, said))),
  ],
  [
    'dependentRequired',
    ofObject((value, said, _, run) =>
      isJsonObject(said)
        ? every(namesOf(said, run), (name) =>
            Object.hasOwn(value, name) ? hasAll(value, said[name] as Json, run) : 'yes',
          )
        : 'unknown',
    ),
  ],
  ['dependentSchemas', unread],
  ['dependencies', unread],
  ['unevaluatedProperties', unread],
  ['prefixItems', ofArray((value, said, _, run) => firstItems(value, said, run))],
  ['items', ofArray(restItems)],
  [
    'additionalItems',
    ofArray((_, __, schema) => (Array.isArray(member(schema, 'items')) ? 'unknown' : 'yes')),
  ],
  ['contains', ofArray(contains)],
  ['unevaluatedItems', unread],
];

function ofObject(
  check: (value: JsonObject, said: Json, schema: JsonObject, run: Run) => Conformity,
): Check {
  return (value, said, schema, run) =>
    isJsonObject(value) ? check(value, said, schema, run) : 'yes';
}

function ofArray(
  check: (value: readonly Json[], said: Json, schema: JsonObject, run: Run) => Conformity,
): Check {
  return (value, said, schema, run) =>
    Array.isArray(value) ? check(value, said, schema, run) : 'yes';
}

/** The names of an object's members, paid for. */
function namesOf(object: JsonObject, run: Run): readonly string[] {
  const names = Object.keys(object);
  run.pay(names.length);
  return names;
}

const isEmpty = (object: JsonObject): boolean => {
  for (const _ in object) return false;
  return true;
};

function hasAll(value: JsonObject, names: Json, run: Run): Conformity {
  if (!Array.isArray(names)) return 'unknown';
  run.pay(names.length);
  return sure(names.every((name: Json) => typeof name === 'string' && Object.hasOwn(value, name)));
}

function properties(value: JsonObject, said: Json, _: JsonObject, run: Run): Conformity {
  if (!isJsonObject(said)) return 'unknown';
  return every(namesOf(said, run), (name) => {
    const inner = member(value, name);
    return inner === undefined ? 'yes' : run.judge(inner, said[name] as Json);
  });
}

function additionalProperties(
  value: JsonObject,
  said: Json,
  schema: JsonObject,
  run: Run,
): Conformity {
  const named = member(schema, 'properties');
  const hasPatterns = Object.hasOwn(schema, 'patternProperties');
  return every(namesOf(value, run), (name) => {
    if (isJsonObject(named) && Object.hasOwn(named, name)) return 'yes';
    return hasPatterns ? 'unknown' : run.judge(value[name] as Json, said);
  });
}

/** The first items against a list of schemas, one each. */
function firstItems(value: readonly Json[], said: Json, run: Run): Conformity {
  if (!Array.isArray(said)) return 'unknown';
  return every(range(0, Math.min(value.length, said.length)), (at) =>
    run.judge(value[at] as Json, said[at] as Json),
  );
}

function restItems(value: readonly Json[], said: Json, schema: JsonObject, run: Run): Conformity {
  // Draft 7 wrote a list here for what is `prefixItems` now.
  if (Array.isArray(said)) return firstItems(value, said, run);
  const before = member(schema, 'prefixItems');
  const from = Array.isArray(before) ? before.length : 0;
  return every(range(from, value.length), (at) => run.judge(value[at] as Json, said));
}

function contains(value: readonly Json[], said: Json, schema: JsonObject, run: Run): Conformity {
  const { least, most } = count(value, (item) => run.judge(item, said));
  const min = member(schema, 'minContains') ?? 1;
  const max = member(schema, 'maxContains') ?? Number.POSITIVE_INFINITY;
  if (typeof min !== 'number' || typeof max !== 'number') return 'unknown';
  if (most < min || least > max) return 'no';
  return least >= min && most <= max ? 'yes' : 'unknown';
}

/** Places one after the other, as far as anybody asks for them: nothing is copied. */
function* range(from: number, to: number): Generator<number> {
  for (let at = from; at < to; at += 1) yield at;
}
