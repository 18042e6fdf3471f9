import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDuplicateMember } from '../../src/domain/duplicate-members.ts';

describe('hasDuplicateMember', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"b":{"c":1,"c":2}}',
    '[{"x":[]},{"a":{},"b":[1,{"a":1}],"a":[]}]',
    '{"a":1,"\\u0061":2}',
    '{"\\"":1,"\\u0022":2}',
    '{"method":"ping","params":{},"method":"tools/call"}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    ' { "a" : "},{" , "a" : 1 } ',
    '{"a":"\\\\","a":1}',
  ])('finds it in %s', (text) => {
    expect(hasDuplicateMember(text)).toBe(true);
  });

  it.each([
    '{"a":1,"b":2}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":["a","a"]}',
    '{"a":"\\",\\"a\\":1","b":2}',
    '{"A":1,"a":2}',
    '"a"',
    '[]',
    '',
  ])('finds none in %s', (text) => {
    expect(hasDuplicateMember(text)).toBe(false);
  });

  it('finds none in whatever was written from a value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(hasDuplicateMember(text)).toBe(false);
      }),
    );
  });

  it('finds the member that was put in twice, wherever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (object) => {
        const [name = ''] = Object.keys(object);
        const text = JSON.stringify({ deep: [object] });
        const again = `${text.slice(0, -3)},${JSON.stringify(name)}:0}]}`;
        expect(hasDuplicateMember(again)).toBe(true);
      }),
    );
  });
});
