import type { ItemKind, PinnedItem, PinnedItems } from '../domain/catalog-record.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';

/** Every kind of item, in the order people are shown them. */
export const ITEM_KINDS = [
  'instructions',
  'tool',
  'prompt',
  'template',
] as const satisfies readonly ItemKind[];

/** The one name that a server's instructions have. */
export const INSTRUCTIONS = 'instructions';

/** One item of a server: its kind, and its own name. */
export interface ItemRef {
  readonly kind: ItemKind;
  readonly name: string;
}

/** An item with its kind, and the word that names both. */
export interface KindedItem<Item> {
  readonly kind: ItemKind;
  /** As `formatItem` writes it: tells it from every other item of its server. */
  readonly word: string;
  readonly item: Item;
}

/** Items kept kind by kind. */
export interface ItemLists<Item> {
  readonly tools: readonly Item[];
  readonly prompts?: readonly Item[];
  readonly templates?: readonly Item[];
  readonly about?: Item;
}

/** Orders items by name, as everything of the catalog is. */
export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** Orders items of a server by kind, then by name. */
export const byKind = (a: ItemRef, b: ItemRef): number =>
  ITEM_KINDS.indexOf(a.kind) - ITEM_KINDS.indexOf(b.kind) || byName(a, b);

/**
 * Writes an item as the command line, the lock file and the audit do: a tool by its name, others as
 * `prompt:NAME`, `template:URI`, `instructions`. A tool whose name reads like one of these is `tool:NAME`.
 */
export function formatItem({ kind, name }: ItemRef): string {
  if (kind === 'instructions') return INSTRUCTIONS;
  if (kind !== 'tool') return `${kind}:${name}`;
  return parseItem(name).kind === 'tool' && !name.startsWith('tool:') ? name : `tool:${name}`;
}

/** Reads what `formatItem` writes. Every text names something: what has no prefix is a tool. */
export function parseItem(word: string): ItemRef {
  if (word === INSTRUCTIONS) return { kind: 'instructions', name: INSTRUCTIONS };
  for (const kind of ['tool', 'prompt', 'template'] as const) {
    if (word.startsWith(`${kind}:`)) return { kind, name: word.slice(kind.length + 1) };
  }
  return { kind: 'tool', name: word };
}

/** The name a definition has by its kind; empty when it has none. */
export function nameOf(kind: ItemKind, definition: JsonObject): string {
  if (kind === 'instructions') return INSTRUCTIONS;
  return stringMember(definition, kind === 'template' ? 'uriTemplate' : 'name') ?? '';
}

/** An item with its kind. */
export const kinded = <Item extends { readonly name: string }>(
  kind: ItemKind,
  item: Item,
): KindedItem<Item> => ({ kind, word: formatItem({ kind, name: item.name }), item });

/** Every item of a server, in the order people are shown them. */
export const itemsOf = <Item extends { readonly name: string }>({
  tools,
  prompts = [],
  templates = [],
  about,
}: ItemLists<Item>): readonly KindedItem<Item>[] => [
  ...(about === undefined ? [] : [kinded('instructions', about)]),
  ...tools.map((item) => kinded('tool', item)),
  ...prompts.map((item) => kinded('prompt', item)),
  ...templates.map((item) => kinded('template', item)),
];

/** Puts items back kind by kind, each list ordered by name. */
export function toLists<Item extends { readonly name: string }>(
  items: readonly Pick<KindedItem<Item>, 'kind' | 'item'>[],
): ItemLists<Item> & Required<Pick<ItemLists<Item>, 'prompts' | 'templates'>> {
  const of = (kind: ItemKind): readonly Item[] =>
    items
      .filter((each) => each.kind === kind)
      .map(({ item }) => item)
      .sort(byName);
  const [about] = of('instructions');
  return {
    tools: of('tool'),
    prompts: of('prompt'),
    templates: of('template'),
    ...(about === undefined ? {} : { about }),
  };
}

/** What is pinned, each item as `change` makes it. */
export const mapItems = (
  pinned: PinnedItems,
  change: (item: PinnedItem, word: string) => PinnedItem,
): PinnedItems =>
  toLists(itemsOf(pinned).map(({ kind, word, item }) => ({ kind, item: change(item, word) })));
