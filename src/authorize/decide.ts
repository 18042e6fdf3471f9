import type { AccessRequest } from '../domain/access-request.ts';
import type { Quarantine } from '../domain/catalog-record.ts';
import type { Decision, Deny, Permit, RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { formatToolRef } from '../domain/tool-ref.ts';
import { findRule, findRuleForUnseen } from './find-rule.ts';
import { type GrantStanding, grantStanding } from './grant-standing.ts';
import type { Asker, PolicyState, ServerView } from './policy-state.ts';

/** Longest tool name that can be permitted, UTF-16 code units: a client cannot buy time with a longer one. */
export const MAX_TOOL_NAME_LENGTH = 1_024;

/** A decision without what it was asked and when. */
type Verdict =
  | { readonly kind: 'permit'; readonly rule: RuleRef; readonly definitionHash?: string }
  | { readonly kind: 'deny'; readonly reason: DenyReason; readonly rule?: RuleRef };

/**
 * The one decision: whether `asker` gets what `request` names, at `now` (epoch milliseconds), under
 * `state`. Pure. Every surface asks it, listing included, and nothing else mints a `Permit`.
 *
 * Whatever is not permitted here is denied: an unknown server, tool or method, and a kind of request
 * nobody thought of.
 */
export function decide(
  state: PolicyState,
  asker: Asker,
  request: AccessRequest,
  now: number,
): Decision {
  const verdict = judge(state, asker, request, now);
  const { epoch } = state;
  if (verdict.kind === 'permit') return { ...verdict, request, epoch } as Permit;
  return { ...verdict, request, epoch } satisfies Deny;
}

function judge(state: PolicyState, asker: Asker, request: AccessRequest, now: number): Verdict {
  // Before anything else, so that everybody gets one answer to whatever was asked.
  if (state.isHalted) return { kind: 'deny', reason: 'halted' };
  switch (request.kind) {
    case 'tool':
    case 'server': {
      const view = state.servers.get(request.server);
      const standings = state.grants
        .map((grant) => grantStanding(grant, asker, now))
        .filter((standing) => standing !== undefined);
      // The rules are asked of an unknown server too: less work would tell it from an ungranted one.
      const { server } = request;
      const verdict =
        request.kind === 'tool'
          ? judgeTool(view ?? NO_SERVER, standings, server, request.tool)
          : judgeServer(view ?? NO_SERVER, standings, server);
      return view === undefined ? { kind: 'deny', reason: 'server_unknown' } : verdict;
    }
    case 'prompt':
    case 'resource':
    case 'template':
    case 'method':
      return { kind: 'deny', reason: 'surface_closed' };
    case 'ask':
      return { kind: 'deny', reason: 'ask_not_granted' };
  }
  // Reached only by a request the types do not allow.
  return { kind: 'deny', reason: closed(request) };
}

const NO_SERVER: ServerView = {
  tools: new Map(),
  prompts: new Map(),
  templates: new Map(),
  hasResources: false,
};

/** The compiler's proof that every kind of request is judged above. */
const closed = (_request: never): DenyReason => 'surface_closed';

function judgeTool(
  view: ServerView,
  standings: readonly GrantStanding[],
  server: string,
  tool: string,
): Verdict {
  if (tool.length > MAX_TOOL_NAME_LENGTH) return { kind: 'deny', reason: 'tool_unknown' };
  const found = findRule(standings, formatToolRef({ server, tool }));
  if (found.kind === 'denied') return { ...found, kind: 'deny' };
  const { rule } = found;
  const pinned = view.tools?.get(tool);
  if (pinned === undefined) return { kind: 'deny', reason: missing(view), rule };
  if (pinned.quarantine !== undefined) {
    return { kind: 'deny', reason: REASONS[pinned.quarantine], rule };
  }
  return { kind: 'permit', rule, definitionHash: pinned.hash };
}

const missing = (view: ServerView): DenyReason =>
  view.isAwaitingApproval === true ? 'tool_unapproved' : 'tool_unknown';

const REASONS: Readonly<Record<Quarantine['reason'], DenyReason>> = {
  drifted: 'tool_drifted',
  unapproved: 'tool_unapproved',
  by_admin: 'tool_quarantined',
  by_lock: 'tool_quarantined',
};

/** A server is there for whoever has something of it, and for nobody else. */
function judgeServer(
  view: ServerView,
  standings: readonly GrantStanding[],
  server: string,
): Verdict {
  if (view.tools === undefined) {
    const found = findRuleForUnseen(standings, server);
    return found.kind === 'permitted'
      ? { kind: 'permit', rule: found.rule }
      : { ...found, kind: 'deny' };
  }
  let refusal: Verdict | undefined;
  for (const tool of view.tools.keys()) {
    const verdict = judgeTool(view, standings, server, tool);
    if (verdict.kind === 'permit') return { kind: 'permit', rule: verdict.rule };
    // A refusal that names a rule says more than one that does not.
    if (refusal === undefined || (refusal.rule === undefined && verdict.rule !== undefined)) {
      refusal = verdict;
    }
  }
  if (refusal !== undefined) return refusal;
  const found = findRuleForUnseen(standings, server);
  return found.kind === 'permitted'
    ? { kind: 'deny', reason: missing(view), rule: found.rule }
    : { ...found, kind: 'deny' };
}
