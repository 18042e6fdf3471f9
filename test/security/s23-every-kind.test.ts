import { describe, expect, it } from 'vitest';
import { formatItem, itemsOf } from '../../src/catalog/items.ts';
import { noteOffer, pinOffer } from '../../src/catalog/note-offer.ts';
import { serverView } from '../../src/catalog/server-view.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { ItemKind, ServerOffer } from '../../src/domain/catalog-record.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';

const DEFINITIONS: Readonly<Record<Exclude<ItemKind, 'instructions'>, JsonObject>> = {
  tool: {
    name: 'send',
    title: 'Send',
    description: 'Sends a message.',
    inputSchema: { type: 'object', properties: { to: { type: 'string', maxLength: 10 } } },
    annotations: { readOnlyHint: false, title: 'x' },
    icons: [{ src: 'data:image/png;base64,AA==' }],
    _meta: { 'a/b': null },
  },
  prompt: {
    name: 'triage',
    title: 'Triage',
    description: 'Sorts what came in.',
    arguments: [{ name: 'label', description: 'which', required: true }],
    icons: [{ src: 'https://example.com/a.png', sizes: ['48x48'] }],
    _meta: { 'a/b': 1 },
  },
  template: {
    uriTemplate: 'file:///{path}',
    name: 'files',
    title: 'Files',
    description: 'Any file.',
    mimeType: 'text/plain',
    annotations: { audience: ['user'], priority: 0.5 },
    _meta: { 'a/b': true },
  },
};
const INSTRUCTIONS = 'Ask for the label first.\nThen triage.';
const KINDS: readonly ItemKind[] = ['tool', 'prompt', 'template', 'instructions'];

const offer = (changed: Partial<Record<ItemKind, Json>> = {}): ServerOffer => {
  const made = { ...DEFINITIONS, instructions: INSTRUCTIONS, ...changed };
  return {
    era: '2026',
    revision: '2026-07-28',
    askedWith: {},
    serverInfo: { name: 's' },
    capabilities: {},
    tools: [made.tool as JsonObject],
    prompts: [made.prompt as JsonObject],
    templates: [made.template as JsonObject],
    instructions: made.instructions as string,
  };
};
const known = pinOffer('s', offer(), { now: 1 });

/** Everything that one byte of a value's text can be changed into and still be a value of its kind. */
function* changes(kind: ItemKind): Generator<Json> {
  const text = canonicalJson(kind === 'instructions' ? INSTRUCTIONS : DEFINITIONS[kind]);
  for (let at = 0; at < text.length; at += 1) {
    for (const other of ['~', '7', ' ', '']) {
      let value: Json;
      try {
        value = JSON.parse(`${text.slice(0, at)}${other}${text.slice(at + 1)}`) as Json;
      } catch {
        continue;
      }
      if (kind === 'instructions' ? typeof value !== 'string' : !isJsonObject(value)) continue;
      if (canonicalJson(value) !== text) yield value;
    }
  }
}

/** What of a server can be used or is shown, by kind and name. */
function inView(pinned: typeof known): readonly string[] {
  const { tools, prompts, templates } = serverView(pinned, false);
  const approved = (kind: ItemKind, items: typeof tools): readonly string[] =>
    [...(items ?? [])].flatMap(([name, { quarantine }]) =>
      quarantine === undefined ? [formatItem({ kind, name })] : [],
    );
  const { about } = pinned;
  return [
    ...(about === undefined || about.quarantine !== undefined ? [] : ['instructions']),
    ...approved('tool', tools),
    ...approved('prompt', prompts),
    ...approved('template', templates),
  ];
}

const ALL = ['instructions', 'send', 'prompt:triage', 'template:file:///{path}'];

describe('S23 any change of one byte, of whatever a tool server offers', () => {
  it('is none while nothing changed, in whatever order members come', () => {
    expect(inView(known)).toEqual(ALL);
    const reversed = Object.fromEntries(Object.entries(DEFINITIONS.prompt).reverse());
    expect(noteOffer(known, offer({ prompt: reversed }))).toBeUndefined();
  });

  it.each(KINDS)('takes the %s out of view, and nothing else', (kind) => {
    const own = itemsOf(known).find((each) => each.kind === kind)?.word ?? '';
    const others = ALL.filter((word) => word !== own);
    let count = 0;
    for (const value of changes(kind)) {
      const noted = noteOffer(known, offer({ [kind]: value }));
      const isDrifted = noted?.drifted.has(own) === true;
      // Under another name it is another item, which nobody approved.
      expect([isDrifted, noted?.appeared.length]).toEqual(isDrifted ? [true, 0] : [false, 1]);
      expect(inView(noted?.next ?? known)).toEqual(isDrifted ? others : ALL);
      count += 1;
    }
    expect(count).toBeGreaterThan(kind === 'instructions' ? 50 : 200);
  });

  it.each(KINDS)('keeps the %s out when it turns back', (kind) => {
    const drifted = [...changes(kind)]
      .map((value) => noteOffer(known, offer({ [kind]: value })))
      .find((noted) => noted !== undefined && noted.drifted.size > 0);
    expect(drifted).toBeDefined();
    expect(noteOffer(drifted?.next ?? known, offer())).toBeUndefined();
  });
});
