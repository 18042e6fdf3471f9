import { describe, expect, it } from 'vitest';
import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { hasCorpora, recordedLists } from '../support/corpora.ts';

/** What a byte is changed into: what means something to JSON, or is as near as can be. */
const REPLACEMENTS = ['z', '7', ' ', '"', '\\', '0'];

/** The canonical form of a changed text, which its hash covers; `undefined` when it is no JSON any more. */
function canonical(text: string): string | undefined {
  try {
    return canonicalJson(parseJson(text));
  } catch {
    return undefined;
  }
}

describe.runIf(hasCorpora)('S23 the 177 real definitions', () => {
  it('have another hash, or are none any more, with any one byte changed', () => {
    const definitions = recordedLists('tool-definitions').flatMap(({ tools }) => tools);
    const unnoticed: string[] = [];
    let changes = 0;
    for (const definition of definitions) {
      const text = stringifyJson(definition);
      const before = canonicalJson(definition);
      for (let at = 0; at < text.length; at += 1) {
        const byte = REPLACEMENTS.find((other, by) => by >= at % 5 && other !== text[at]);
        const after = canonical(`${text.slice(0, at)}${byte}${text.slice(at + 1)}`);
        changes += 1;
        if (after === before) unnoticed.push(`${String(definition.name)} ${at}`);
      }
    }
    expect(unnoticed).toEqual([]);
    expect(definitions).toHaveLength(177);
    expect(new Set(definitions.map(hashDefinition)).size).toBe(177);
    expect(changes).toBeGreaterThan(150_000);
  });
});
