import { isJsonObject, type Json, member } from '../domain/json.ts';
import {
  type Checks,
  type Conformity,
  count,
  every,
  type Run,
  some,
  unread,
} from './schema-check.ts';

/** Longest reference that is followed, characters. */
const MAX_REFERENCE = 1_024;

/** What is said by other schemas: several at once, one that is not, one elsewhere in the same document. */
export const COMBINED_CHECKS: Checks = [
  ['allOf', ofSchemas((each, schemas) => every(schemas, each))],
  ['anyOf', ofSchemas((each, schemas) => some(schemas, each))],
  [
    'oneOf',
    ofSchemas((each, schemas) => {
      const { least, most } = count(schemas, each);
      if (least > 1 || most === 0) return 'no';
      return least === 1 && most === 1 ? 'yes' : 'unknown';
    }),
  ],
  ['not', (value, said, _, run) => opposite(run.judge(value, said))],
  [
    'if',
    (value, said, schema, run) => {
      const holds = run.judge(value, said);
      if (holds === 'unknown') return 'unknown';
      return run.judge(value, member(schema, holds === 'yes' ? 'then' : 'else') ?? true);
    },
  ],
  [
    '$ref',
    (value, said, _, run) => {
      const found = resolve(said, run);
      return found === undefined ? 'unknown' : run.judge(value, found);
    },
  ],
  ['$dynamicRef', unread],
  ['$recursiveRef', unread],
];

function ofSchemas(
  judge: (each: (schema: Json) => Conformity, schemas: readonly Json[]) => Conformity,
): Checks[number][1] {
  return (value, said, _, run) =>
    Array.isArray(said) ? judge((schema) => run.judge(value, schema), said) : 'unknown';
}

const opposite = (one: Conformity): Conformity =>
  one === 'yes' ? 'no' : one === 'no' ? 'yes' : one;

/**
 * The schema that a reference points at; `undefined` for one that leads out of the document, or past a
 * schema with an `$id` of its own, within which references begin anew.
 */
function resolve(reference: Json, { root, pay }: Run): Json | undefined {
  if (typeof reference !== 'string' || reference.length > MAX_REFERENCE) return undefined;
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  const segments = reference.slice(2).split('/');
  pay(segments.length);
  let found: Json | undefined = root;
  for (const segment of segments) {
    const name = decode(segment).replaceAll('~1', '/').replaceAll('~0', '~');
    found = Array.isArray(found)
      ? (found as readonly Json[])[/^\d{1,6}$/.test(name) ? Number(name) : -1]
      : member(found, name);
    if (found === undefined || (isJsonObject(found) && Object.hasOwn(found, '$id'))) {
      return undefined;
    }
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
