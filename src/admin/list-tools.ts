import { compareDefinitions } from '../catalog/compare-definitions.ts';
import { exposedAs } from '../catalog/exposed-name.ts';
import { flagOffer } from '../catalog/flag-offer.ts';
import { itemsOf } from '../catalog/items.ts';
import { lockEffect } from '../catalog/lock-entry.ts';
import { offeredItems } from '../catalog/note-offer.ts';
import { type ItemDifference, planApproval } from '../catalog/plan-approval.ts';
import type { ItemKind, PinnedItem, PinnedServer, Quarantine } from '../domain/catalog-record.ts';
import type { ItemFlag } from '../domain/item-flag.ts';
import type { Label } from '../domain/label.ts';
import type { AdminContext } from './admin-context.ts';
import { assertConfigured, configured, type ReadOffer } from './approve-tools.ts';
import { offerRemarks } from './offer-remarks.ts';
import { readLock, type WaitingEntry } from './sync-lock.ts';

/** One known item, for a list. */
export interface ListedItem {
  readonly server: string;
  readonly kind: ItemKind;
  /** As `formatItem` names it. */
  readonly item: string;
  /** What clients see on `/mcp` and stdio: of a template its URI, of instructions nothing. */
  readonly name?: string;
  readonly state: 'approved' | 'drifted' | 'unapproved' | 'quarantined';
  /** Why it cannot be used, for people; absent when it is. */
  readonly why?: string;
  readonly flags: readonly ItemFlag[];
  /** What the configuration says it does with data; of tools alone. */
  readonly labels: readonly Label[];
  readonly hash: string;
}

const STATES: Readonly<Record<Quarantine['reason'], ListedItem['state']>> = {
  drifted: 'drifted',
  unapproved: 'unapproved',
  by_admin: 'quarantined',
  by_lock: 'quarantined',
};

const WHY: Readonly<Record<Quarantine['reason'], string>> = {
  drifted: 'the running server defines it differently, or is another than was approved',
  unapproved: 'nobody approved it',
  by_admin: 'an admin took it out',
  by_lock: 'mcp.lock.json took it out',
};

/** Everything known of the configured servers, by server, kind and name. */
export async function listTools(
  context: AdminContext,
  only?: string,
): Promise<readonly ListedItem[]> {
  const known = await knownServers(context, only);
  const listed: ListedItem[] = [];
  for (const { pinned, all } of known) {
    const items = itemsOf(pinned);
    const flags = await flagOffer(pinned.server, items, all);
    const of = items.map(({ kind, word, item: { name, hash, quarantine } }): ListedItem => {
      const shown = shownName(pinned.server, kind, name);
      return {
        server: pinned.server,
        kind,
        item: word,
        ...(shown === undefined ? {} : { name: shown }),
        state: quarantine === undefined ? 'approved' : STATES[quarantine.reason],
        ...(quarantine === undefined ? {} : { why: WHY[quarantine.reason] }),
        flags: flags.get(word) ?? [],
        labels: kind === 'tool' ? context.labelsOf(pinned.server, name) : [],
        hash,
      };
    });
    listed.push(...of);
  }
  return listed;
}

function shownName(server: string, kind: ItemKind, name: string): string | undefined {
  switch (kind) {
    case 'tool':
    case 'prompt':
      return exposedAs(server, name);
    case 'template':
      return name;
    case 'instructions':
      return undefined;
  }
}

/** What differs of one server. */
export interface ServerDifferences {
  readonly server: string;
  readonly differences: readonly ItemDifference[];
  /** What the lock file would give. */
  readonly waiting: readonly string[];
  /** What else people should know of what the server offers, a sentence each. */
  readonly remarks: readonly string[];
}

/**
 * What `tools approve` would be asked about, from what is known: nothing is started, unless `readOffer`
 * is given.
 *
 * @throws BrokerError `ERR_NOT_FOUND`, `ERR_CONFIG` for a lock file that is broken.
 */
export async function diffTools(
  context: AdminContext,
  only?: string,
  readOffer?: ReadOffer,
): Promise<readonly ServerDifferences[]> {
  const lock = await readLock(context);
  const { servers } = context.catalog.snapshot();
  if (only !== undefined) assertConfigured(context, only);
  const names = only === undefined ? [...context.serverNames].sort() : [only];
  const found: ServerDifferences[] = [];
  for (const server of names) {
    const pinned = servers.get(server);
    const all = configured(context, servers);
    const said = lock.get(server);
    const isWaiting = pinned !== undefined || context.asksFirst.includes(server);
    const waiting: WaitingEntry['items'] = isWaiting ? lockEffect(said, pinned).widens : [];
    let differences: readonly ItemDifference[];
    let remarks: readonly string[] = [];
    if (readOffer !== undefined) {
      const offer = await readOffer(server);
      const offered = offeredItems(offer);
      remarks = offerRemarks(offer, pinned);
      const flags = await flagOffer(server, offered, all);
      const wish = { items: [], all: false, allowFlagged: false };
      differences = planApproval(pinned, offered, flags, said, wish).differences;
    } else {
      differences = pinned === undefined ? [] : await storedDifferences(pinned, all);
      remarks = differences.some(isUnexplained) ? [NOT_KEPT] : [];
    }
    found.push({ server, differences, waiting, remarks });
  }
  return found;
}

const NOT_KEPT =
  'what differs is what it is started from, or was too long to keep: `tools diff --live` says';

/** Hidden without a definition that differs, so that there is nothing to show of it. */
const isUnexplained = ({ kind, members }: ItemDifference): boolean =>
  kind === 'changed' && members.length === 0;

async function storedDifferences(
  pinned: PinnedServer,
  all: ReadonlyMap<string, PinnedServer>,
): Promise<readonly ItemDifference[]> {
  const items = itemsOf(pinned);
  const flags = await flagOffer(pinned.server, items, all);
  return items.flatMap(({ word, item }): readonly ItemDifference[] => {
    const { quarantine } = item;
    if (quarantine === undefined) return [];
    return [{ item: word, ...compared(item, quarantine), flags: flags.get(word) ?? [] }];
  });
}

function compared(
  { definition }: PinnedItem,
  quarantine: Quarantine,
): Pick<ItemDifference, 'kind' | 'members' | 'held'> {
  switch (quarantine.reason) {
    case 'drifted':
      return {
        kind: 'changed',
        members:
          quarantine.live === undefined ? [] : compareDefinitions(definition, quarantine.live),
      };
    case 'unapproved':
      return { kind: 'new', members: compareDefinitions(undefined, definition) };
    case 'by_admin':
    case 'by_lock':
      return { kind: 'same', members: [], held: 'quarantined' };
  }
}

async function knownServers(context: AdminContext, only: string | undefined) {
  if (only !== undefined) assertConfigured(context, only);
  const all = configured(context, context.catalog.snapshot().servers);
  const names = [...all.keys()].sort().filter((name) => only === undefined || name === only);
  return names.flatMap((name) => {
    const pinned = all.get(name);
    return pinned === undefined ? [] : [{ pinned, all }];
  });
}
