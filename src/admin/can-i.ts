import { decide } from '../authorize/decide.ts';
import { type Explanation, explain } from '../authorize/explain.ts';
import type { GrantRule } from '../authorize/grant-record.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import { isItsHour, itsHourFrom } from '../authorize/rule-hours.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import type { Decision, Deny } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { AdminContext } from './admin-context.ts';
import { currentPolicy } from './current-policy.ts';
import { grantsOnDisk, stateWith } from './grants-on-disk.ts';
import { planGrants } from './plan-grants.ts';

/** The decision on one thing, explained, and grant files that might change it. */
export interface CanI extends Explanation {
  /** Grant files that ask for more than is in force, anybody's: they wait for `grant apply`. */
  readonly waiting: readonly string[];
  /** The rule that decides, or would: what it asks besides stands in it. */
  readonly terms?: GrantRule;
  /** What a rule on trial would have refused it for. */
  readonly wouldRefuse?: DenyReason;
  /** Of a no that ends by itself, and of a yes at another hour: when; and what the rule says that is not met. */
  readonly retry?: Pick<Deny, 'retryAt' | 'term'>;
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
  const at = context.clock.now();
  const asked = (state: PolicyState) => explain(state, asker, request, at);
  const state = await currentPolicy(context, subject);
  const now = { ...asked(state), ...factsOf(state, decide(state, asker, request, at), at) };
  if (now.allowed) return { ...now, waiting: [] };
  const answer = { ...now, waiting: await waiting(context) };
  const { grants } = await grantsOnDisk(context);
  if (!asked(stateWith(state, subject, grants)).allowed) return answer;
  return {
    ...answer,
    remedy: ['grant', 'apply'],
    remedyNote: 'the grant files permit it: look at the difference and apply it',
  };
}

/** What a decision says besides yes or no. */
function factsOf(
  state: PolicyState,
  decision: Decision,
  at: number,
): Pick<CanI, 'terms' | 'wouldRefuse' | 'retry'> {
  const { rule } = decision;
  const grant = state.grants.find(({ id }) => id === rule?.grant);
  const terms = rule === undefined ? undefined : grant?.rules[rule.index];
  const found = terms === undefined ? {} : { terms };
  if (decision.kind === 'permit') {
    const { wouldRefuse } = decision;
    // Without arguments it is asked whether anything is permitted at any time.
    const isShut = terms !== undefined && !isItsHour(terms, at);
    const opensAt = isShut ? itsHourFrom(terms, at) : undefined;
    return {
      ...found,
      ...(wouldRefuse === undefined ? {} : { wouldRefuse }),
      ...(opensAt === undefined ? {} : { retry: { retryAt: opensAt } }),
    };
  }
  const { retryAt, term } = decision;
  if (retryAt === undefined && term === undefined) return found;
  const again = retryAt === undefined ? {} : { retryAt };
  return { ...found, retry: { ...again, ...(term === undefined ? {} : { term }) } };
}

async function waiting(context: AdminContext): Promise<readonly string[]> {
  const plan = await planGrants(context, { mode: 'auto', prune: false, reinstate: [] });
  return plan.entries.filter((entry) => entry.waits).map((entry) => entry.file);
}
