import { describe, expect, it } from 'vitest';
import { compareDefinitions } from '../../src/catalog/compare-definitions.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';

const read = (text: string) => parseJson(text) as JsonObject;

describe('compareDefinitions', () => {
  it('shows a changed text word by word', () => {
    const before = { name: 'a', description: 'Reads a file.' };
    expect(compareDefinitions(before, { ...before, description: 'Reads any file.' })).toEqual([
      {
        at: '/description',
        kind: 'changed',
        parts: [
          { kind: 'same', text: 'Reads ' },
          { kind: 'removed', text: 'a' },
          { kind: 'added', text: 'any' },
          { kind: 'same', text: ' file.' },
        ],
      },
    ]);
  });

  it('goes down to the smallest member that differs, annotations too', () => {
    const before = read('{"annotations":{"readOnlyHint":true,"title":"A"},"a/b":[{"~":1}]}');
    const after = read('{"annotations":{"readOnlyHint":false,"title":"A"},"a/b":[{"~":"1"}]}');
    expect(compareDefinitions(before, after)).toEqual([
      {
        at: '/annotations/readOnlyHint',
        kind: 'changed',
        parts: [
          { kind: 'removed', text: 'true' },
          { kind: 'added', text: 'false' },
        ],
      },
      {
        at: '/a~1b/0/~0',
        kind: 'changed',
        parts: [
          { kind: 'removed', text: '1' },
          { kind: 'added', text: '"1"' },
        ],
      },
    ]);
  });

  it('names members that came and went, one called __proto__ too', () => {
    const differences = compareDefinitions(read('{"a":1}'), read('{"__proto__":{"b":"x"}}'));
    expect(differences).toEqual([
      { at: '/a', kind: 'removed', parts: [{ kind: 'removed', text: '1' }] },
      { at: '/__proto__', kind: 'added', parts: [{ kind: 'added', text: '{"b":"x"}' }] },
    ]);
  });

  it('leaves out the items that are equal at both ends of a list', () => {
    const differences = compareDefinitions({ required: ['a', 'b'] }, { required: ['a', 'x', 'b'] });
    expect(differences).toEqual([
      { at: '/required/1', kind: 'added', parts: [{ kind: 'added', text: '"x"' }] },
    ]);
  });

  it('spells out what people cannot see, in names and in texts', () => {
    const [text, name] = compareDefinitions(
      { description: 'Reads.' },
      { description: 'Reads.\u200b\n', 'x\u202e': 1 },
    );
    expect(text?.parts.at(-1)).toEqual({
      kind: 'added',
      text: '⟨U+200B ZERO WIDTH SPACE⟩⟨U+000A LF⟩',
    });
    expect(name?.at).toBe('/x⟨U+202E RIGHT-TO-LEFT OVERRIDE⟩');
  });

  it('shows white space that changed', () => {
    expect(compareDefinitions({ a: 'x y' }, { a: 'x  y' })).toHaveLength(1);
  });

  it('does not depend on the order of members, nor on how a number is spelled', () => {
    expect(compareDefinitions(read('{"a":1.0,"b":0e5}'), read('{"b":0,"a":1}'))).toEqual([]);
  });

  it.each([
    ['9007199254740993', '9007199254740992'],
    ['-0', '0'],
  ])('tells %s from %s, which a double is not written as', (one, other) => {
    const differences = compareDefinitions(read(`{"max":${one}}`), read(`{"max":${other}}`));
    expect(differences.map(({ at }) => at)).toEqual(['/max']);
  });

  it('tells a definition without members from none', () => {
    expect(compareDefinitions(undefined, {})).toHaveLength(1);
    expect(compareDefinitions(undefined, undefined)).toEqual([]);
    expect(compareDefinitions(undefined, { name: 'a' }).map(({ at }) => at)).toEqual(['/name']);
  });

  it('shows a rewritten text as one piece removed and one added, between what is equal', () => {
    const words = (word: string) => Array.from({ length: 5_000 }, (_, at) => `${word}${at}`);
    const [difference] = compareDefinitions(
      { a: `begin ${words('x').join(' ')} end` },
      { a: `begin ${words('y').join(' ')} end` },
    );
    expect(difference?.parts.map(({ kind }) => kind)).toEqual(['same', 'removed', 'added', 'same']);
    expect(difference?.parts.at(-1)?.text).toBe('4999 end'.slice(0, 8));
  });

  it('says how many members it does not list', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`m${at}`, at]));
    const differences = compareDefinitions({}, many);
    expect(differences).toHaveLength(201);
    expect(differences.at(-1)?.parts).toEqual([{ kind: 'same', text: '800 more members' }]);
  });
});
