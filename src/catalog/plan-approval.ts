import type { PinnedItem, PinnedServer } from '../domain/catalog-record.ts';
import { compareDefinitions, type MemberDifference } from './compare-definitions.ts';
import { isBlocked } from './flag-offer.ts';
import { isTakenOut, type LockEntry } from './lock-entry.ts';
import { byName } from './note-offer.ts';
import type { ToolFlag } from './tool-flag.ts';

/** What an admin asks to approve of one server. */
export interface ApprovalWish {
  /** Only these; empty: everything the server offers, but for what people took out. */
  readonly tools: readonly string[];
  /** What people took out as well. */
  readonly all: boolean;
  /** Tools with blocking flags as well. */
  readonly allowFlagged: boolean;
}

/** How one tool differs between what is approved and what the server offers now. */
export interface ToolDifference {
  readonly tool: string;
  /** `same`: only its mark is to be taken away. */
  readonly kind: 'new' | 'gone' | 'changed' | 'same';
  readonly members: readonly MemberDifference[];
  readonly flags: readonly ToolFlag[];
  /** Why it stays as it is: a blocking flag, or people took it out. */
  readonly held?: 'flagged' | 'quarantined';
}

/** What would be approved, and what is shown for it. */
export interface ApprovalPlan {
  readonly differences: readonly ToolDifference[];
  /** Each tool that is approved as it was shown; `undefined` for one that is gone. */
  readonly approved: ReadonlyMap<string, PinnedItem | undefined>;
  /** Offered tools nobody knew, kept as unapproved. */
  readonly noted: readonly PinnedItem[];
}

/**
 * Plans the approval of what a server offers.
 *
 * @param reviewed the server's entry in the lock file: a tool it took out needs no naming once
 * file and server agree on its definition.
 */
export function planApproval(
  known: PinnedServer | undefined,
  offered: readonly PinnedItem[],
  flags: ReadonlyMap<string, readonly ToolFlag[]>,
  reviewed: LockEntry | undefined,
  wish: ApprovalWish,
): ApprovalPlan {
  const before = new Map(known?.tools.map((tool) => [tool.name, tool]));
  const after = new Map(offered.map((tool) => [tool.name, tool]));
  const differences: ToolDifference[] = [];
  const approved = new Map<string, PinnedItem | undefined>();
  const noted: PinnedItem[] = [];
  const isMeant = (name: string): boolean => wish.tools.length === 0 || wish.tools.includes(name);

  for (const tool of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const old = before.get(tool);
    const now = after.get(tool);
    if (!isMeant(tool)) continue;
    if (old !== undefined && old.quarantine === undefined && old.hash === now?.hash) continue;
    const of = flags.get(tool) ?? [];
    // Not what an admin took out: the file may never have been told.
    const isLifted =
      wish.all ||
      wish.tools.includes(tool) ||
      (old?.quarantine?.reason === 'by_lock' && isAgreed(now, reviewed));
    const held =
      old !== undefined && isTakenOut(old) && !isLifted
        ? 'quarantined'
        : isBlocked(of) && now !== undefined && !wish.allowFlagged
          ? 'flagged'
          : undefined;
    differences.push({
      tool,
      kind: kindOf(old, now),
      members: compareDefinitions(approvedDefinition(old), now?.definition),
      flags: of,
      ...(held === undefined ? {} : { held }),
    });
    if (held === undefined) approved.set(tool, now);
    else if (old === undefined && now !== undefined) {
      noted.push({ ...now, quarantine: { reason: 'unapproved' } });
    }
  }
  return { differences, approved, noted };
}

/**
 * What is known once a plan is carried out. Tools outside the plan stay as they are now: a mark that
 * came while the difference was looked at is not lifted.
 *
 * @param shown what was known when the plan was made.
 * @param live the server as it described itself then.
 */
export function carryOut(
  plan: ApprovalPlan,
  shown: PinnedServer | undefined,
  now: PinnedServer | undefined,
  live: PinnedServer,
): PinnedServer {
  const marks = new Map(shown?.tools.map((tool) => [tool.name, tool.quarantine?.reason]));
  const tools = new Map(now?.tools.map((tool) => [tool.name, tool]));
  for (const [name, tool] of plan.approved) {
    const current = tools.get(name);
    if (current !== undefined && isTakenOut(current)) {
      if (marks.get(name) !== current.quarantine?.reason) continue;
    }
    if (tool === undefined) tools.delete(name);
    else tools.set(name, tool);
  }
  for (const tool of plan.noted) if (!tools.has(tool.name)) tools.set(tool.name, tool);
  return { ...live, tools: [...tools.values()].sort(byName) };
}

function kindOf(old: PinnedItem | undefined, now: PinnedItem | undefined): ToolDifference['kind'] {
  if (now === undefined) return 'gone';
  if (old === undefined || old.quarantine?.reason === 'unapproved') return 'new';
  return old.hash === now.hash ? 'same' : 'changed';
}

/** Nothing of an unapproved tool was ever looked at: all of it is new. */
const approvedDefinition = (old: PinnedItem | undefined) =>
  old?.quarantine?.reason === 'unapproved' ? undefined : old?.definition;

const isAgreed = (now: PinnedItem | undefined, reviewed: LockEntry | undefined): boolean =>
  now !== undefined &&
  reviewed !== undefined &&
  !(reviewed.quarantined ?? []).includes(now.name) &&
  reviewed.tools.some(({ name, hash }) => name === now.name && hash === now.hash);
