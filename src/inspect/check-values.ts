import { canonicalJson } from '../domain/canonical-json.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { isRawNumber } from '../domain/raw-number.ts';
import { type Check, type Checks, type Conformity, type Run, some, sure } from './schema-check.ts';

/** Characters that are gone through for one step. */
const STEP_CHARS = 64;
/** And of canonical text, whose members are put in order. */
const STEP_TEXT = 16;

/** What is said of a value by itself: its type, the values it may be, how large it is. */
export const VALUE_CHECKS: Checks = [
  [
    'type',
    (value, said, _, run) =>
      some(Array.isArray(said) ? said : [said], (type: Json) => isOfType(value, type, run)),
  ],
  ['enum', (value, said, _, run) => (Array.isArray(said) ? isOneOf(value, said, run) : 'unknown')],
  ['const', (value, said, _, run) => isOneOf(value, [said], run)],
  ['minimum', bound(size, (is, said) => is >= said)],
  ['maximum', bound(size, (is, said) => is <= said)],
  ['exclusiveMinimum', bound(size, (is, said) => is > said)],
  ['exclusiveMaximum', bound(size, (is, said) => is < said)],
  ['multipleOf', isMultiple],
  ['minLength', bound(letters, (is, said) => is >= said)],
  ['maxLength', bound(letters, (is, said) => is <= said)],
  ['pattern', (value) => (typeof value === 'string' ? 'unknown' : 'yes')],
  ['minItems', bound(items, (is, said) => is >= said)],
  ['maxItems', bound(items, (is, said) => is <= said)],
  ['minProperties', bound(members, (is, said) => is >= said)],
  ['maxProperties', bound(members, (is, said) => is <= said)],
  ['uniqueItems', isUnique],
];

function isOfType(value: Json, type: Json, run: Run): Conformity {
  run.pay(1);
  switch (type) {
    case 'null':
      return sure(value === null);
    case 'boolean':
    case 'string':
      return sure(typeof value === type);
    case 'number':
      return sure(isNumber(value));
    case 'integer':
      if (!isRawNumber(value)) return sure(Number.isInteger(value));
      run.pay(value.rawJSON.length / STEP_CHARS);
      return /^-?\d+$/.test(value.rawJSON) ? 'yes' : 'unknown';
    case 'array':
      return sure(Array.isArray(value));
    case 'object':
      return sure(isJsonObject(value));
    default:
      return 'unknown';
  }
}

const isNumber = (value: Json): boolean => typeof value === 'number' || isRawNumber(value);

function isOneOf(value: Json, options: readonly Json[], run: Run): Conformity {
  let mine: string | undefined;
  return some(options, (option: Json) => {
    run.pay(1);
    if (isRawNumber(value) || isRawNumber(option)) return isSameRaw(value, option);
    if (isScalar(value) || isScalar(option)) return sure(value === option);
    mine ??= textOf(value, run);
    const text = textOf(option, run);
    return mine === undefined || text === undefined ? 'unknown' : sure(text === mine);
  });
}

const isScalar = (value: Json): boolean => typeof value !== 'object' || value === null;

/** Numbers no double holds are the same where they are spelled so; otherwise nobody has told. */
function isSameRaw(value: Json, option: Json): Conformity {
  if (!isNumber(value) || !isNumber(option)) return 'no';
  return canonicalJson(value) === canonicalJson(option) ? 'yes' : 'unknown';
}

function isUnique(value: Json, said: Json, _: unknown, run: Run): Conformity {
  if (!Array.isArray(value) || said !== true) return 'yes';
  const seen = new Set<string>();
  for (const item of value) {
    const one = textOf(item, run);
    if (one === undefined) return 'unknown';
    if (seen.has(one)) return 'no';
    seen.add(one);
  }
  return 'yes';
}

/** A value's canonical text; `undefined` when it has none. Paid for when its length is known. */
function textOf(value: Json, run: Run): string | undefined {
  let text: string;
  try {
    text = canonicalJson(value);
  } catch {
    return undefined;
  }
  run.pay(2 + text.length / STEP_TEXT);
  return text;
}

function isMultiple(value: Json, said: Json): Conformity {
  if (!isNumber(value)) return 'yes';
  // Of fractions no double says it exactly.
  return Number.isSafeInteger(value) && Number.isSafeInteger(said) && said !== 0
    ? sure((value as number) % (said as number) === 0)
    : 'unknown';
}

/** A measure of a value against what is said; a value that has no such measure is fine. */
function bound(
  measure: (value: Json, run: Run) => number | undefined,
  holds: (is: number, said: number) => boolean,
): Check {
  return (value, said, _, run) => {
    const is = measure(value, run);
    if (is === undefined) return 'yes';
    return typeof said === 'number' && !Number.isNaN(is) ? sure(holds(is, said)) : 'unknown';
  };
}

/** `NaN` for a number no double holds: its bounds are not told. */
function size(value: Json): number | undefined {
  return typeof value === 'number' ? value : isRawNumber(value) ? Number.NaN : undefined;
}

/** Code points. */
function letters(value: Json, run: Run): number | undefined {
  if (typeof value !== 'string') return undefined;
  run.pay(value.length / STEP_CHARS);
  let seconds = 0;
  for (let at = 1; at < value.length; at += 1) {
    if (isLow(value.charCodeAt(at)) && isHigh(value.charCodeAt(at - 1))) seconds += 1;
  }
  return value.length - seconds;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

function items(value: Json): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function members(value: Json, run: Run): number | undefined {
  if (!isJsonObject(value)) return undefined;
  const { length } = Object.keys(value);
  run.pay(length);
  return length;
}
