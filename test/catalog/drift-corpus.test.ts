import { describe, expect, it } from 'vitest';
import { noteOffer, pinOffer } from '../../src/catalog/note-offer.ts';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';
import { hasCorpora, recordedLists } from '../support/corpora.ts';
import { releasePairs } from '../support/release-pairs.ts';

const offerOf = (tools: readonly JsonObject[]): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: {},
  capabilities: { tools: {} },
  prompts: [],
  templates: [],
  tools,
});

/** Copies of a value, each with one member changed by as little as can be. */
function* changes(value: Json): Generator<Json> {
  if (typeof value === 'string') {
    yield `${value} `;
    yield value.slice(0, -1);
  } else if (typeof value === 'number') yield value + 1;
  else if (typeof value === 'boolean') yield !value;
  else if (value === null) yield 0;
  else if (Array.isArray(value)) {
    yield [...value, null];
    for (const [at, item] of value.entries()) {
      for (const changed of changes(item)) yield value.with(at, changed);
    }
  } else if (isJsonObject(value)) {
    yield { ...value, x: null };
    for (const [key, item] of Object.entries(value)) {
      const { [key]: _, ...rest } = value;
      yield { ...rest, [`${key}s`]: item };
      for (const changed of changes(item)) yield { ...value, [key]: changed };
    }
  }
}

/** Base rate: what honest servers change, and what each change would stop until an admin has looked. */
describe.runIf(hasCorpora)('drift between real releases', () => {
  const pairs = releasePairs();

  it('is found in 11 of 21 consecutive releases of two official servers', () => {
    const drifting = pairs.filter(({ before, after }) => {
      const noted = noteOffer(pinOffer('x', offerOf(before), { now: 0 }), offerOf(after));
      return noted !== undefined && noted.drifted.size + noted.appeared.length > 0;
    });
    expect([drifting.length, pairs.length]).toEqual([11, 21]);
  });

  it('hides exactly what changed and what is new', () => {
    for (const { before, after, kept, changed } of pairs) {
      const pinned = pinOffer('x', offerOf(before), { now: 0 });
      const { tools } = noteOffer(pinned, offerOf(after))?.next ?? pinned;
      const callable = tools
        .filter(({ quarantine }) => quarantine === undefined)
        .map(({ name }) => name)
        .filter((name) => after.some((tool) => tool.name === name));
      expect(callable).toEqual(kept);
      expect(callable.filter((name) => changed.includes(name))).toEqual([]);
    }
  });

  it('is found for the least change of every member of real definitions', () => {
    const lists = recordedLists('tool-definition-drift').filter((_, at) => at % 5 === 0);
    let count = 0;
    for (const { tools } of lists) {
      for (const tool of tools) {
        const pinned = pinOffer('x', offerOf([tool]), { now: 0 });
        for (const changed of changes(tool)) {
          count += 1;
          const noted = noteOffer(pinned, offerOf([changed as JsonObject]));
          if (noted === undefined) throw new Error(`not found: ${JSON.stringify(changed)}`);
        }
      }
    }
    expect(count).toBeGreaterThan(2_000);
  });
});
