import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, inOrder } from '../../src/domain/canonical-json.ts';
import { runs } from '../support/runs.ts';

describe('the order of members', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2 }),
    fc.constantFrom('a', 'A', '10', '9', '\uffff', '\u{1f600}', '\ud800', ''),
  );

  it('is that of UTF-16 code units, whatever it was and however many there are', () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 24 }), (names) => {
        expect(inOrder([...names])).toEqual([...names].sort());
      }),
      runs(300),
    );
  });

  it('is no order of alphabets', () => {
    const object = { é: 1, z: 2, Z: 3, '\u{1f600}': 4, '\uffff': 5, '10': 6, '9': 7 };
    expect(canonicalJson(object)).toBe('{"10":6,"9":7,"Z":3,"z":2,"é":1,"\u{1f600}":4,"\uffff":5}');
  });
});
