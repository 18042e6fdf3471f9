import { describe, expect, it } from 'vitest';
import { flagItem } from '../../src/catalog/flag-item.ts';
import { lookFirst } from '../../src/catalog/flag-offer.ts';
import { toLockEntry } from '../../src/catalog/lock-entry.ts';
import { formatLock, parseLock } from '../../src/catalog/lock-text.ts';
import { offeredItems, pinOffer } from '../../src/catalog/note-offer.ts';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';
import type { JsonObject } from '../../src/domain/json.ts';

const flags = (definition: JsonObject) =>
  flagItem('tool', { name: 't', ...definition }, { server: 's', others: [] });
const withParameters = (...names: readonly string[]): JsonObject => ({
  inputSchema: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) },
});

describe('a parameter', () => {
  it.each([
    'password',
    'apiKey',
    'GITHUB_TOKEN',
    'system-prompt',
    'conversationHistory',
    'sidenote',
  ])('that asks for %s is flagged, and does not block', (name) => {
    expect(flags(withParameters(name))).toEqual([
      {
        kind: 'asks_secret',
        at: `/inputSchema/properties/${name}`,
        found: name,
        isBlocking: false,
      },
    ]);
  });

  it('is found in what an array holds', () => {
    const inner = { type: 'array', items: withParameters('secretKey').inputSchema ?? null };
    const found = flags({ inputSchema: { type: 'object', properties: { keys: inner } } });
    expect(found.map(({ at }) => at)).toEqual([
      '/inputSchema/properties/keys/items/properties/secretKey',
    ]);
  });

  it.each(['anyOf', 'allOf', 'oneOf', 'prefixItems'])('is found in what %s holds', (key) => {
    const inputSchema = { [key]: [{}, { properties: { system_prompt: {} } }] };
    expect(flags({ inputSchema }).map(({ at }) => at)).toEqual([
      `/inputSchema/${key}/1/properties/system_prompt`,
    ]);
  });

  it('is found among definitions, and the last of too many is said to be unread', () => {
    const names = Array.from({ length: 3_000 }, (_, at) => [`p${at}`, {}]);
    const inputSchema = {
      $defs: { a: { properties: { api_key: {}, ...Object.fromEntries(names) } } },
    };
    const asked = flags({ inputSchema }).filter(({ kind }) => kind === 'asks_secret');
    expect(asked.map(({ found }) => found)).toEqual([
      'api_key',
      'more parameters than were looked at',
    ]);
  });

  it('that counts tokens or turns pages is left alone', () => {
    expect(
      flags(withParameters('max_tokens', 'page_token', 'nextToken', 'context', 'key')),
    ).toEqual([]);
  });
});

describe('a description', () => {
  it.each(['Pass it as `sidenote`.', "The 'mode' parameter chooses.", 'Needs parameter "x".'])(
    'that says more than the schema is flagged: %s',
    (description) => {
      expect(
        flags({ description, inputSchema: { type: 'object' } }).map(({ kind }) => kind),
      ).toEqual(['beyond_schema']);
    },
  );

  it('may tell of what any schema of it has, deep down and in an enumeration', () => {
    const description = "The 'mode' parameter is as 'fast', the `a.b` field holds.";
    const properties = { mode: { enum: ['fast'] }, a: { properties: { b: {} } } };
    expect(flags({ description, inputSchema: { type: 'object', properties } })).toEqual([]);
  });
});

describe('what was noticed', () => {
  it('stands in the lock beside what it was noticed of, and reads back', async () => {
    const offer: ServerOffer = {
      era: '2025',
      revision: '2025-11-25',
      askedWith: {},
      serverInfo: {},
      capabilities: {},
      prompts: [],
      templates: [],
      tools: [{ name: 'a', ...withParameters('password') }, { name: 'b' }],
    };
    const first = await lookFirst('s', offeredItems(offer), new Map());
    const entry = toLockEntry(pinOffer('s', offer, { now: 1, first }));
    expect(entry.tools.map(({ flags: noticed }) => noticed)).toEqual([
      [
        {
          kind: 'asks_secret',
          at: '/inputSchema/properties/password',
          found: 'password',
          isBlocking: false,
        },
      ],
      undefined,
    ]);
    const parsed = parseLock(formatLock(new Map([['s', entry]])));
    expect(parsed.ok && parsed.entries.get('s')).toEqual(entry);
  });
});
