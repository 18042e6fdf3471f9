import type { GrantChange } from '../authorize/grant-store.ts';
import type { ApplyEntry, ApplyMode, ApplyPlan } from '../authorize/plan-apply.ts';
import { BrokerError, errorCode } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';
import { grantEvent, grantIdEvent } from './grant-event.ts';
import { type ApplyWish, assertUsable, type GrantPlan, planGrants } from './plan-grants.ts';

/** What was applied. */
export interface AppliedGrants {
  readonly plan: ApplyPlan;
  /** Entries of the plan that changed something. */
  readonly changed: readonly ApplyEntry[];
  /** The epoch after the change; absent when nothing changed or the person said no. */
  readonly epoch?: number;
  /** Whether anything was taken away, so that live brokers must drain. */
  readonly isNarrowing: boolean;
  readonly isDeclined: boolean;
}

/**
 * Applies grant files in one transaction, all or nothing.
 *
 * @param approve is shown the plan before anything changes; what it approved is what is applied.
 * @throws BrokerError as `assertUsable`; `ERR_GRANT` when files or grants changed while the plan was
 * looked at; `ERR_NOT_COMMITTED`.
 */
export async function applyGrants(
  context: AdminContext,
  wish: ApplyWish,
  approve: (plan: ApplyPlan) => Promise<boolean>,
): Promise<AppliedGrants> {
  const shown = await planGrants(context, wish);
  assertUsable(shown);
  if (!(await approve(shown))) {
    return { plan: shown, changed: [], isNarrowing: false, isDeclined: true };
  }
  // Attack: a file is rewritten between the look and the yes.
  const plan = await planGrants(context, wish);
  if (JSON.stringify(plan) !== JSON.stringify(shown)) {
    throw new BrokerError('ERR_GRANT', 'grants changed while the difference was shown', {
      hint: 'run the command again and look once more',
    });
  }
  return commit(context, plan);
}

const ATTEMPTS = 3;

/**
 * Applies what applies by itself: at a broker's start (`first-start`), when a file changes (`auto`), or
 * everything (`apply`, for `serve --apply`). Does not ask live brokers to drain: the epoch moves, and
 * each re-reads. In `auto` a broken file leaves its grant as it is; the plan names the problems.
 *
 * @throws BrokerError as `assertUsable`, but for `auto`; `ERR_NOT_COMMITTED`.
 */
export async function applyFromDisk(
  context: AdminContext,
  mode: ApplyMode,
): Promise<AppliedGrants> {
  for (let attempt = 1; ; attempt += 1) {
    const plan = await planGrants(context, { mode, prune: false, reinstate: [] });
    const isAuto = mode === 'auto' || (mode === 'first-start' && !(await context.grants.isEmpty()));
    if (!isAuto) assertUsable(plan);
    try {
      return await commit(context, plan);
    } catch (error) {
      // A grant of the plan was changed or revoked meanwhile: plan again on what is true now.
      if (errorCode(error) !== 'ERR_GRANT' || attempt === ATTEMPTS) throw error;
    }
  }
}

async function commit(context: AdminContext, plan: GrantPlan): Promise<AppliedGrants> {
  const changed: ApplyEntry[] = [];
  const changes: GrantChange[] = [];
  for (const entry of plan.entries) {
    const of = changesOf(context, entry);
    if (of.length === 0) continue;
    changed.push(entry);
    changes.push(...of);
  }
  const done = { plan, changed, isNarrowing: changed.some(isNarrowing), isDeclined: false };
  if (changes.length === 0) return done;
  return { ...done, epoch: await context.grants.change(changes, context.clock.now(), plan.basis) };
}

function changesOf(context: AdminContext, entry: ApplyEntry): readonly GrantChange[] {
  const { id, file, put, differences } = entry;
  const changes: GrantChange[] = [];
  if (entry.action === 'prune') {
    changes.push({ kind: 'revoke', id, event: grantIdEvent(context, 'TG3003', { id }) });
  }
  if (entry.action === 'reinstate') {
    changes.push({ kind: 'reinstate', id, event: grantIdEvent(context, 'TG3004', { id }) });
  }
  if (put !== undefined) {
    const code = entry.action === 'narrow' || entry.waits ? 'TG3002' : 'TG3001';
    const event = grantEvent(context, code, put, file, differences);
    changes.push({ kind: 'put', document: put, file, event });
  }
  return changes;
}

/** Whether applying an entry gives anybody more than before. A pruned grant may be one that denied. */
export const isWidening = (entry: ApplyEntry): boolean => {
  switch (entry.action) {
    case 'create':
    case 'reinstate':
    case 'widen':
    case 'mixed':
    case 'prune':
      return true;
    case 'narrow':
    case 'same':
    case 'tombstoned':
    case 'missing-file':
      return false;
  }
};

function isNarrowing(entry: ApplyEntry): boolean {
  switch (entry.action) {
    case 'narrow':
    case 'mixed':
    case 'prune':
      return true;
    case 'create':
    case 'reinstate':
      return entry.put?.rules.some((rule) => rule.effect === 'deny') ?? false;
    case 'widen':
      // What applies by itself of a grant that waits can only be what it takes away.
      return entry.waits;
    case 'same':
    case 'tombstoned':
    case 'missing-file':
      return false;
  }
}
