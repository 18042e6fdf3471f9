import { flagOffer } from '../catalog/flag-offer.ts';
import { offeredTools } from '../catalog/note-offer.ts';
import {
  type ApprovalPlan,
  type ApprovalWish,
  carryOut,
  planApproval,
  type ToolDifference,
} from '../catalog/plan-approval.ts';
import type { PinnedServer, ServerOffer } from '../domain/catalog-record.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';
import { type LockSync, readLock, syncLock } from './sync-lock.ts';

export type { MemberDifference } from '../catalog/compare-definitions.ts';
export type { ApprovalWish, ToolDifference } from '../catalog/plan-approval.ts';
export type { ToolFlag } from '../catalog/tool-flag.ts';

/** Starts a tool server for an admin and reads what it offers now. */
export type ReadOffer = (server: string) => Promise<ServerOffer>;

/** What came of a look at a tool server's definitions. */
export interface ApprovedTools {
  readonly differences: readonly ToolDifference[];
  /** `nothing`: nothing is to be approved, and nothing was. */
  readonly result: 'nothing' | 'declined' | 'approved';
  readonly lock?: LockSync;
}

/**
 * Shows an admin how a tool server's definitions differ from the approved ones and, when the admin
 * approves, pins what was shown and writes it into the lock file.
 *
 * Nobody is asked where all there is to do is to clear marks of drift that no longer holds.
 *
 * @param approve is shown everything, held back or not.
 * @throws BrokerError `ERR_NOT_FOUND` for a server that is not configured or a tool nobody knows,
 * `ERR_CONFIG` for a lock file that is broken, `ERR_NOT_COMMITTED`; what starting the server throws.
 */
export async function approveTools(
  context: AdminContext,
  server: string,
  wish: ApprovalWish,
  readOffer: ReadOffer,
  approve: (differences: readonly ToolDifference[]) => Promise<boolean>,
): Promise<ApprovedTools> {
  assertConfigured(context, server);
  // First, or what people have just taken out would be written over, and nobody asked.
  await syncLock(context);
  const reviewed = (await readLock(context)).get(server);
  const offer = await readOffer(server);
  const offered = offeredTools(offer);
  const { servers } = await context.catalog.snapshot();
  const known = servers.get(server);
  assertKnown(server, wish.tools, [...offered, ...(known?.tools ?? [])]);
  const flags = await flagOffer(server, offered, configured(context, servers));
  const plan = planApproval(known, offered, flags, reviewed, wish);
  const { differences } = plan;
  // A server that offers nothing is approved as one that does: `trust: ask` asks once.
  if (plan.approved.size === 0 && known !== undefined) return { differences, result: 'nothing' };
  if (needsAsking(plan, known) && !(await approve(differences))) {
    return { differences, result: 'declined' };
  }
  const { instructions: _, ...self } = offer;
  const live: PinnedServer = {
    server,
    ...self,
    tools: offered,
    prompts: [],
    templates: [],
    pinnedAt: known?.pinnedAt ?? context.clock.now(),
  };
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
  return { differences, result: 'approved', lock };
}

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

/** Fails for a tool nobody knows. @throws BrokerError `ERR_NOT_FOUND`. */
export function assertKnown(
  server: string,
  wanted: readonly string[],
  tools: readonly { readonly name: string }[],
): void {
  const unknown = wanted.find((wish) => !tools.some(({ name }) => name === wish));
  if (unknown === undefined) return;
  throw new BrokerError('ERR_NOT_FOUND', `${server} has no tool ${unknown}`, {
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
    ({ tool, kind, held }) =>
      held === undefined && !(kind === 'same' && markOf(known, tool) === 'drifted'),
  );

const markOf = (known: PinnedServer, tool: string) =>
  known.tools.find(({ name }) => name === tool)?.quarantine?.reason;

function approvalEvent(context: AdminContext, live: PinnedServer, plan: ApprovalPlan): EventDraft {
  const done = plan.differences.filter(({ held }) => held === undefined);
  return {
    code: 'TG4003',
    actor: context.actor,
    server: live.server,
    revision: live.revision,
    detail: {
      tools: [...plan.approved.values()].flatMap((tool) =>
        tool === undefined ? [] : [{ name: tool.name, hash: tool.hash }],
      ),
      differences: done.map(({ tool, kind, flags }) => ({
        tool,
        kind,
        ...(flags.length === 0 ? {} : { flags: [...new Set(flags.map((flag) => flag.kind))] }),
      })),
    },
  };
}
