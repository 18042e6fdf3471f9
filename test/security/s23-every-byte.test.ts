import { describe, expect, it } from 'vitest';
import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import { isJsonObject } from '../../src/domain/json.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { hasCorpora, recordedLists } from '../support/corpora.ts';

/** What a byte is changed into: what means something to JSON, or is as near as can be. */
const REPLACEMENTS = ['z', '7', ' ', '"', '\\', '0'];

/** Another byte for one: in the other case where it has one, at every sixth place. */
function replacementOf(byte: string, at: number): string {
  const kind = at % REPLACEMENTS.length;
  const turned = byte === byte.toLowerCase() ? byte.toUpperCase() : byte.toLowerCase();
  if (kind === 5 && turned !== byte) return turned;
  return REPLACEMENTS.find((other, by) => by >= kind && other !== byte) ?? 'y';
}

/** The hash of a changed text; `undefined` when it is no definition any more. */
function hashOf(text: string): string | undefined {
  try {
    const definition = parseJson(text);
    return isJsonObject(definition) ? hashDefinition(definition) : undefined;
  } catch {
    return undefined;
  }
}

describe.runIf(hasCorpora)('S23 the 177 real definitions', () => {
  it('have another hash, or are none any more, with any one byte changed', () => {
    const definitions = recordedLists('tool-definitions').flatMap(({ tools }) => tools);
    const unnoticed: string[] = [];
    let changes = 0;
    let hashed = 0;
    for (const definition of definitions) {
      const text = stringifyJson(definition);
      const before = hashDefinition(definition);
      for (let at = 0; at < text.length; at += 1) {
        const byte = replacementOf(text.charAt(at), at);
        const after = hashOf(`${text.slice(0, at)}${byte}${text.slice(at + 1)}`);
        changes += 1;
        if (after !== undefined) hashed += 1;
        if (after === before) unnoticed.push(`${String(definition.name)} ${at}`);
      }
    }
    expect(unnoticed).toEqual([]);
    expect(definitions).toHaveLength(177);
    expect(new Set(definitions.map(hashDefinition)).size).toBe(177);
    expect(changes).toBeGreaterThan(150_000);
    expect(hashed).toBeGreaterThan(80_000);
  });
});
