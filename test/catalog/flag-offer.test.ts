import { describe, expect, it } from 'vitest';
import { flagOffer, lookFirst } from '../../src/catalog/flag-offer.ts';
import { offeredItems, pinOffer } from '../../src/catalog/note-offer.ts';
import type { PinnedServer, ServerOffer } from '../../src/domain/catalog-record.ts';

const offer = (...names: readonly string[]): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: {},
  capabilities: {},
  prompts: [],
  templates: [],
  tools: names.map((name) => ({ name })),
});
const items = (...names: readonly string[]) => offeredItems(offer(...names));
const none: ReadonlyMap<string, PinnedServer> = new Map();
const known = (...names: readonly string[]) =>
  new Map([['files', pinOffer('files', offer(...names), { now: 0 })]]);

describe('what waits at first use', () => {
  it.each([
    ['characters people cannot see', 're\u200bad'],
    ['letters of another script', 'r\u0435ad'],
  ])('is a name with %s', async (_, name) => {
    expect([...(await lookFirst('files', items(name), none)).blocked]).toEqual([name]);
  });

  it('is no odd name in Latin letters', async () => {
    expect([
      ...(await lookFirst('files', items('gr\u00fc\u00dfe', 'odd name'), none)).blocked,
    ]).toEqual([]);
  });

  it('are both of two new names that differ only in case: neither was there first', async () => {
    expect([...(await lookFirst('files', items('read', 'Read'), none)).blocked].sort()).toEqual([
      'Read',
      'read',
    ]);
  });
});

describe('a long list', () => {
  it('is looked at one item in a turn of the event loop', async () => {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const names = Array.from({ length: 50 }, (_, at) => `tool_${at}`);
    await flagOffer('files', items(...names), none);
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(50);
  });
});

describe('flags of names', () => {
  it('are on the new name and not on the one that was approved', async () => {
    const flags = await flagOffer('files', items('read', 'Read'), known('read'));
    expect([flags.get('read'), flags.get('Read')?.map(({ kind }) => kind)]).toEqual([
      [],
      ['name_collision'],
    ]);
  });
});
