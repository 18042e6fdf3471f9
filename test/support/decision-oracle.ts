import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import type { Asker, PolicyState } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { RuleRef } from '../../src/domain/decision.ts';
import type { DenyReason } from '../../src/domain/reasons.ts';
import { findText, globMatches, plainPatterns } from './glob-oracle.ts';

/** What the oracle holds to be true of one request. */
export type Verdict =
  /** `rules` are all those that permit it. */
  | { readonly permits: true; readonly rules: readonly RuleRef[]; readonly definitionHash?: string }
  /** Every reason that is true of it, each with the rules it may name. */
  | { readonly permits: false; readonly reasons: ReadonlyMap<DenyReason, readonly RuleRef[]> };

/** The rules of a subject's grants that bear on one thing, sorted by what becomes of them. */
interface Bearing {
  readonly denies: readonly RuleRef[];
  readonly permits: readonly RuleRef[];
  readonly expired: readonly RuleRef[];
  readonly otherClient: readonly RuleRef[];
  readonly outlived: readonly RuleRef[];
}

/** Decides as `design.md` words it, one plain loop after the other. Shares no code with `src/authorize`. */
export function oracleDecides(
  state: PolicyState,
  asker: Asker,
  request: AccessRequest,
  now: number,
): Verdict {
  if (state.isHalted) return refuse(['halted', []]);
  if (request.kind === 'tool') return decideTool(state, asker, request.server, request.tool, now);
  if (request.kind === 'server') return decideServer(state, asker, request.server, now);
  if (request.kind === 'ask') return refuse(['ask_not_granted', []]);
  return refuse(['surface_closed', []]);
}

function decideTool(
  state: PolicyState,
  asker: Asker,
  server: string,
  tool: string,
  now: number,
): Verdict {
  const text = `${server}/${tool}`;
  const bearing = sort(state, asker, now, (rule) => {
    const matches = globMatches(rule.pattern, text);
    // An expression that cannot be evaluated does not permit, and on a deny rule denies.
    return matches ?? rule.effect === 'deny';
  });
  const pinned = state.servers.get(server)?.tools?.get(tool);
  if (
    bearing.denies.length === 0 &&
    bearing.permits.length > 0 &&
    pinned !== undefined &&
    pinned.quarantine === undefined
  )
    return { permits: true, rules: bearing.permits, definitionHash: pinned.hash };

  const reasons = refusals(state, asker, bearing);
  if (!state.servers.has(server)) reasons.set('server_unknown', bearing.permits);
  else if (pinned === undefined) reasons.set(missing(state, server), bearing.permits);
  else if (pinned.quarantine === 'drifted') reasons.set('tool_drifted', bearing.permits);
  else if (pinned.quarantine === 'unapproved') reasons.set('tool_unapproved', bearing.permits);
  else if (pinned.quarantine !== undefined) reasons.set('tool_quarantined', bearing.permits);
  return { permits: false, reasons };
}

/** A server that waits for its approval has tools nobody approved; any other has no such tool. */
const missing = (state: PolicyState, server: string): DenyReason =>
  state.servers.get(server)?.isAwaitingApproval ? 'tool_unapproved' : 'tool_unknown';

function decideServer(state: PolicyState, asker: Asker, server: string, now: number): Verdict {
  const bearing = touching(state, asker, server, now);
  const reasons = refusals(state, asker, bearing);
  // A deny rule about some of its tools leaves it true that no rule gives anything of the server.
  if (reasons.has('denied_by_rule') && bearing.permits.length === 0) reasons.set('no_rule', []);
  const view = state.servers.get(server);
  if (view === undefined) return { permits: false, reasons: reasons.set('server_unknown', []) };
  if (view.tools === undefined) {
    const giving = bearing.permits.filter(
      (rule) => nameGivenBy([rule], bearing.denies, server) !== undefined,
    );
    if (giving.length === 0) return { permits: false, reasons };
    return { permits: true, rules: giving };
  }
  const rules: RuleRef[] = [];
  for (const tool of view.tools.keys()) {
    const verdict = decideTool(state, asker, server, tool, now);
    if (verdict.permits) rules.push(...verdict.rules);
    else
      for (const [reason, named] of verdict.reasons)
        reasons.set(reason, [...(reasons.get(reason) ?? []), ...named]);
  }
  if (rules.length > 0) return { permits: true, rules };
  if (view.tools.size === 0) reasons.set(missing(state, server), bearing.permits);
  return { permits: false, reasons };
}

