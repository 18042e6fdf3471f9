import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import { isRawNumber } from '../domain/raw-number.ts';

/** What a condition knows of an argument's type: CEL's names. `dyn` is anything, told at the call. */
export type ArgType =
  | 'string'
  | 'int'
  | 'double'
  | 'bool'
  | 'map'
  | 'list'
  | 'list<string>'
  | 'list<int>'
  | 'list<double>'
  | 'list<bool>'
  | 'list<map>'
  | 'dyn';

/** Arguments of one tool a condition can name; a hostile schema has more. */
const MAX_ARGUMENTS = 500;
/** Of all arguments a condition names, together: characters of text, and values. */
const MAX_CHARACTERS = 16_384;
const MAX_VALUES = 1_000;
/** Items of one list: each is a round of a comprehension. */
const MAX_ITEMS = 100;
const MAX_DEPTH = 16;

const PLAIN: ReadonlyMap<Json | undefined, 'string' | 'int' | 'double' | 'bool' | 'map'> = new Map([
  ['string', 'string'],
  ['integer', 'int'],
  ['number', 'double'],
  ['boolean', 'bool'],
  ['object', 'map'],
] as const);

/** Whether an item, as it is bound, is of a list's type. */
const IS_ITEM = new Map<ArgType, (item: unknown) => boolean>([
  ['list<string>', (item) => typeof item === 'string'],
  ['list<int>', (item) => typeof item === 'bigint'],
  ['list<double>', (item) => typeof item === 'number'],
  ['list<bool>', (item) => typeof item === 'boolean'],
  ['list<map>', (item) => item instanceof Map],
]);

const known = new WeakMap<JsonObject, ReadonlyMap<string, ArgType>>();

/** The arguments of a tool by its input schema. What a schema does not say plainly is of any type. */
export function argTypesOf(schema: JsonObject): ReadonlyMap<string, ArgType> {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const properties = member(schema, 'properties');
  const names = isJsonObject(properties) ? Object.keys(properties).slice(0, MAX_ARGUMENTS) : [];
  const types = new Map(names.map((name) => [name, typeOf(member(properties, name))]));
  known.set(schema, types);
  return types;
}

function typeOf(schema: Json | undefined): ArgType {
  // A schema that also says otherwise, by a reference or alternatives, does not say it plainly.
  const type = member(schema, 'type');
  const plain = PLAIN.get(type);
  if (plain !== undefined) return plain;
  if (type !== 'array') return 'dyn';
  const item = PLAIN.get(member(member(schema, 'items'), 'type'));
  return item === undefined ? 'list' : `list<${item}>`;
}

/**
 * The arguments a condition names, as it reads them. What a client sends is not made to fit: a list in
 * the place of a text stays one, and the condition fails on it. Objects become maps, so that no name in
 * them is anything but data.
 *
 * Attack: `[["/etc/passwd"]]` where a list of texts was meant, of which `in` and `size` would look at no item
 * closely. Such a list becomes `null`: whatever looks at it fails.
 *
 * @throws RangeError when they are more than a condition looks at.
 */
export function boundArgs(
  args: Json,
  names: ReadonlySet<string>,
  types: ReadonlyMap<string, ArgType>,
): ReadonlyMap<string, unknown> {
  if (!isJsonObject(args)) throw new RangeError('arguments are an object');
  const binder = new Binder();
  const bound = new Map<string, unknown>();
  for (const name of names) {
    if (!Object.hasOwn(args, name)) continue;
    const type = types.get(name) ?? 'dyn';
    const isInt = type === 'int' || type === 'list<int>';
    const value = binder.bind(args[name] ?? null, isInt, 0);
    const isItem = IS_ITEM.get(type);
    const isMixed = isItem !== undefined && Array.isArray(value) && !value.every(isItem);
    bound.set(name, isMixed ? null : value);
  }
  return bound;
}

class Binder {
  #characters = 0;
  #values = 0;

  bind(value: Json, isInt: boolean, depth: number): unknown {
    this.#count(1, 0);
    if (depth > MAX_DEPTH) throw new RangeError('arguments nest too deep');
    if (typeof value === 'string') {
      this.#count(0, value.length);
      return value;
    }
    if (typeof value === 'number') {
      return isInt && Number.isSafeInteger(value) ? BigInt(value) : value;
    }
    if (isRawNumber(value)) return exactInt(value.rawJSON, isInt);
    if (Array.isArray(value)) {
      if (value.length > MAX_ITEMS) throw new RangeError('a list is too long');
      return value.map((each: Json) => this.bind(each, isInt, depth + 1));
    }
    if (!isJsonObject(value)) return value;
    return new Map(
      Object.entries(value).map(([key, each]) => {
        this.#count(0, key.length);
        return [key, this.bind(each, false, depth + 1)];
      }),
    );
  }

  #count(values: number, characters: number): void {
    this.#values += values;
    this.#characters += characters;
    if (this.#values > MAX_VALUES || this.#characters > MAX_CHARACTERS) {
      throw new RangeError('arguments are larger than a condition looks at');
    }
  }
}

/** An integer no double holds. @throws RangeError for one that 64 bits do not hold either. */
function exactInt(text: string, isInt: boolean): bigint {
  if (!isInt || !/^-?\d{1,19}$/.test(text))
    throw new RangeError('a number that cannot be compared');
  const value = BigInt(text);
  if (value !== BigInt.asIntN(64, value)) throw new RangeError('a number that cannot be compared');
  return value;
}
