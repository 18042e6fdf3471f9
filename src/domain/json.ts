import { isRawNumber } from './raw-number.ts';

/**
 * A JSON value as `parseJson` yields it. A number that a double cannot hold is a `RawNumber`, which no
 * walk takes for an object (`isJsonObject` says no) and `typeof` takes for neither number nor string.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Keys come from outside: read them with `Object.hasOwn`, never through the prototype. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Whether a value is a plain JSON object (not null, not an array, not a number kept as text). */
export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)
  );
}

/** Reads one own member of an unknown value; `undefined` when it is not an object or has no such member. */
export function member(value: unknown, key: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Reads one own string member; `undefined` when it is absent or not a string. */
export function stringMember(value: unknown, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === 'string' ? found : undefined;
}
