import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { runs } from '../support/runs.ts';

const digits = (max: number) => fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${max}}$`));
const number = fc.oneof(
  digits(40),
  fc.tuple(digits(3), digits(30)).map((parts) => parts.join('.')),
  fc
    .tuple(digits(3), fc.constantFrom('e', 'E', 'e+', 'e-', 'E+00'), digits(3))
    .map((p) => p.join('')),
  fc.constantFrom('1e200', '2e200', '1e+200', '-1e200', '1e999', '-0e999', '1e0100', '5e-324'),
);
const spelled = fc
  .oneof(
    number,
    number.map((text) => `-${text.replace('-0', '0')}`),
  )
  .filter(isJson);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is written for one number read alone: itself, or what a double makes of it when that is equal. */
const alone = (text: string): string => stringifyJson(parseJson(`[${text}]`)).slice(1, -1);

describe('numbers a double would change', () => {
  it('are written as they were sent, wherever they stand', () => {
    fc.assert(
      fc.property(fc.array(spelled, { maxLength: 8 }), (numbers) => {
        const text = `{"a":[${numbers.join(',')}],"__proto__":{${numbers.map((n, at) => `"k${at}":${n}`).join(',')}},"s":"1e999 \\"1e200"}`;
        const written = numbers.map(alone);
        expect(stringifyJson(parseJson(text))).toBe(
          `{"a":[${written.join(',')}],"__proto__":{${written.map((n, at) => `"k${at}":${n}`).join(',')}},"s":"1e999 \\"1e200"}`,
        );
      }),
      runs(),
    );
  });

  it('keep their digits or are the same double in its shortest form', () => {
    fc.assert(
      fc.property(spelled, (text) => {
        const written = alone(text);
        expect(
          written === text || Object.is(Number(written), Number(text)) || text.startsWith('-'),
        ).toBe(true);
        if (!Number.isFinite(Number(text))) expect(written).toBe(text);
      }),
      runs(),
    );
  });

  it.each(['{1e999:1}', '[1e999e1]', '[01e999]', '[1e999', '[--1e999]', '[1e999 1e999]', '1e999"'])(
    'do not make JSON of %s',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );
});
