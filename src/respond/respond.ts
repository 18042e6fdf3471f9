import type { SessionEnded } from '../domain/broker.ts';
import type { ConditionResult, Deny } from '../domain/decision.ts';
import type { Era } from '../domain/era.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import type { DenyReason } from '../domain/reasons.ts';
import {
  internalError,
  invalidParams,
  methodNotFound,
  refusedParams,
  resourceNotFound,
  unknownPrompt,
  unknownTemplate,
  unknownTool,
} from './rpc-errors.ts';

/** What the refused request was about, as far as its answer differs. */
export type Refused =
  /** A `tools/call`; `name` is what the client wrote, exposed prefix and all. */
  | { readonly kind: 'tool'; readonly name: string; readonly era: Era }
  /** `prompts/get`, or the completion of an argument of it. */
  | { readonly kind: 'prompt'; readonly name: string }
  /** What names a resource; each era has a code of its own for one that is not there. */
  | { readonly kind: 'resource'; readonly uri: string; readonly era: Era }
  /** The completion of an argument of a resource template. */
  | { readonly kind: 'template'; readonly template: string }
  /** What names a task: one that is not this session's, or not any more, is no task at all. */
  | { readonly kind: 'task' }
  /** Any other method. */
  | { readonly kind: 'method' };

/** What a refusal that can be acted on says besides its reason: a `Deny` has them. */
export type RefusalFacts = Partial<Pick<Deny, 'conditions' | 'term' | 'retryAt' | 'approvalId'>>;

/**
 * The public face of every refusal. Exhaustive over the reasons: a new one stops the build until
 * somebody decides how much of it to tell.
 *
 * Everything that says "not for you" says "does not exist", so that what is not granted cannot be
 * found by asking. Nothing here depends on anything but the reason's class and the client's own words.
 */
export function respondToRefusal(
  reason: DenyReason,
  refused: Refused,
  facts: RefusalFacts = {},
): RpcReply | SessionEnded {
  switch (reason) {
    case 'no_grant':
    case 'no_rule':
    case 'grant_expired':
    case 'client_not_granted':
    case 'session_life_exceeded':
    case 'denied_by_rule':
    case 'server_unknown':
    case 'tool_unknown':
    case 'tool_drifted':
    case 'tool_unapproved':
    case 'tool_quarantined':
    case 'item_unknown':
    case 'item_drifted':
    case 'item_unapproved':
    case 'item_quarantined':
    case 'uri_ambiguous':
      return doesNotExist(refused);
    case 'surface_closed':
      return { kind: 'error', error: methodNotFound() };
    case 'handle_invalid':
      return { kind: 'error', error: invalidParams() };
    case 'ask_not_granted':
    case 'client_incapable':
      return actionable(refused, ASK_REFUSED);
    case 'denied_by_condition':
    case 'condition_false':
    case 'condition_failed':
      return actionable(refused, argumentsRefused(facts));
    case 'result_too_large':
      return actionable(refused, tooLarge(facts));
    case 'monitor_refused':
      return actionable(refused, MONITOR_REFUSED);
    case 'throttled':
      return actionable(refused, throttledText(facts));
    case 'limit_reached':
    case 'outside_hours':
      return actionable(refused, timeRefused(reason, facts));
    case 'approval_needed':
    case 'approval_denied':
      return actionable(refused, approvalText(reason, facts));
    case 'approvals_exhausted':
    case 'result_withheld':
    case 'subscriptions_exhausted':
    case 'session_idle_exceeded':
    case 'session_calls_exceeded':
    case 'session_concurrency_exceeded':
      return actionable(refused, EXHAUSTED[reason]);
    case 'session_revoked':
    case 'session_suspended':
    case 'session_expired':
      return { kind: 'session_ended' };
    case 'halted':
    case 'clock_behind':
    case 'state_changing':
    case 'store_contended':
    case 'state_unreadable':
      return { kind: 'error', error: internalError() };
  }
}

/** The answer to something that does not exist for this client. */
function doesNotExist(refused: Refused): RpcReply {
  switch (refused.kind) {
    case 'tool':
      return { kind: 'error', error: unknownTool(refused.name) };
    case 'prompt':
      return { kind: 'error', error: unknownPrompt(refused.name) };
    case 'resource':
      return { kind: 'error', error: resourceNotFound(refused.uri, refused.era) };
    case 'template':
      return { kind: 'error', error: unknownTemplate(refused.template) };
    case 'task':
      return { kind: 'error', error: invalidParams() };
    case 'method':
      return { kind: 'error', error: methodNotFound() };
  }
}

const ASK_REFUSED = 'The tool server asked for input that the grant does not allow.';

