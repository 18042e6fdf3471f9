import type { ItemKind, PinnedItem, PinnedServer } from '../domain/catalog-record.ts';
import type { ItemFlag } from '../domain/item-flag.ts';
import { flagItem } from './flag-item.ts';
import type { NameRef } from './flag-names.ts';
import { itemsOf, type KindedItem } from './items.ts';

/** Every item of a kind that has its name already: known, and not waiting for its first approval. */
const namesOf = (kind: ItemKind, servers: ReadonlyMap<string, PinnedServer>): readonly NameRef[] =>
  [...servers.values()].flatMap((pinned) =>
    itemsOf(pinned)
      .filter((each) => each.kind === kind && each.item.quarantine?.reason !== 'unapproved')
      .map(({ item }) => ({ server: pinned.server, name: item.name })),
  );

/**
 * The flags of what a server offers, by item as `formatItem` names it. A name is measured against those
 * that are approved; one that is new against the other new ones as well. So what was approved first
 * keeps its name, and what comes later cannot take it. The event loop turns before every item: a
 * hostile list is large.
 */
export async function flagOffer(
  server: string,
  items: readonly KindedItem<PinnedItem>[],
  servers: ReadonlyMap<string, PinnedServer>,
): Promise<ReadonlyMap<string, readonly ItemFlag[]>> {
  const spaces = { tool: space('tool'), prompt: space('prompt') };
  const flags = new Map<string, readonly ItemFlag[]>();
  for (const { kind, word, item } of items) {
    await new Promise((turn) => setImmediate(turn));
    const { known, named, all } = kind === 'prompt' ? spaces.prompt : spaces.tool;
    const others = known.has(item.name) ? named : all;
    const tools = kind === 'tool' ? others : spaces.tool.all;
    flags.set(word, flagItem(kind, item.definition, { server, others, tools }));
  }
  return flags;

  function space(kind: ItemKind) {
    const named = namesOf(kind, servers);
    const known = new Set(named.filter((ref) => ref.server === server).map(({ name }) => name));
    const added = items
      .filter((each) => each.kind === kind && !known.has(each.item.name))
      .map(({ item }) => ({ server, name: item.name }));
    return { named, known, all: [...named, ...added] };
  }
}

/** Whether an item waits until an admin says explicitly that its flags are meant. */
export const isBlocked = (flags: readonly ItemFlag[] | undefined): boolean =>
  flags?.some(({ isBlocking }) => isBlocking) ?? false;

/** A name in letters that can be told apart, whatever else is odd about it. */
const LATIN = /^[\p{ASCII}\p{Script=Latin}]*$/u;

/** What is noticed of an offer that nobody has looked at, by item as `formatItem` names it. */
export interface FirstLook {
  /** Not pinned without an admin's word. */
  readonly blocked: ReadonlySet<string>;
  readonly flags: ReadonlyMap<string, readonly ItemFlag[]>;
}

/** An item with what was noticed of it. */
export const withFlags = (item: PinnedItem, flags: readonly ItemFlag[] | undefined): PinnedItem =>
  flags === undefined || flags.length === 0 ? item : { ...item, flags };

/**
 * What of an offer is not pinned at first use without an admin's word: text that people cannot see,
 * names that are or look like another's, instructions that give the model orders: they are there to be
 * obeyed, and reach every client of the server. An odd name in Latin letters is pinned: servers have
 * such names, and clients see a plain one in its place.
 */
export async function lookFirst(
  server: string,
  items: readonly KindedItem<PinnedItem>[],
  servers: ReadonlyMap<string, PinnedServer>,
): Promise<FirstLook> {
  const flags = await flagOffer(server, items, servers);
  const waits = ({ kind, word, item }: KindedItem<PinnedItem>): boolean => {
    const isTold = LATIN.test(item.name);
    const of = flags.get(word)?.filter((flag) => !(isTold && flag.kind === 'name_form')) ?? [];
    return isBlocked(of) || (kind === 'instructions' && of.some((flag) => flag.kind === 'orders'));
  };
  return { blocked: new Set(items.filter(waits).map(({ word }) => word)), flags };
}
