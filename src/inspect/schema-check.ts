import type { Json, JsonObject } from '../domain/json.ts';

/** Whether a value is what a schema says. `unknown`: what would have to be read is not, or it takes too long. */
export type Conformity = 'yes' | 'no' | 'unknown';

/** One check of a value against a schema, on its way. */
export interface Run {
  /** The whole schema, which references point into. */
  readonly root: Json;
  /**
   * Whether a value, or a part of one, is what a schema within the whole says.
   *
   * @throws TooLong
   */
  judge(value: Json, schema: Json): Conformity;
  /**
   * Pays for work before it is done: a step for each member, item or name that is gone through.
   *
   * @throws TooLong when the check has taken all that it may.
   */
  pay(steps: number): void;
}

/** A check has taken as many steps as it may: whatever it would have found is not known. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
}

/** What one keyword says of a value: `said` is what stands under it in `schema`. */
export type Check = (value: Json, said: Json, schema: JsonObject, run: Run) => Conformity;

/** Keywords of one kind. */
export type Checks = readonly (readonly [keyword: string, check: Check])[];

/** What is known for certain. */
export const sure = (holds: boolean): Conformity => (holds ? 'yes' : 'no');

/** What is never judged. */
export const unread: Check = () => 'unknown';

/** Every one holds; stops at the first that does not. */
export function every<T>(all: Iterable<T>, check: (one: T) => Conformity): Conformity {
  let conformity: Conformity = 'yes';
  for (const one of all) {
    const found = check(one);
    if (found === 'no') return 'no';
    if (found === 'unknown') conformity = 'unknown';
  }
  return conformity;
}

/** How many hold: for certain, and at most. */
export function count<T>(
  all: Iterable<T>,
  check: (one: T) => Conformity,
): { readonly least: number; readonly most: number } {
  let [least, most] = [0, 0];
  for (const one of all) {
    const found = check(one);
    if (found === 'yes') least += 1;
    if (found !== 'no') most += 1;
  }
  return { least, most };
}

/** One holds, for certain or perhaps; stops at the first that does. */
export function some<T>(all: Iterable<T>, check: (one: T) => Conformity): Conformity {
  let conformity: Conformity = 'no';
  for (const one of all) {
    const found = check(one);
    if (found === 'yes') return 'yes';
    if (found === 'unknown') conformity = 'unknown';
  }
  return conformity;
}
