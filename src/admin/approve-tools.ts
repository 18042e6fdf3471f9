import { flagOffer } from '../catalog/flag-offer.ts';
import { formatItem, itemsOf, parseItem, toLists } from '../catalog/items.ts';
import { changeOf, identityOf, offeredItems } from '../catalog/note-offer.ts';
import { pinnedDetail } from '../catalog/pinned-detail.ts';
import {
  type ApprovalPlan,
  type ApprovalWish,
  carryOut,
  type ItemDifference,
  planApproval,
} from '../catalog/plan-approval.ts';
import type { PinnedServer, ServerOffer } from '../domain/catalog-record.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';
import { gainsResources, labelRemarks, offerRemarks } from './offer-remarks.ts';
import { type LockSync, readLock, syncLock } from './sync-lock.ts';

export type { MemberDifference } from '../catalog/compare-definitions.ts';
export type { ApprovalWish, ItemDifference } from '../catalog/plan-approval.ts';
export type { ItemFlag } from '../domain/item-flag.ts';

/** Starts a tool server for an admin and reads what it offers now. */
export type ReadOffer = (server: string) => Promise<ServerOffer>;

/** What came of a look at a tool server's definitions. */
export interface ApprovedTools {
  readonly differences: readonly ItemDifference[];
  /** `nothing`: nothing is to be approved, and nothing was. */
  readonly result: 'nothing' | 'declined' | 'approved';
  /** What else people should know of what the server offers, a sentence each. */
  readonly remarks: readonly string[];
  readonly lock?: LockSync;
}

/**
 * Shows an admin how a tool server's definitions differ from the approved ones and, when the admin
 * approves, pins what was shown and writes it into the lock file.
 *
 * Nobody is asked where all there is to do is to clear marks of drift that no longer holds.
 *
 * @param approve is shown everything, held back or not.
 * @throws BrokerError `ERR_NOT_FOUND` for a server that is not configured or an item nobody knows,
 * `ERR_CONFIG` for a lock file that is broken, `ERR_NOT_COMMITTED`; what starting the server throws.
 */
export async function approveTools(
  context: AdminContext,
  server: string,
  given: ApprovalWish,
  readOffer: ReadOffer,
  approve: (differences: readonly ItemDifference[], remarks: readonly string[]) => Promise<boolean>,
): Promise<ApprovedTools> {
  assertConfigured(context, server);
  const wish = { ...given, items: given.items.map(itemWord) };
  // First, or what people have just taken out would be written over, and nobody asked.
  await syncLock(context);
  const reviewed = (await readLock(context)).get(server);
  const offer = await readOffer(server);
  const offered = offeredItems(offer);
  const { servers } = context.catalog.snapshot();
  const known = servers.get(server);
  assertKnown(server, wish.items, [...offered, ...(known === undefined ? [] : itemsOf(known))]);
  const flags = await flagOffer(server, offered, configured(context, servers));
  const plan = planApproval(known, offered, flags, reviewed, wish);
  const { differences } = plan;
  const remarks = [...offerRemarks(offer, known), ...labelRemarks(context, server, offer)];
  const shown = { differences, remarks };
  const isWhole = wish.items.length === 0;
  const isOther = known !== undefined && isAnother(known, offer);
  const opens = isWhole && (isOther || gainsResources(offer, known));
  // A server that offers nothing is approved as one that does: `trust: ask` asks once.
  if (plan.approved.size === 0 && known !== undefined && !opens) {
    return { ...shown, result: 'nothing' };
  }
  if ((opens || needsAsking(plan, known)) && !(await approve(differences, remarks))) {
    return { ...shown, result: 'declined' };
  }
  const pinnedAt = known?.pinnedAt ?? context.clock.now();
  // Who approves one item was not asked about what else the server says it can do.
  const identity = isWhole || known === undefined ? identityOf(offer) : known;
  const live = { ...identity, server, pinnedAt };
  const event = approvalEvent(context, live, plan);
  const lock = await syncLock(context, {
    server,
    async commit() {
      await context.catalog.change(server, (now) => ({
        next: carryOut(plan, known, now, live),
        event,
      }));
    },
  });
  return { ...shown, result: 'approved', lock };
}

/** Whether a server is not the one that was approved, or it was never recorded what it is started from. */
const isAnother = (known: PinnedServer, offer: ServerOffer): boolean =>
  known.changed !== undefined ||
  changeOf(known, offer) !== undefined ||
  (known.origin === undefined && offer.origin !== undefined);

/** Fails for a server that is not configured. @throws BrokerError `ERR_NOT_FOUND`. */
export function assertConfigured(context: AdminContext, server: string): void {
  if (context.serverNames.includes(server)) return;
  throw new BrokerError(
    'ERR_NOT_FOUND',
    `no tool server ${server} is enabled in the configuration`,
    {
      hint: `configured: ${[...context.serverNames].sort().join(', ') || 'none'}`,
    },
  );
}

/** What an admin typed, as items are named everywhere: `tool:read_file` is `read_file`. */
export const itemWord = (typed: string): string => formatItem(parseItem(typed));

/** Fails for an item nobody knows. @throws BrokerError `ERR_NOT_FOUND`. */
export function assertKnown(
  server: string,
  wanted: readonly string[],
  items: readonly { readonly word: string }[],
): void {
  const unknown = wanted.find((wish) => !items.some(({ word }) => word === wish));
  if (unknown === undefined) return;
  const { kind, name } = parseItem(unknown);
  const what = kind === 'instructions' ? kind : `${kind} ${name}`;
  throw new BrokerError('ERR_NOT_FOUND', `${server} has no ${what}`, {
    hint: 'see `toolgrant tools list`; nothing changed',
  });
}

/** What is known of configured servers alone: no other one has names that count. */
export const configured = (
  context: AdminContext,
  servers: ReadonlyMap<string, PinnedServer>,
): ReadonlyMap<string, PinnedServer> =>
  new Map([...servers].filter(([server]) => context.serverNames.includes(server)));

const needsAsking = ({ differences }: ApprovalPlan, known: PinnedServer | undefined): boolean =>
  known === undefined ||
  differences.some(
    ({ item, kind, held }) =>
      held === undefined && !(kind === 'same' && markOf(known, item) === 'drifted'),
  );

const markOf = (known: PinnedServer, wanted: string) =>
  itemsOf(known).find(({ word }) => word === wanted)?.item.quarantine?.reason;

function approvalEvent(
  context: AdminContext,
  live: { readonly server: string; readonly revision: string },
  plan: ApprovalPlan,
): EventDraft {
  const approved = [...plan.approved.values()].filter((each) => each !== undefined);
  const done = plan.differences.filter(({ held }) => held === undefined);
  return {
    code: 'TG4003',
    actor: context.actor,
    server: live.server,
    revision: live.revision,
    detail: {
      ...pinnedDetail(toLists(approved)),
      differences: done.map(({ item, kind, flags }) => ({
        tool: item,
        kind,
        ...(flags.length === 0 ? {} : { flags: [...new Set(flags.map((flag) => flag.kind))] }),
      })),
    },
  };
}
