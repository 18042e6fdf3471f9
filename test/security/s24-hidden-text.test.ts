import { describe, expect, it } from 'vitest';
import { flagItem } from '../../src/catalog/flag-item.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { hasCorpora, recordedLists } from '../support/corpora.ts';

const flags = (definition: JsonObject) => flagItem('tool', definition, { server: 's', others: [] });

const HIDDEN: readonly (readonly [name: string, text: string])[] = [
  ['tag characters', '\u{e0049}\u{e0067}'],
  ['a language tag', '\u{e0001}'],
  ['zero width space', '\u200b'],
  ['zero width joiner', '\u200d'],
  ['byte order mark', '\ufeff'],
  ['right-to-left override', '\u202e'],
  ['isolate', '\u2066'],
  ['left-to-right mark', '\u200e'],
  ['Arabic letter mark', '\u061c'],
  ['a variation selector', '\ufe00'],
  ['an emoji selector after a letter', 'x\ufe0f'],
  ['a supplementary variation selector', '\u{e0100}'],
  ['selectors after an emoji', '😀\ufe0f\u{e0139}'],
  ['escape', '\u001b[8m'],
  ['NUL', '\0'],
  ['C1 control', '\u009b'],
  ['soft hyphen', '\u00ad'],
  ['word joiner', '\u2060'],
  ['invisible times', '\u2062'],
  ['grapheme joiner', '\u034f'],
  ['Hangul filler', '\u3164'],
  ['half-width Hangul filler', '\uffa0'],
  ['blank braille pattern', '\u2800'],
  ['line separator', '\u2028'],
  ['paragraph separator', '\u2029'],
  ['private use', '\ue000'],
  ['supplementary private use', '\u{f0000}'],
  ['a lone surrogate', '\ud800'],
  ['a noncharacter', '\uffff'],
  ['Mongolian vowel separator', '\u180e'],
];

describe('a definition with text that people cannot see', () => {
  it.each(HIDDEN)('is blocked wherever it stands: %s', (_, text) => {
    const hidden = `Adds${text} numbers`;
    const definitions: readonly (readonly [at: string, definition: JsonObject])[] = [
      ['/description', { name: 'add', description: hidden }],
      ['/title', { name: 'add', title: hidden }],
      ['/annotations/title', { name: 'add', annotations: { title: hidden } }],
      [
        '/inputSchema/properties/a/enum/1',
        { name: 'add', inputSchema: { properties: { a: { enum: ['x', hidden] } } } },
      ],
      ['/icons/0/src', { name: 'add', icons: [{ src: hidden }] }],
      ['/_meta/x/y', { name: 'add', _meta: { x: { y: hidden } } }],
    ];
    for (const [at, definition] of definitions) {
      expect(flags(definition)).toContainEqual({
        kind: 'hidden_text',
        at,
        found: expect.stringContaining('⟨U+'),
        isBlocking: true,
      });
    }
    expect(flags({ name: 'add', inputSchema: { properties: { [hidden]: {} } } })).toContainEqual(
      expect.objectContaining({ kind: 'hidden_text', isBlocking: true }),
    );
    expect(flags({ name: hidden }).map(({ kind }) => kind)).toEqual(['name_form', 'hidden_text']);
  });

  it('shows what is hidden, in printable characters only', () => {
    const [flag] = flags({ name: 'add', description: 'Adds.\u{e0067}\u{e006f}' });
    expect(flag?.found).toBe('Adds.⟨U+E0067 TAG g⟩⟨U+E006F TAG o⟩');
  });

  it('is found behind sixteen million honest characters', () => {
    const description = `${'honest '.repeat(2_400_000)}\u200b`;
    const [flag] = flags({ name: 'add', description });
    expect(flag).toMatchObject({ kind: 'hidden_text', at: '/description', isBlocking: true });
    expect(flag?.found.length).toBeLessThanOrEqual(200);
  });

  it('gets a bounded number of flags, each of bounded size', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, at) => [`${'\u200b'.repeat(400)}${at}`, { a: '\ud800' }]),
    );
    const found = flags({ name: 'add', inputSchema: { properties } });
    expect(found.length).toBeLessThanOrEqual(120);
    for (const { at, found: text } of found) {
      expect(at.length).toBeLessThanOrEqual(200);
      expect(text.length).toBeLessThanOrEqual(200);
    }
  });

  it.each(['Two lines,\n\tindented.\r\n', 'Careful ⚠️: deletes', 'Größe, 日本語, عربى, ✅ 😀'])(
    'is told from one with ordinary text: %j',
    (description) => {
      expect(flags({ name: 'add', description })).toEqual([]);
    },
  );
});

describe.skipIf(!hasCorpora)('real definitions', () => {
  // Base rate. Of 177 definitions of 13 servers three are flagged ("ALWAYS prefer this tool", two that
  // speak of cookies and of a bearer token), none blocked;
  // of 264 definitions in 23 releases of two more servers, the four that told of `head` and `tail` while
  // their schemas, by mistake, had no properties at all.
  it.each([
    [
      'tool-definitions',
      177,
      [
        'chrome_devtools_mcp emulate asks_secret',
        'chrome_devtools_mcp fill_form orders',
        'chrome_devtools_mcp new_page asks_secret',
      ],
    ],
    [
      'tool-definition-drift',
      264,
      [
        'server-filesystem-2025.7.1 read_file beyond_schema',
        'server-filesystem-2025.7.29 read_text_file beyond_schema',
        'server-filesystem-2025.8.18 read_text_file beyond_schema',
        'server-filesystem-2025.8.21 read_text_file beyond_schema',
      ],
    ],
  ] as const)('of %s are hardly flagged, and none is blocked', (corpus, count, expected) => {
    const lists = recordedLists(corpus).map(({ from, tools }) => ({
      server: from,
      tools: tools.map((definition) => ({ definition, name: String(definition.name) })),
    }));
    const names = lists.map(({ server, tools }) => tools.map(({ name }) => ({ server, name })));
    // Side by side as on one broker; releases of one server never are.
    const all = names.flat();
    const found = lists.flatMap(({ server, tools }, at) =>
      tools.flatMap(({ definition, name }) => {
        const others = corpus === 'tool-definitions' ? all : (names[at] ?? []);
        return flagItem('tool', definition, { server, others }).map((flag) => ({
          server,
          name,
          ...flag,
        }));
      }),
    );
    expect(all).toHaveLength(count);
    expect(found.filter(({ isBlocking }) => isBlocking)).toEqual([]);
    expect(found.map(({ server, name, kind }) => `${server} ${name} ${kind}`)).toEqual(expected);
  });
});
