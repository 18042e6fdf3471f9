import type { Random } from './random.ts';

const MAX_BYTES = 32 * 1024;

/** What is put where a value was. */
const VALUES: readonly string[] = [
  'null',
  'true',
  '0',
  '-0',
  '1.5',
  '1e999',
  '-1E-999',
  '12345678901234567890123',
  '9007199254740993',
  '""',
  '"1"',
  '[]',
  '{}',
  '[[]]',
  '{"__proto__":{"polluted":true}}',
  '{"":null}',
  '"\\ud800"',
  '"\\u0000"',
  '"tools/call"',
  '"s__echo"',
  '"2.0"',
  'NaN',
  '01',
  '.5',
  '+1',
  "'x'",
  'undefined',
  '/**/1',
];

/** What is put between any two characters. */
const CHARACTERS: readonly string[] = [
  '\u0000',
  '\ufeff',
  '\u200b',
  '\u202e',
  '\u0301',
  'ſ',
  'İ',
  'а',
  '\u2028',
  '\u{e0041}',
  '😀',
  '\ud800',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\n',
  '\r',
  '\t',
  ' ',
  '\u007f',
  '%00',
  '../',
];

const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*|true|false|null/g;
const VALUE = (text: string) =>
  [...text.matchAll(TOKEN)].filter(([, colon]) => colon === undefined);
const NAME = (text: string) => [...text.matchAll(TOKEN)].filter(([, colon]) => colon !== undefined);
const MEMBER = (text: string) => [
  ...text.matchAll(/"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|-?\d+|true|false|null)/g),
];

/** What is put where a value was, and is one. */
const GOOD_VALUES = VALUES.slice(0, VALUES.indexOf('NaN'));

type Change = (text: string, random: Random, other: string) => string;

const cut = (text: string, random: Random): [start: number, end: number] => {
  const start = random.below(text.length + 1);
  return [start, Math.min(text.length, start + 1 + random.below(40))];
};

/** Replaces one of the places that are found. */
function at(
  find: (text: string) => readonly RegExpExecArray[],
  text: string,
  random: Random,
  by: (found: string) => string,
): string {
  const places = find(text);
  if (places.length === 0) return text;
  const place = random.pick(places);
  const [found] = place;
  return `${text.slice(0, place.index)}${by(found)}${text.slice(place.index + found.length)}`;
}

const nested = (random: Random): string => {
  const depth = random.pick([2, 60, 500, 511, 512, 2_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  const inner = close === '}' ? '1' : '';
  return `${open.repeat(depth)}${inner}${random.pick([close.repeat(depth), ''])}`;
};

const CHANGES: readonly Change[] = [
  (text, random) => text.slice(0, random.below(text.length)),
  (text, random) => text.slice(random.below(text.length)),
  (text, random) => {
    const [start, end] = cut(text, random);
    return text.slice(0, start) + text.slice(end);
  },
  (text, random) => {
    const [start, end] = cut(text, random);
    return (
      text.slice(0, end) + text.slice(start, end).repeat(1 + random.below(4)) + text.slice(end)
    );
  },
  (text, random, other) => {
    const [start, end] = cut(text, random);
    const [from, to] = cut(other, random);
    return text.slice(0, start) + other.slice(from, to) + text.slice(end);
  },
  (text, random, other) => text + other.slice(random.below(other.length)),
  (text, random) => at(VALUE, text, random, () => random.pick(VALUES)),
  (text, random) => at(VALUE, text, random, () => random.pick(VALUES)),
  (text, random) => at(VALUE, text, random, () => random.pick(GOOD_VALUES)),
  (text, random) => at(VALUE, text, random, (value) => `[${value}]`),
  (text, random) => at(VALUE, text, random, (value) => `{"a":${value}}`),
  (text, random) => at(VALUE, text, random, (value) => `${value},"m${random.below(9)}":${value}`),
  (text, random) => at(VALUE, text, random, (value) => ` ${value}\t`),
  (text, random) =>
    at(VALUE, text, random, (value) => {
      const place = 1 + random.below(value.length);
      return value.slice(0, place) + random.pick(CHARACTERS) + value.slice(place);
    }),
  (text, random) => at(VALUE, text, random, () => nested(random)),
  (text, random) => at(VALUE, text, random, () => '9'.repeat(1 + random.below(400))),
  (text, random) => at(MEMBER, text, random, (member) => `${member},${member}`),
  (text, random) => at(NAME, text, random, (name) => name.toUpperCase()),
  (text, random) =>
    at(NAME, text, random, (name) => {
      const place = 1 + random.below(name.length - 1);
      return name.slice(0, place) + random.pick(CHARACTERS) + name.slice(place);
    }),
  (text, random) =>
    at(
      NAME,
      text,
      random,
      () => `"${random.pick(['__proto__', 'constructor', 'toString', '', '0'])}":`,
    ),
  (text, random) => {
    const place = random.below(text.length + 1);
    return text.slice(0, place) + random.pick(CHARACTERS) + text.slice(place);
  },
];

/** A message changed in one to three ways, and in one of ten some bits of its bytes flipped. */
export function mutate(text: string, random: Random, other: string): Buffer {
  let changed = text;
  for (let times = random.pick([1, 1, 1, 2, 3]); times > 0; times -= 1) {
    if (changed !== '') changed = random.pick(CHANGES)(changed, random, other);
  }
  const bytes = Buffer.from(changed.slice(0, MAX_BYTES));
  if (bytes.length > 0 && random.below(10) === 0) {
    for (let flips = 1 + random.below(8); flips > 0; flips -= 1) {
      const place = random.below(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8));
    }
  }
  return bytes;
}
