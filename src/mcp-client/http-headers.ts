import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';

const SENTINEL_START = '=?base64?';
const SENTINEL_END = '?=';
/** Printable ASCII, with spaces and tabs between. */
const PLAIN_FIELD_VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;
/** RFC 9110, section 5.6.2. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** How deep declarations are looked for. */
export const MAX_HEADER_DEPTH = 16;

/** The names of headers that are ours alone; an entry's own of the same name never goes out. */
export const isReservedHeader = (name: string): boolean =>
  /^(?:mcp-.*|content-type|content-length|accept|last-event-id|host|connection|transfer-encoding)$/i.test(
    name,
  );

/**
 * Writes a value as an HTTP field value: plain where that is safe, otherwise as
 * `=?base64?…?=` over its UTF-8.
 *
 * Attack: a tool name or argument that ends the header and starts another.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
 */
export function encodeFieldValue(value: string): string {
  const looksEncoded = value.startsWith(SENTINEL_START) && value.endsWith(SENTINEL_END);
  if (PLAIN_FIELD_VALUE.test(value) && !looksEncoded) return value;
  return `${SENTINEL_START}${Buffer.from(value, 'utf8').toString('base64')}${SENTINEL_END}`;
}

/**
 * The `Mcp-Param-*` headers of one `tools/call`, as the tool's `inputSchema` declares them with
 * `x-mcp-header`. An argument that is absent, null or not a plain value has no header; when two
 * declarations share a name or one is malformed there are none at all.
 */
export function paramHeaders(definition: JsonObject, args: unknown): Record<string, string> {
  const headers: Record<string, string> = {};
  const seen = new Set<string>();
  const isSound = collect(member(definition, 'inputSchema'), args, 0, (name, value) => {
    if (!TOKEN.test(name) || seen.has(name.toLowerCase())) return false;
    seen.add(name.toLowerCase());
    const text = fieldText(value);
    if (text !== undefined) headers[`Mcp-Param-${name}`] = encodeFieldValue(text);
    return true;
  });
  return isSound ? headers : {};
}

function collect(
  schema: unknown,
  value: unknown,
  depth: number,
  declare: (name: string, value: unknown) => boolean,
): boolean {
  const properties = member(schema, 'properties');
  if (!isJsonObject(properties) || depth >= MAX_HEADER_DEPTH) return true;
  for (const [key, child] of Object.entries(properties)) {
    const inner = member(value, key);
    if (isJsonObject(child) && Object.hasOwn(child, 'x-mcp-header')) {
      const name = stringMember(child, 'x-mcp-header');
      if (name === undefined || !HEADER_TYPES.has(member(child, 'type'))) return false;
      if (!declare(name, inner)) return false;
    }
    if (!collect(child, inner, depth + 1, declare)) return false;
  }
  return true;
}

function fieldText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}
