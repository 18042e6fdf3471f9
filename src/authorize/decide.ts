import type { AccessRequest, UseTarget } from '../domain/access-request.ts';
import type { Decision, Deny, Permit } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { findRule } from './find-rule.ts';
import { type GrantStanding, grantStanding } from './grant-standing.ts';
import type { UseFacts } from './judge-terms.ts';
import { isTooLong, judgeItem, judgeResource, judgeServer, type Verdict } from './judge-use.ts';
import type { Asker, PolicyState, ServerView } from './policy-state.ts';
import { mismatchedRules } from './rule-conditions.ts';
import { ASK_KINDS } from './rule-kind.ts';

/**
 * The one decision: whether `asker` gets what `request` names, at `now` (epoch milliseconds), under
 * `state`. Pure, but that a condition may ask `state.realPath` where links lead. Every surface asks it, listing included, and nothing else mints a `Permit`.
 *
 * Whatever is not permitted here is denied: an unknown server, tool or method, a URI that can be read
 * in two ways, and a kind of request nobody thought of.
 */
export function decide(
  state: PolicyState,
  asker: Asker,
  request: AccessRequest,
  now: number,
): Decision {
  const verdict = judge(state, asker, request, now);
  const { epoch } = state;
  if (verdict.kind === 'permit') {
    const limits = state.grants.find(({ id }) => id === verdict.rule.grant)?.sessionLimits;
    return { ...verdict, request, epoch, ...(limits === undefined ? {} : { limits }) } as Permit;
  }
  return { ...verdict, request, epoch } satisfies Deny;
}

function judge(state: PolicyState, asker: Asker, request: AccessRequest, now: number): Verdict {
  // Before anything else, so that everybody gets one answer to whatever was asked.
  if (state.isHalted) return { kind: 'deny', reason: 'halted' };
  const standings = () => {
    const mismatched = mismatchedRules(state);
    return state.grants
      .map((grant) => grantStanding(grant, asker, now, mismatched))
      .filter((standing) => standing !== undefined);
  };
  switch (request.kind) {
    case 'tool':
    case 'prompt':
    case 'resource':
    case 'template':
    case 'server': {
      const view = state.servers.get(request.server);
      // The rules are asked of an unknown server too: less work would tell it from an ungranted one.
      const facts = { asker, now, realPath: state.realPath };
      const verdict = judgeUse(view ?? NO_SERVER, standings(), request, facts);
      return view === undefined ? { kind: 'deny', reason: 'server_unknown' } : verdict;
    }
    case 'ask':
      return judgeAsk(state.servers.get(request.server), standings(), request);
    case 'method':
      return { kind: 'deny', reason: 'surface_closed' };
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

function judgeUse(
  view: ServerView,
  standings: readonly GrantStanding[],
  request: UseTarget,
  facts: Omit<UseFacts, 'args'>,
): Verdict {
  const { server } = request;
  switch (request.kind) {
    case 'server':
      return judgeServer(view, standings, server, request.needs);
    case 'resource': {
      // Of what is read the URI itself is the argument, in the form the rules know it by.
      const use = request.args === undefined ? undefined : facts;
      return judgeResource(view, standings, server, request.uri, use);
    }
    case 'tool':
    case 'prompt': {
      const { kind, args } = request;
      const name = kind === 'tool' ? request.tool : request.prompt;
      const use = args === undefined ? undefined : { ...facts, args };
      return judgeItem(view, standings, { kind, server, name }, use);
    }
    case 'template':
      return judgeItem(view, standings, {
        kind: 'template',
        server,
        name: request.template,
        ...(request.filled === undefined ? {} : { filled: request.filled }),
      });
  }
}

/** A tool server asks what a rule names, of whoever the rule is for; what no rule can name it never asks. */
function judgeAsk(
  view: ServerView | undefined,
  standings: readonly GrantStanding[],
  { server, ask }: Extract<AccessRequest, { readonly kind: 'ask' }>,
): Verdict {
  if (isTooLong(ask) || !ASK_KINDS.some((kind) => kind === ask)) return NOT_GRANTED;
  const found = findRule(standings, { kind: 'ask', server, name: ask });
  if (found.kind === 'denied')
    return found.rule === undefined ? NOT_GRANTED : { ...found, kind: 'deny' };
  const { rule } = found;
  if (view === undefined) return { kind: 'deny', reason: 'server_unknown', rule };
  if (view.isAwaitingApproval === true) {
    return { kind: 'deny', reason: 'item_unapproved', rule };
  }
  return { kind: 'permit', rule };
}

const NOT_GRANTED: Verdict = { kind: 'deny', reason: 'ask_not_granted' };
