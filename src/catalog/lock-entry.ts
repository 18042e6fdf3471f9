import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type {
  PinnedItem,
  PinnedServer,
  Quarantine,
  ServerIdentity,
} from '../domain/catalog-record.ts';
import type { ItemFlag } from '../domain/item-flag.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { type FirstLook, withFlags } from './flag-offer.ts';
import { type ItemLists, itemsOf, type KindedItem, toLists } from './items.ts';
import { shownInfo } from './shown-info.ts';

/** One approved definition in the lock file. */
export interface LockItem {
  readonly name: string;
  /** SHA-256, hex, over the definition's canonical form (RFC 8785). */
  readonly hash: string;
  readonly definition: JsonObject;
  /** What whoever approved it was told about it; absent when nothing was noticed. */
  readonly flags?: readonly ItemFlag[];
}

/**
 * What the lock file says of one tool server: approved items, kind by kind, each ordered by name. A kind
 * without any is left out, but for `tools`.
 */
export interface LockEntry extends ServerIdentity, ItemLists<LockItem> {
  /** Items that nobody may use all the same, as `formatItem` names them, ordered. */
  readonly quarantined?: readonly string[];
}

/** The lock file's entries by server. */
export type LockEntries = ReadonlyMap<string, LockEntry>;

/** Whether people took an item out, in whichever way. */
export const isTakenOut = ({ quarantine }: Pick<PinnedItem, 'quarantine'>): boolean =>
  quarantine?.reason === 'by_admin' || quarantine?.reason === 'by_lock';

/**
 * What the lock file should say of a server: what people decided. What a broker noticed (drift, items
 * that appeared) is local and stays out, or one machine's bad day would be everybody's.
 */
export function toLockEntry(pinned: PinnedServer): LockEntry {
  const { era, revision, askedWith, serverInfo, capabilities, origin } = pinned;
  const decided = itemsOf(pinned).filter(({ item }) => item.quarantine?.reason !== 'unapproved');
  return {
    era,
    revision,
    askedWith,
    serverInfo,
    capabilities,
    ...(origin === undefined ? {} : { origin }),
    ...lockLists(
      decided.map(({ kind, item: { name, hash, definition, flags } }) => ({
        kind,
        item: { name, hash, definition, ...(flags === undefined ? {} : { flags }) },
      })),
    ),
    ...quarantinedIn(decided.filter(({ item }) => isTakenOut(item)).map(({ word }) => word)),
  };
}

/** An entry's lists, in our order, so that what a person moved about is not a change. */
export function lockLists(
  items: readonly Pick<KindedItem<LockItem>, 'kind' | 'item'>[],
): ItemLists<LockItem> {
  const { prompts, templates, ...rest } = toLists(items);
  return {
    ...rest,
    ...(prompts.length === 0 ? {} : { prompts }),
    ...(templates.length === 0 ? {} : { templates }),
  };
}

/** An entry's list of what is out; no list when nothing is. */
export const quarantinedIn = (words: readonly string[]): Pick<LockEntry, 'quarantined'> =>
  words.length === 0 ? {} : { quarantined: [...new Set(words)].sort() };

/** The catalog's record of an entry: what a first start takes over from a reviewed file, but for what is blocked. */
export function fromLockEntry(
  server: string,
  entry: LockEntry,
  options: { readonly now: number; readonly first: FirstLook },
): PinnedServer {
  const { era, revision, askedWith, serverInfo, capabilities, origin, quarantined } = entry;
  const markOf = (word: string): { readonly quarantine?: Quarantine } => {
    if (options.first.blocked.has(word)) return { quarantine: { reason: 'unapproved' } };
    return quarantined?.includes(word) === true ? { quarantine: { reason: 'by_lock' } } : {};
  };
  const items = itemsOf(entry).map(({ kind, word, item }) => ({
    kind,
    item: withFlags({ ...item, ...markOf(word) }, options.first.flags.get(word)),
  }));
  return {
    server,
    era,
    revision,
    askedWith,
    serverInfo: shownInfo(serverInfo),
    capabilities,
    ...(origin === undefined ? {} : { origin }),
    ...toLists<PinnedItem>(items),
    pinnedAt: options.now,
  };
}

/** Identifies what an entry says, spelling aside; `absent` when there is none. */
export const hashLockEntry = (entry: LockEntry | undefined): string =>
  entry === undefined
    ? 'absent'
    : createHash('sha256')
        .update(canonicalJson(entry as unknown as Json))
        .digest('hex');

/** What a changed entry does to what is in force, items as `formatItem` names them. */
export interface LockEffect {
  /** What it takes away: gone from it, named under `quarantined`, or approved as something else. */
  readonly narrows: readonly string[];
  /** What it would give, which waits for `tools approve`. */
  readonly widens: readonly string[];
}

/** Compares an entry that people changed with what is in force. An entry that is gone takes everything away. */
export function lockEffect(
  entry: LockEntry | undefined,
  pinned: PinnedServer | undefined,
): LockEffect {
  const out = new Set(entry?.quarantined);
  const said = entry === undefined ? [] : itemsOf<LockItem>(entry);
  const wanted = new Map(
    said.filter(({ word }) => !out.has(word)).map(({ word, item }) => [word, item.hash]),
  );
  const narrows: string[] = [];
  const inForce = new Map<string, string>();
  for (const { word, item } of pinned === undefined ? [] : itemsOf(pinned)) {
    const { hash, quarantine } = item;
    if (quarantine?.reason === 'unapproved' || isTakenOut(item)) continue;
    inForce.set(word, hash);
    const now = wanted.get(word);
    // A drifted item is hidden already: a new hash for it is its approval, which waits.
    if (now === undefined || (now !== hash && quarantine === undefined)) narrows.push(word);
  }
  const widens = [...wanted].flatMap(([word, hash]) => (inForce.get(word) === hash ? [] : [word]));
  return { narrows, widens };
}
