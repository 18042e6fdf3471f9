import type { GrantRecord } from '../authorize/grant-record.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import type { AdminContext } from './admin-context.ts';
import { type GrantPlan, planGrants } from './plan-grants.ts';

/** Grants as brokers would obey them after `grant apply`. */
export interface GrantsOnDisk {
  readonly plan: GrantPlan;
  /** Anybody's, ordered by id, without those revoked. */
  readonly grants: readonly GrantRecord[];
}

/**
 * Reads the grant files as if they were applied. Grants without a file stay in force, as they do.
 *
 * @throws BrokerError when files or state cannot be read. A file that is wrong is in the plan's problems,
 * and the grants are then those in force.
 */
export async function grantsOnDisk(context: AdminContext): Promise<GrantsOnDisk> {
  const plan = await planGrants(context, { mode: 'apply', prune: false, reinstate: [] });
  const grants = new Map(
    plan.basis.filter(({ revokedAt }) => revokedAt === undefined).map((each) => [each.id, each]),
  );
  for (const { id, file, put } of plan.entries) {
    if (put === undefined) continue;
    const revision = (grants.get(id)?.revision ?? 0) + 1;
    grants.set(id, { ...put, file, revision, appliedAt: context.clock.now() });
  }
  const ordered = [...grants.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { plan, grants: ordered };
}

/** A state in which a subject has those of the grants that are its own. */
export const stateWith = (
  state: PolicyState,
  subject: string,
  grants: readonly GrantRecord[],
): PolicyState => ({ ...state, grants: grants.filter((grant) => grant.subject === subject) });
