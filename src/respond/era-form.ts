import { type Era, SERVER_INFO_KEY } from '../domain/era.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import { withMembers } from '../domain/spelling.ts';

/** Methods whose 2026 results must say how long and for whom they may be kept. */
const CACHEABLE: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'server/discover',
]);

/** How long a client may keep a list, milliseconds. Small, so that a revocation shows soon. */
export const LIST_TTL_MS = 5000;

/** How long a client may keep what it read: never longer than its server says, nor than a list. */
function ttlOf(result: JsonObject, method: string, from: Era): number {
  if (method !== 'resources/read') return LIST_TTL_MS;
  const said = from === '2026' ? member(result, 'ttlMs') : undefined;
  return typeof said === 'number' && said > 0 ? Math.min(said, LIST_TTL_MS) : 0;
}

/**
 * Gives a result the form its reader's era requires, and touches nothing else.
 *
 * To 2026: `resultType`, the answering server's identity in `_meta` unless it is there, and on
 * cacheable results `ttlMs` and `cacheScope: "private"`, because what a grant allows is nobody
 * else's. To 2025: what only the 2026 form carries is taken off.
 *
 * A 2025 server's own `resultType` never counts: with it, a server could make a 2026 client ask its
 * user for input, past the decision on what servers may ask.
 *
 * @param from The era of whoever made the result; results the broker makes itself count as `2025`.
 * @param serverInfo Who answers, when the result does not say.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic
 */
export function toEra(
  result: JsonObject,
  method: string,
  from: Era,
  to: Era,
  serverInfo: JsonObject,
): JsonObject {
  if (to === '2026') return to2026(result, method, from, serverInfo);
  return from === '2026' ? to2025(result, method) : result;
}

function to2026(result: JsonObject, method: string, from: Era, serverInfo: JsonObject): JsonObject {
  const set: Record<string, Json> = {};
  if (from === '2025' || !Object.hasOwn(result, 'resultType')) set.resultType = 'complete';
  const meta = member(result, '_meta');
  if (meta === undefined) {
    set._meta = { [SERVER_INFO_KEY]: serverInfo };
  } else if (isJsonObject(meta) && !Object.hasOwn(meta, SERVER_INFO_KEY)) {
    set._meta = { ...meta, [SERVER_INFO_KEY]: serverInfo };
  }
  const resultType = set.resultType ?? result.resultType;
  if (CACHEABLE.has(method) && resultType === 'complete') {
    set.ttlMs = ttlOf(result, method, from);
    set.cacheScope = 'private';
  }
  return withMembers(result, set);
}

function to2025(result: JsonObject, method: string): JsonObject {
  const { resultType: _resultType, ...rest } = result;
  if (method === 'tools/call') return structured2025(rest);
  if (!CACHEABLE.has(method)) return rest;
  const { ttlMs: _ttlMs, cacheScope: _cacheScope, ...listed } = rest;
  return listed;
}

/**
 * In 2025 structured content is an object: anything else goes as the text that stands for it, which
 * most servers send anyway.
 */
function structured2025(result: JsonObject): JsonObject {
  if (!Object.hasOwn(result, 'structuredContent')) return result;
  const { structuredContent, ...rest } = result;
  if (structuredContent === undefined || isJsonObject(structuredContent)) return result;
  const content = member(result, 'content');
  const blocks = Array.isArray(content) ? content : [];
  if (blocks.some((block) => member(block, 'type') === 'text')) return rest;
  const text = { type: 'text', text: stringifyJson(structuredContent) };
  return { ...rest, content: [...blocks, text] };
}

/**
 * A tool's definition as a client of an era can read it: 2025 knows output schemas of objects only,
 * and its clients refuse a whole list over one that is not. What the schema described goes as text.
 */
export function definitionToEra(definition: JsonObject, from: Era, to: Era): JsonObject {
  if (from === '2025' || to === '2026') return definition;
  const { outputSchema, ...rest } = definition;
  return outputSchema === undefined || member(outputSchema, 'type') === 'object'
    ? definition
    : rest;
}