/** A tool name of this server that would be permitted once pinned; `undefined` when no name would be. */
export function permittedName(
  state: PolicyState,
  asker: Asker,
  server: string,
  now: number,
): string | undefined {
  if (state.isHalted) return undefined;
  const { permits, denies } = touching(state, asker, server, now);
  return nameGivenBy(permits, denies, server);
}

function nameGivenBy(
  permits: readonly RuleRef[],
  denies: readonly RuleRef[],
  server: string,
): string | undefined {
  if (denies.some((rule) => plainPatterns(rule.pattern) === undefined)) return undefined;
  const plain = (rules: readonly RuleRef[]) =>
    rules.flatMap((rule) => plainPatterns(rule.pattern) ?? []);
  return findText(`${server}/`, plain(permits), plain(denies))?.slice(server.length + 1);
}

/** The rules that bear on some tool of a server, whatever its tools are called. */
function touching(state: PolicyState, asker: Asker, server: string, now: number): Bearing {
  return sort(state, asker, now, (rule) => {
    const plain = plainPatterns(rule.pattern);
    return plain === undefined
      ? rule.effect === 'deny'
      : findText(`${server}/`, plain, []) !== undefined;
  });
}

function sort(
  state: PolicyState,
  asker: Asker,
  now: number,
  bears: (rule: { effect: 'permit' | 'deny'; pattern: string }) => boolean,
): Bearing {
  const denies: RuleRef[] = [];
  const permits: RuleRef[] = [];
  const expired: RuleRef[] = [];
  const otherClient: RuleRef[] = [];
  const outlived: RuleRef[] = [];
  for (const grant of naming(state, asker)) {
    const isExpired = now >= grant.expiresAt;
    const isForClient =
      grant.clients === undefined ||
      (asker.client !== undefined && grant.clients.includes(asker.client));
    const hasOutlived =
      grant.sessionLifeMs !== undefined &&
      asker.sessionOpenedAt !== undefined &&
      asker.sessionOpenedAt + grant.sessionLifeMs <= now;
    for (let index = 0; index < grant.rules.length; index++) {
      const rule = grant.rules[index];
      if (rule === undefined || !bears(rule)) continue;
      const { effect, pattern, line } = rule;
      const { id, revision, file } = grant;
      const found = { grant: id, revision, index, file, line, effect, pattern };
      if (effect === 'deny') {
        if (!isExpired && isForClient) denies.push(found);
        continue;
      }
      if (isExpired) expired.push(found);
      if (!isForClient) otherClient.push(found);
      if (hasOutlived) outlived.push(found);
      if (!isExpired && isForClient && !hasOutlived) permits.push(found);
    }
  }
  return { denies, permits, expired, otherClient, outlived };
}

const naming = (state: PolicyState, asker: Asker): GrantRecord[] =>
  state.grants.filter((grant) => grant.subject === asker.subject);

/** The docstrings of `domain/reasons.ts`, each as a claim that is true here or not. */
function refusals(
  state: PolicyState,
  asker: Asker,
  bearing: Bearing,
): Map<DenyReason, readonly RuleRef[]> {
  const reasons = new Map<DenyReason, readonly RuleRef[]>();
  const { denies, permits, expired, otherClient, outlived } = bearing;
  if (naming(state, asker).length === 0) return reasons.set('no_grant', []);
  if (denies.length > 0) reasons.set('denied_by_rule', denies);
  if (permits.length > 0) return reasons;
  if (expired.length > 0) reasons.set('grant_expired', expired);
  if (otherClient.length > 0) reasons.set('client_not_granted', otherClient);
  if (outlived.length > 0) reasons.set('session_life_exceeded', outlived);
  if (reasons.size === 0) reasons.set('no_rule', []);
  return reasons;
}

const refuse = (...reasons: [DenyReason, RuleRef[]][]): Verdict => ({
  permits: false,
  reasons: new Map(reasons),
});
