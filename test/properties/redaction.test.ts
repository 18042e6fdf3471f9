import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactArguments } from '../../src/audit/redact.ts';
import type { Json } from '../../src/domain/json.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const everyByte = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** How somebody who wants a secret to pass writes it. */
const DISGUISES: readonly ((secret: string, before: string, after: string) => string)[] = [
  (secret, before, after) => before + secret + after,
  (secret, before, after) => base64(before + secret + after),
  (secret, before, after) => Buffer.from(before + secret + after).toString('base64url'),
  (secret, before, after) => before + encodeURIComponent(secret) + after,
  (secret, before, after) => before + everyByte(secret) + after,
  (secret, before, after) => JSON.stringify({ [before]: secret, after }),
  (secret, before, after) => `${before}${secret}${secret}${after}${base64(secret)}`,
];

/** What a mark consists of is no secret of anybody. */
const isOrdinary = (secret: string) => !/^[[\]a-z:-]*$/.test(secret);

const secrets = fc.oneof(
  fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' }).filter(isOrdinary),
  fc.string({ minLength: 8, maxLength: 20, unit: 'grapheme' }).filter(isOrdinary),
  fc.stringMatching(/^[1-9][0-9]{8,14}$/),
);

/** A text that holds the secret somewhere, in one disguise or another. */
const hiding = (secret: string) =>
  fc
    .tuple(
      fc.constantFrom(...DISGUISES),
      fc.string({ maxLength: 300 }),
      fc.string({ maxLength: 9 }),
    )
    .map(([disguise, before, after]) => disguise(secret, before, after));

/** Any JSON with the secret in strings, in names, and as a number where it is one. */
function jsonAround(secret: string): fc.Arbitrary<Json> {
  const text = fc.oneof(fc.string(), hiding(secret));
  const isNumber = /^[0-9]+$/.test(secret);
  const number = isNumber
    ? fc.constantFrom(`-${secret}`, `${secret}`, `${secret}.5`, `1${secret}0000`, `${secret}e2`)
    : fc.constantFrom('0', '-1.5', '12345678901234567890');
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      text,
      number.map((digits) => parseJson(digits)),
      fc.constantFrom(null, true),
      fc.array(tie('value'), { maxLength: 4 }),
      fc
        .array(fc.tuple(text, tie('value')), { maxLength: 4 })
        .map((members) => Object.fromEntries(members)),
    ),
  }));
  return value;
}

/** Every text that somebody who wants the secret could read out of a value. */
function readings(value: Json): string[] {
  const text = stringifyJson(value);
  const runsOfBase64 = text.match(/[\w+/-]{8,}/g) ?? [];
  const unescaped = text.replace(/\\(["\\])/g, '$1');
  return [
    text,
    unescaped,
    ...runsOfBase64.map((run) => Buffer.from(run, 'base64').toString('utf8')),
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`))),
  ];
}

describe('what is redacted', { timeout: PATIENCE_MS }, () => {
  it.each(['full', 'redacted'] as const)(
    'holds no known secret in mode %s, whatever it was in',
    (mode) => {
      let hidden = 0;
      const withSecret = secrets.chain((secret) =>
        fc.record({ secret: fc.constant(secret), value: jsonAround(secret) }),
      );
      fc.assert(
        fc.property(withSecret, ({ secret, value }) => {
          const kept = redactArguments(value, mode, ['another-secret', secret]) ?? null;
          const told = readings(kept).filter((text) => text.includes(secret));
          expect(told).toEqual([]);
          if (readings(value).some((text) => text.includes(secret))) hidden += 1;
        }),
        runs(2_000),
      );
      expect(hidden).toBeGreaterThan(0);
    },
  );
});
