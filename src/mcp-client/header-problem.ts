import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import { MAX_HEADER_DEPTH, TOKEN } from './http-headers.ts';

/** Types of parameters that a header can repeat. */
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** Keywords whose value is data and no schema: what looks like an annotation in it is none. */
const DATA: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'example', 'examples']);
/** Keywords whose members are schemas under names of somebody's choice. */
const NAMED: ReadonlySet<string> = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'],
]);

/**
 * Why a tool of a 2026 server over HTTP has to be left out for its `x-mcp-header` annotations;
 * `undefined` when they are sound or there are none. Looked for wherever a schema may stand.
 *
 * Attack: an annotation that two readers understand differently, so that what an intermediary checks in
 * the headers is not what the tool is given.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#schema-extension
 */
export function headerProblem(definition: JsonObject): string | undefined {
  const seen = new Set<string>();
  return walk(member(definition, 'inputSchema'), 0);

  /** @param depth how many `properties` lead here; `undefined` when anything else does. */
  function walk(schema: Json | undefined, depth: number | undefined): string | undefined {
    if (Array.isArray(schema))
      return first(schema as readonly Json[], (item) => walk(item, undefined));
    if (!isJsonObject(schema)) return undefined;
    const own = Object.hasOwn(schema, 'x-mcp-header') ? annotation(schema, depth) : undefined;
    if (own !== undefined) return own;
    return first(Object.entries(schema), ([key, value]) => {
      if (DATA.has(key) || key === 'x-mcp-header') return undefined;
      if (!NAMED.has(key) || !isJsonObject(value)) return walk(value, undefined);
      const below = key === 'properties' && depth !== undefined ? depth + 1 : undefined;
      return first(Object.values(value), (child) => walk(child, below));
    });
  }

  function annotation(schema: JsonObject, depth: number | undefined): string | undefined {
    const name = schema['x-mcp-header'];
    if (typeof name !== 'string' || !TOKEN.test(name)) return 'x-mcp-header is no name of a header';
    if (seen.has(name.toLowerCase())) return 'x-mcp-header names one header twice';
    seen.add(name.toLowerCase());
    if (!TYPES.has(schema.type)) return 'x-mcp-header is on what no header can repeat';
    if (depth === undefined || depth === 0 || depth > MAX_HEADER_DEPTH) {
      return 'x-mcp-header is on what is no property of the arguments';
    }
    return undefined;
  }
}

function first<Item>(
  items: readonly Item[],
  find: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
