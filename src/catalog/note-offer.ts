import type {
  ItemKind,
  PinnedItem,
  PinnedServer,
  ServerIdentity,
  ServerOffer,
} from '../domain/catalog-record.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import { identityChange, type ServerChange } from '../domain/server-origin.ts';
import { hashDefinition } from './definition-hash.ts';
import { type FirstLook, withFlags } from './flag-offer.ts';
import {
  ITEM_KINDS,
  itemsOf,
  type KindedItem,
  kinded,
  mapItems,
  nameOf,
  toLists,
} from './items.ts';
import type { LockEntry } from './lock-entry.ts';
import { shownInfo } from './shown-info.ts';

/** Items of one kind kept of one server, approved or not. */
const MAX_OF_KIND = 2_000;
/** Definitions kept of one server that nobody approved, UTF-8 bytes in all. */
const MAX_UNAPPROVED_BYTES = 16 * 1024 * 1024;

/** Everything an offer holds that is pinned, with its hash, ordered by kind and name. */
export function offeredItems(offer: ServerOffer): readonly KindedItem<PinnedItem>[] {
  const { tools, prompts, templates, instructions } = offer;
  const about = instructions === undefined ? [] : [{ instructions }];
  const pin = (kind: ItemKind, definitions: readonly JsonObject[]) =>
    definitions.map((definition) =>
      kinded(kind, {
        name: nameOf(kind, definition),
        definition,
        hash: hashDefinition(definition),
      }),
    );
  return itemsOf(
    toLists([
      ...pin('instructions', about),
      ...pin('tool', tools),
      ...pin('prompt', prompts),
      ...pin('template', templates),
    ]),
  );
}

/** What a server says of itself that is kept with its items: all that is not one of them. */
export const identityOf = (offer: ServerOffer): ServerIdentity => {
  const { era, revision, askedWith, serverInfo, capabilities, origin } = offer;
  return {
    era,
    revision,
    askedWith,
    serverInfo: shownInfo(serverInfo),
    capabilities,
    ...(origin === undefined ? {} : { origin }),
  };
};

/**
 * What is pinned of a tool server at its first use: all of it, but for what is blocked, which waits
 * for an admin. Where the lock file has an entry for the server, that is what was approved, and the
 * offer can only take away from it.
 *
 * Attack: somebody writes into the file. A definition would be listed before the server was ever compared
 * with it, so what the running server does not offer is not pinned; and what is blocked would be let in,
 * so it waits whatever the file says.
 *
 * @param options the entry's `quarantined` names items as `formatItem` does.
 */
export function pinOffer(
  server: string,
  offer: ServerOffer,
  options: {
    readonly now: number;
    readonly first?: FirstLook;
    readonly reviewed?: LockEntry | undefined;
  },
): PinnedServer {
  const { reviewed, first } = options;
  const approved = new Map(
    reviewed === undefined ? [] : itemsOf(reviewed).map(({ word, item }) => [word, item]),
  );
  const pin = ({ word, item }: KindedItem<PinnedItem>): PinnedItem => {
    const live = withFlags(item, first?.flags.get(word));
    if (first?.blocked.has(word) === true) return { ...live, quarantine: { reason: 'unapproved' } };
    if (reviewed === undefined) return live;
    const known = approved.get(word);
    if (known === undefined) return { ...live, quarantine: { reason: 'unapproved' } };
    if (reviewed.quarantined?.includes(word) === true) {
      return { ...known, quarantine: { reason: 'by_lock' } };
    }
    if (known.hash === live.hash) return live;
    return {
      ...known,
      quarantine: { reason: 'drifted', liveHash: live.hash, live: live.definition },
    };
  };
  const items = offeredItems(offer).map((each) => ({ kind: each.kind, item: pin(each) }));
  const pinned = { server, ...identityOf(offer), ...toLists(items), pinnedAt: options.now };
  const changed = reviewed === undefined ? undefined : changeOf(reviewed, offer);
  if (reviewed === undefined || changed === undefined) return pinned;
  const { origin, serverInfo } = reviewed;
  const approvedAs = { ...pinned, serverInfo, ...(origin === undefined ? {} : { origin }) };
  return markAll(approvedAs, changed);
}

