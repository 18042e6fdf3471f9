import { describe, expect, it } from 'vitest';
import { compareDefinitions } from '../../src/catalog/compare-definitions.ts';
import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import { isJsonObject, type JsonObject } from '../../src/domain/json.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { hasCorpora, recordedLists } from '../support/corpora.ts';

function read(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What a byte is changed into: a letter, a digit, and bytes that mean something to JSON. */
const REPLACEMENTS = ['x', '7', ' ', '"', '\\', '-'];

describe.skipIf(!hasCorpora)('a definition with one byte changed', () => {
  it('has a difference to show exactly when its hash is another', () => {
    const sample = recordedLists('tool-definitions').flatMap(({ tools }) => tools.slice(0, 1));
    let compared = 0;
    const wrong: string[] = [];
    for (const definition of sample) {
      const text = stringifyJson(definition).slice(0, 4_000);
      const whole = stringifyJson(definition);
      const hash = hashDefinition(definition);
      for (let at = 0; at < text.length; at += 1) {
        const byte = REPLACEMENTS[at % REPLACEMENTS.length];
        if (byte === text[at]) continue;
        const changed = read(`${whole.slice(0, at)}${byte}${whole.slice(at + 1)}`);
        if (changed === undefined) continue;
        compared += 1;
        const differs = compareDefinitions(definition, changed).length > 0;
        if (differs !== (hashDefinition(changed) !== hash)) wrong.push(`${definition.name} ${at}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(3_000);
  });

  it('shows what changed between releases in no more than its words', () => {
    const lists = recordedLists('tool-definition-drift');
    const before = lists.find(({ from }) => from.endsWith('filesystem-2025.7.29'));
    const after = lists.find(({ from }) => from.endsWith('filesystem-2025.8.18'));
    const differing = (before?.tools ?? []).flatMap((definition) => {
      const other = after?.tools.find(({ name }) => name === definition.name);
      return compareDefinitions(definition, other).map(({ at }) => `${definition.name} ${at}`);
    });
    expect(differing).not.toEqual([]);
    expect(differing.every((line) => /^[a-z_]+ \/(description|inputSchema)/.test(line))).toBe(true);
  });
});
