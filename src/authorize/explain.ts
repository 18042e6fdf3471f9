import type { AccessRequest } from '../domain/access-request.ts';
import type { ConditionResult, RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { SessionLimits } from '../domain/session-limits.ts';
import { decide } from './decide.ts';
import { formatDuration } from './duration.ts';
import type { Asker, PolicyState } from './policy-state.ts';
import { endingOf, type Remedy, remedyFor } from './remedy.ts';

/** What a decision comes down to: `permitted`, or why not. */
export type ExplainedReason = 'permitted' | DenyReason;

/** One grant of the subject, on its own. */
export interface ConsideredGrant {
  readonly id: string;
  readonly file: string;
  /** What it would decide if it were the only one. */
  readonly reason: ExplainedReason;
  /** The rule of it that decides, or would. */
  readonly rule?: RuleRef;
  readonly words: string;
}

/** Why a decision is as it is, and what would change it. */
export interface Explanation extends Remedy {
  readonly allowed: boolean;
  readonly reason: ExplainedReason;
  /** The reason, for people. */
  readonly words: string;
  /** The rule that decided, or would but for the reason. */
  readonly rule?: RuleRef;
  /** Conditions that took part, of a call with arguments. */
  readonly conditions: readonly ConditionResult[];
  /** Every grant that was looked at, ordered by id. */
  readonly grants: readonly ConsideredGrant[];
}

/**
 * Explains what `decide` answers. Everything in it is asked of `decide`, of all grants together and of
 * each alone, so that an explanation cannot differ from the decision.
 */
export function explain(
  state: PolicyState,
  asker: Asker,
  request: AccessRequest,
  now: number,
): Explanation {
  const { reason, rule, conditions } = outcome(state, asker, request, now);
  const grants = state.grants.map((grant): ConsideredGrant => {
    const alone = outcome({ ...state, grants: [grant] }, asker, request, now);
    return {
      id: grant.id,
      file: grant.file,
      reason: alone.reason,
      ...(alone.rule === undefined ? {} : { rule: alone.rule }),
      words:
        explainReason(alone.reason, alone.rule) +
        (alone.reason === 'permitted' ? limitWords(grant.sessionLimits) : ''),
    };
  });
  const remedy =
    reason === 'permitted'
      ? endingOf(grants.filter((grant) => grant.reason === 'permitted').map(({ id }) => id))
      : remedyFor({ reason, rule, asker, request, isMissing: isMissing(state, request) });
  return {
    allowed: reason === 'permitted',
    reason,
    words: explainReason(reason, rule) + someWords(state, request, rule),
    ...(rule === undefined ? {} : { rule }),
    conditions,
    grants,
    ...remedy,
  };
}

/** What a grant's permit is good for in one session: no decision without a session can judge that. */
function limitWords({ idleMs, maxCalls, concurrent }: SessionLimits = {}): string {
  const words = [
    ...(maxCalls === undefined ? [] : [`${maxCalls} times in a session`]),
    ...(concurrent === undefined ? [] : [`${concurrent} at once`]),
    ...(idleMs === undefined ? [] : [`until it was not used for ${formatDuration(idleMs)}`]),
  ];
  return words.length === 0 ? '' : `; at most ${words.join(', ')}`;
}

/** That a yes without arguments is one for some of them. */
function someWords(state: PolicyState, request: AccessRequest, rule: RuleRef | undefined): string {
  const isForSome = request.kind === 'tool' || request.kind === 'prompt';
  if (rule === undefined || !isForSome || request.args !== undefined) return '';
  const found = state.grants.find(({ id }) => id === rule.grant)?.rules[rule.index];
  return found?.when === undefined ? '' : `; for arguments of which this holds: ${found.when}`;
}

function isMissing(state: PolicyState, request: AccessRequest): boolean {
  const view = 'server' in request ? state.servers.get(request.server) : undefined;
  if (view?.tools === undefined || view.isAwaitingApproval === true) return false;
  if (request.kind === 'tool') return !view.tools.has(request.tool);
  if (request.kind === 'prompt') return view.prompts?.has(request.prompt) !== true;
  if (request.kind === 'template') return view.templates?.has(request.template) !== true;
  return request.kind === 'resource' && !view.hasResources;
}

function outcome(
  state: PolicyState,
  asker: Asker,
  request: AccessRequest,
  now: number,
): {
  readonly reason: ExplainedReason;
  readonly rule?: RuleRef;
  readonly conditions: readonly ConditionResult[];
} {
  const decision = decide(state, asker, request, now);
  return {
    reason: decision.kind === 'permit' ? 'permitted' : decision.reason,
    conditions: decision.conditions ?? [],
    ...(decision.rule === undefined ? {} : { rule: decision.rule }),
  };
}

/** A reason in words, with the rule and its place: for the admin's side, never for a client. */
export function explainReason(reason: ExplainedReason, rule: RuleRef | undefined): string {
  const at =
    rule === undefined ? '' : ` (${rule.effect} ${rule.pattern}, ${rule.file}:${rule.line})`;
  return `${WORDS[reason]}${at}`;
}

const WORDS: Readonly<Record<ExplainedReason, string>> = {
  permitted: 'a rule permits it',
  no_grant: 'no grant names this subject',
  no_rule: 'no rule matches',
  grant_expired: 'a rule would permit it, but its grant has expired',
  client_not_granted: 'a rule would permit it, but its grant is for other clients',
  session_life_exceeded: 'a rule would permit it, but the session is older than `session.life`',
  session_idle_exceeded:
    'a rule would permit it, but its grant was not used in the session for `session.idle`',
  session_calls_exceeded:
    'a rule would permit it, but `session.maxCalls` of its grant is used up in the session',
  session_concurrency_exceeded:
    'a rule would permit it, but as many of its uses run in the session as `session.concurrent` says',
  denied_by_rule: 'a rule denies it',
  denied_by_condition: 'a rule denies it with these arguments, or at this hour',
  condition_false: 'a rule would permit it, but its condition does not hold for these arguments',
  condition_failed: 'a condition cannot be evaluated for these arguments',
  limit_reached: 'a rule would permit it, but its `limit` is used up',
  outside_hours: 'a rule would permit it, but not at this hour',
  approval_needed: 'a rule permits it once it is approved',
  approval_denied: 'a rule would permit it, but its approval was denied',
  approvals_exhausted:
    'a rule permits it once it is approved, but its session asks for too many approvals',
  result_too_large: 'a rule permits it, but not to release a result of that size',
  result_withheld:
    'a rule permits it, but the result holds what the `results` settings of the tool server withhold',
  monitor_refused: 'a rule permits it, but the monitor refuses it after what the session did',
  throttled: 'a rule permits it, but the monitor lets the session wait',
  server_unknown: 'no tool server of that name is configured',
  tool_unknown: 'the tool server is not known to have such a tool',
  tool_drifted: 'the tool is not what it was when it was approved',
  tool_unapproved: 'the tool was never approved',
  tool_quarantined: 'the tool was taken out, by an admin or by the lock file',
  item_unknown: 'the tool server is not known to have it',
  item_drifted: 'it is not what it was when it was approved',
  item_unapproved: 'it was never approved',
  item_quarantined: 'it was taken out, by an admin or by the lock file',
  uri_ambiguous: 'the URI can be read in more than one way, so that no rule can permit it',
  surface_closed: 'this version does not open this part of MCP',
  ask_not_granted: 'no rule lets the tool server ask that of the client',
  client_incapable: 'the client cannot be asked that',
  handle_invalid:
    'what the client handed back is not from this session, for this use and this moment',
  subscriptions_exhausted: 'the session is subscribed to as many resources as it may be',
  halted: 'an admin halted everything',
  session_revoked: 'the session was revoked',
  session_suspended: 'the session is suspended',
  session_expired: 'the session has expired',
  clock_behind: 'the clock of this machine is behind the newest event of the log',
  state_changing: 'rights kept changing while deciding',
  state_unreadable: 'the state could not be read',
  store_contended: 'the state was busy for too long',
};