/** How an offer's server differs from the one that was approved. */
export const changeOf = (
  known: Pick<ServerIdentity, 'origin' | 'serverInfo'>,
  offer: Pick<ServerOffer, 'origin'> & Partial<Pick<ServerOffer, 'serverInfo'>>,
): ServerChange | undefined =>
  identityChange(
    { ...originPart(known), name: stringMember(known.serverInfo, 'name') },
    { ...originPart(offer), name: stringMember(shownInfo(offer.serverInfo ?? {}), 'name') },
  );

const originPart = ({ origin }: Pick<ServerIdentity, 'origin'>) =>
  origin === undefined ? {} : { origin };

/** Everything of a server that is another one, marked: its tools may do anything now. */
const markAll = (pinned: PinnedServer, changed: ServerChange): PinnedServer => ({
  ...pinned,
  ...mapItems(pinned, (item) =>
    item.quarantine === undefined
      ? { ...item, quarantine: { reason: 'drifted', liveHash: item.hash } }
      : item,
  ),
  changed,
});

/** What a running server newly says differently from what is known of it. */
export interface NotedOffer {
  readonly next: PinnedServer;
  /** Approved items that differ, as `formatItem` names them, with their live hashes. */
  readonly drifted: ReadonlyMap<string, string>;
  /** The server itself is another one: everything of it is marked. */
  readonly changed?: ServerChange;
  /** Items nobody has approved. */
  readonly appeared: readonly string[];
}

/**
 * Compares an offer with what is known. `undefined` when nothing is to be written.
 *
 * An item that is marked stays as it is marked until an admin has looked, equal again or not, and one
 * that nobody approved stays as it was first seen. Attack: a server that changes with each list would
 * move the epoch and fill the log with each turn, so that nobody else's decision holds; each name is
 * good for one change, and of names there are 2,000 of a kind.
 *
 * An item the live server lacks is no drift: servers may offer less to some connections.
 */
export function noteOffer(known: PinnedServer, offer: ServerOffer): NotedOffer | undefined {
  const before = itemsOf(known);
  const live = new Map(offeredItems(offer).map((each) => [each.word, each]));
  const drifted = new Map<string, string>();
  let bytes = before.reduce((sum, { item }) => sum + unapprovedBytes(item), 0);
  const fits = (definition: JsonObject): boolean => {
    const more = sizeOf(definition);
    if (bytes + more > MAX_UNAPPROVED_BYTES) return false;
    bytes += more;
    return true;
  };
  const kept = before.map((each): KindedItem<PinnedItem> => {
    const { word, item } = each;
    const now = live.get(word)?.item;
    live.delete(word);
    if (now === undefined || now.hash === item.hash || item.quarantine !== undefined) return each;
    drifted.set(word, now.hash);
    const quarantine = {
      reason: 'drifted',
      liveHash: now.hash,
      ...(fits(now.definition) ? { live: now.definition } : {}),
    } as const;
    return { ...each, item: { ...item, quarantine } };
  });
  const appeared = ITEM_KINDS.flatMap((kind) => {
    const room = MAX_OF_KIND - kept.filter((each) => each.kind === kind).length;
    return [...live.values()].filter((each) => each.kind === kind).slice(0, Math.max(0, room));
  }).filter(({ item }) => fits(item.definition));
  const changed = known.changed === undefined ? changeOf(known, offer) : undefined;
  if (drifted.size === 0 && appeared.length === 0 && changed === undefined) return undefined;
  const unapproved = appeared.map(({ kind, item }) => ({
    kind,
    item: { ...item, quarantine: { reason: 'unapproved' as const } },
  }));
  const noted = { ...known, ...toLists([...kept, ...unapproved]) };
  return {
    next: changed === undefined ? noted : markAll(noted, changed),
    ...(changed === undefined ? {} : { changed }),
    drifted,
    appeared: appeared.map(({ word }) => word),
  };
}

const sizeOf = (definition: JsonObject): number => Buffer.byteLength(stringifyJson(definition));

function unapprovedBytes({ definition, quarantine }: PinnedItem): number {
  if (quarantine?.reason === 'unapproved') return sizeOf(definition);
  if (quarantine?.reason === 'drifted' && quarantine.live !== undefined) {
    return sizeOf(quarantine.live);
  }
  return 0;
}