/** What would be accepted, in the words of the rules: only who may call the tool ever reads it. */
function argumentsRefused({ conditions = [], term }: RefusalFacts): string {
  const permits = conditions.filter(({ effect }) => effect === 'permit');
  const denies = conditions.filter(({ effect, result }) => effect === 'deny' && result !== 'false');
  if (permits.length + denies.length === 0 && term !== undefined)
    return `The grant refuses this at these hours: ${term}.`;
  const texts = (of: readonly ConditionResult[]): string =>
    [...new Set(of.map(({ when }) => `\n- ${when}`))].join('');
  return [
    'The grant does not allow this call with these arguments.',
    ...(permits.length === 0
      ? []
      : [`It allows those for which one of these holds:${texts(permits)}`]),
    ...(denies.length === 0
      ? []
      : [`It refuses those for which this holds, or cannot be told:${texts(denies)}`]),
    ...(term === undefined ? [] : [`It does so at these hours: ${term}.`]),
  ].join('\n');
}

/** What the rule says of how often or when, and from when on it permits again. */
function timeRefused(
  reason: 'limit_reached' | 'outside_hours',
  { term, retryAt }: RefusalFacts,
): string {
  const said = term === undefined ? '' : `: ${term}`;
  const says =
    reason === 'limit_reached'
      ? `The limit of the rule that permits this is used up${said}.`
      : `The grant allows this at certain hours${said}.`;
  const when =
    retryAt === undefined
      ? 'When that is again cannot be told.'
      : `Try again from ${instant(retryAt)} on.`;
  return `${says} ${when}`;
}

const MONITOR_REFUSED =
  'This session is watched more closely after what it did, and this call is refused. Do something else, or ask the person you work for: an admin sees why with `toolgrant monitor status`.';

/** When it may go on. Why it has to wait is the admin's to know. */
const throttledText = ({ retryAt }: RefusalFacts): string =>
  `This session has to slow down. ${
    retryAt === undefined ? 'Try again in a minute.' : `Try again from ${instant(retryAt)} on.`
  }`;

/** What waits, who decides, and what to do then: the command is for the admin, who sees all of the call. */
function approvalText(
  reason: 'approval_needed' | 'approval_denied',
  { approvalId, retryAt }: RefusalFacts,
): string {
  const named = approvalId === undefined ? '' : ` (${approvalId})`;
  if (reason === 'approval_denied') {
    const until = retryAt === undefined ? '' : ` Until ${instant(retryAt)} it stays refused.`;
    return `Somebody looked at this call${named} and denied it.${until} Do something else, or ask the person you work for.`;
  }
  const look =
    approvalId === undefined
      ? 'with `toolgrant approvals list`'
      : `with \`toolgrant approvals show ${approvalId}\``;
  return [
    `This call needs an approval, and waits for it${named}. Nothing was done yet.`,
    `An admin looks at it ${look}, and approves or denies it; you cannot.`,
    'Once it is approved, call again, unchanged: the approval is for exactly this call, once.',
  ].join('\n');
}

/** The call was made: making it again as it was would come to the same. */
const tooLarge = ({ term }: RefusalFacts): string =>
  `The call was made, and its result is larger than the grant allows${
    term === undefined ? '' : ` (${term})`
  }. Ask for less of it; calling again unchanged comes to the same.`;

/** In whole seconds, UTC, and never too early. */
const instant = (at: number): string =>
  new Date(Math.ceil(at / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');

/** Which limit is used up, and what to do: only who is permitted the thing ever reads it. */
const EXHAUSTED = {
  approvals_exhausted:
    'This needs an approval, and this session asks for too many. An admin sees what waits with `toolgrant approvals list`. Call again once some of it was looked at, or in an hour.',
  result_withheld:
    'The call was made. Its result is withheld: it holds what the configuration of the tool server does not let through.',
  subscriptions_exhausted:
    'This session is subscribed to too many resources: unsubscribe from others first.',
  session_idle_exceeded:
    'The grant that permits this ends when it is not used for a while (session.idle), and it was not. A new session can use it again.',
  session_calls_exceeded:
    'The grant that permits this allows no more calls in this session (session.maxCalls). A new session, or an admin, can allow more.',
  session_concurrency_exceeded:
    'As many calls are running as the grant that permits this allows at once (session.concurrent). Try again when one of them has ended.',
} as const;

/** A refusal that the model can act on. */
function actionable(refused: Refused, text: string): RpcReply {
  return refused.kind === 'tool'
    ? toolError(text, refused.era)
    : { kind: 'error', error: refusedParams(text) };
}

/** A result of our own for a tool, in the form of the client's era. */
function toolError(text: string, era: Era): RpcReply {
  const result = { content: [{ type: 'text', text }], isError: true };
  return {
    kind: 'result',
    result: era === '2026' ? { ...result, resultType: 'complete' } : result,
  };
}
