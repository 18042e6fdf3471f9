import { type Explanation, explain } from '../authorize/explain.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import type { AdminContext } from './admin-context.ts';
import { currentPolicy } from './current-policy.ts';
import { planGrants } from './plan-grants.ts';

/** The decision on one thing, explained, and grant files that might change it. */
export interface CanI extends Explanation {
  /** Grant files that ask for more than is in force, anybody's: they wait for `grant apply`. */
  readonly waiting: readonly string[];
}

/**
 * Asks the one decision whether a subject may use something now, in a session just opened. Reads only:
 * nothing is started, and a tool server never seen has nothing yet.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function canI(
  context: AdminContext,
  subject: string,
  request: AccessRequest,
  client: string | undefined,
): Promise<CanI> {
  const asker = { subject, ...(client === undefined ? {} : { client }) };
  const asked = (state: PolicyState) => explain(state, asker, request, context.clock.now());
  const state = await currentPolicy(context, subject);
  const now = asked(state);
  if (now.allowed) return { ...now, waiting: [] };
  const answer = { ...now, waiting: await waiting(context) };
  const applied = await onceApplied(context, state, subject);
  if (applied === undefined || !asked(applied).allowed) return answer;
  return {
    ...answer,
    remedy: ['grant', 'apply'],
    remedyNote: 'the grant files permit it: look at the difference and apply it',
  };
}

/** What the decision would read once the grant files are applied; `undefined` when they cannot be. */
async function onceApplied(
  context: AdminContext,
  state: PolicyState,
  subject: string,
): Promise<PolicyState | undefined> {
  const plan = await planGrants(context, { mode: 'apply', prune: false, reinstate: [] });
  const puts = plan.entries.filter((entry) => entry.put !== undefined);
  if (puts.length === 0) return undefined;
  const grants = new Map(state.grants.map((grant) => [grant.id, grant]));
  for (const { id, file, put } of puts) {
    const known = grants.get(id);
    grants.delete(id);
    if (put?.subject !== subject) continue;
    const revision = (known?.revision ?? 0) + 1;
    grants.set(id, { ...put, file, revision, appliedAt: context.clock.now() });
  }
  const ordered = [...grants.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { ...state, grants: ordered };
}

async function waiting(context: AdminContext): Promise<readonly string[]> {
  const plan = await planGrants(context, { mode: 'auto', prune: false, reinstate: [] });
  return plan.entries.filter((entry) => entry.waits).map((entry) => entry.file);
}
