import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import { COMBINED_CHECKS } from './check-combined.ts';
import { PART_CHECKS } from './check-parts.ts';
import { VALUE_CHECKS } from './check-values.ts';
import { type Check, type Conformity, type Run, sure, TooLong } from './schema-check.ts';

/** Steps of one check: a keyword at a value, a name, an item, some text compared. Under 100 ms. */
const MAX_STEPS = 200_000;
/** Schemas within each other, references followed included. */
const MAX_DEPTH = 128;

/** Keywords that say something of a value. Those that are not here say nothing (`title`, `format`, `$defs`). */
const CHECKS: ReadonlyMap<string, Check> = new Map([
  ...VALUE_CHECKS,
  ...PART_CHECKS,
  ...COMBINED_CHECKS,
]);

/**
 * Checks a value against a JSON Schema (2020-12, and what draft 7 wrote differently), in bounded time and
 * without running anything of the schema's: patterns, references beyond the schema and what this version
 * does not know of are `unknown`, never a violation. `no` is certain.
 *
 * Attack: a tool server writes a schema whose pattern backtracks, whose references circle, whose lists
 * are long, or whose check fetches an address.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function checkSchema(value: Json, schema: Json): Conformity {
  try {
    return createRun(schema).judge(value, schema);
  } catch (error) {
    if (error instanceof TooLong) return 'unknown';
    throw error;
  }
}

function createRun(root: Json): Run {
  const isDraft7 = String(member(root, '$schema')).includes('json-schema.org/draft-0');
  let left = MAX_STEPS;
  let depth = 0;
  const pay = (steps: number): void => {
    left -= steps;
    if (left < 0) throw new TooLong();
  };
  const judgeObject = (value: Json, schema: JsonObject): Conformity => {
    // References within a schema that has an `$id` of its own begin there, and not at the root.
    if (schema !== root && Object.hasOwn(schema, '$id')) return 'unknown';
    // Until draft 7 what stands beside a reference says nothing.
    const isAlone = isDraft7 && Object.hasOwn(schema, '$ref');
    const keywords = isAlone ? ['$ref'] : Object.keys(schema);
    pay(keywords.length);
    let all: Conformity = 'yes';
    for (const keyword of keywords) {
      const one = CHECKS.get(keyword)?.(value, schema[keyword] as Json, schema, run);
      if (one === 'no') return 'no';
      if (one === 'unknown') all = 'unknown';
    }
    return all;
  };
  const run: Run = {
    root,
    pay,
    judge: (value, schema) => {
      pay(1);
      if (typeof schema === 'boolean') return sure(schema);
      if (!isJsonObject(schema) || depth > MAX_DEPTH) return 'unknown';
      depth += 1;
      const conformity = judgeObject(value, schema);
      depth -= 1;
      return conformity;
    },
  };
  return run;
}
