import { decodeHeaderValue } from '../domain/header-value.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'number', 'boolean']);
/** What a field value may hold. A header sent twice arrives joined by a line break, and is refused by it. */
const FIELD_VALUE = /^[\x20-\x7e\t]*$/;
const INTEGER = /^-?\d+(?:\.0+)?$/;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;
/** How deep declarations are looked for. */
const MAX_DEPTH = 16;

/** A parameter that a tool's `inputSchema` has clients repeat in a header, and its value in a call. */
interface Mirrored {
  /** The rest of the header's name, in lower case. */
  readonly name: string;
  readonly type: string;
  readonly value: Json | undefined;
}

/**
 * The name of a `Mcp-Param-*` header that does not say what the arguments say; `undefined` when all
 * agree. A header that is missing, or that repeats an argument which is not there, disagrees; headers
 * that the schema does not declare are of no concern. When the declarations are not sound, as of a
 * tool that clients leave out, nothing is compared.
 *
 * Asked only of a call that is permitted, or the answer would tell what exists.
 *
 * Attack: an intermediary lets a call pass by its headers, and the body asks for another.
 *
 * @param headers values as received, by the rest of their names in lower case.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-behavior-for-custom-headers
 */
export function disagreeingParamHeader(
  inputSchema: Json | undefined,
  args: Json,
  headers: ReadonlyMap<string, string>,
): string | undefined {
  if (!isJsonObject(inputSchema) || silent.has(inputSchema)) return undefined;
  const mirrored: Mirrored[] = [];
  if (!collect(inputSchema, args, 0, mirrored)) return undefined;
  if (mirrored.length === 0) silent.add(inputSchema);
  if (new Set(mirrored.map(({ name }) => name)).size < mirrored.length) return undefined;
  return mirrored.find((one) => !agrees(one, headers.get(one.name)))?.name;
}

/** Schemas that declare nothing. A schema that was approved never changes: another one is another object. */
const silent = new WeakSet<JsonObject>();

/** Whether every declaration in a schema is sound. */
function collect(
  schema: Json | undefined,
  value: Json | undefined,
  depth: number,
  found: Mirrored[],
): boolean {
  const properties = member(schema, 'properties');
  if (!isJsonObject(properties) || depth >= MAX_DEPTH) return true;
  for (const [key, child] of Object.entries(properties)) {
    const inner = member(value, key);
    if (isJsonObject(child) && Object.hasOwn(child, 'x-mcp-header')) {
      const name = stringMember(child, 'x-mcp-header');
      const type = stringMember(child, 'type');
      if (name === undefined || type === undefined) return false;
      if (!TOKEN.test(name) || !TYPES.has(type)) return false;
      found.push({ name: name.toLowerCase(), type, value: inner });
    }
    if (!collect(child, inner, depth + 1, found)) return false;
  }
  return true;
}

function agrees({ type, value }: Mirrored, header: string | undefined): boolean {
  const text = textOf(value);
  // Nothing to repeat: no value, or one that the schema refuses and no header can hold.
  if (text === undefined || header === undefined) return text === header;
  if (!FIELD_VALUE.test(header)) return false;
  const said = decodeHeaderValue(header);
  if (said === undefined) return false;
  const number = type === 'integer' ? INTEGER : DECIMAL;
  const isNumber = (type === 'integer' || type === 'number') && number.test(said);
  return typeof value === 'number' && isNumber ? Number(said) === value : said === text;
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}
