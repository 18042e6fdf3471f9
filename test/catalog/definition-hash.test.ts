import { describe, expect, it } from 'vitest';
import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';

const hash = (text: string): string => hashDefinition(parseJson(text) as JsonObject);

describe('the hash of a definition', () => {
  it('does not depend on the order of members', () => {
    expect(hash('{"name":"a","_meta":{"x":1,"y":2}}')).toBe(
      hash('{"_meta":{"y":2,"x":1},"name":"a"}'),
    );
  });

  it.each([
    '{"name":"a","_meta":{"x":2}}',
    '{"name":"a","_meta":{"x":1},"annotations":{}}',
    '{"name":"a","_meta":{"x":1,"__proto__":{}}}',
    '{"name":"a ","_meta":{"x":1}}',
  ])('changes with any change: %s', (text) => {
    expect(hash(text)).not.toBe(hash('{"name":"a","_meta":{"x":1}}'));
  });

  it('tells integers apart that a double cannot', () => {
    expect(hash('{"max":9007199254740993}')).not.toBe(hash('{"max":9007199254740992}'));
  });

  it('refuses a definition without a canonical form', () => {
    expect(() => hash('{"name":"\\ud800"}')).toThrow(TypeError);
  });
});
