import type { GrantRecord, GrantRule } from '../../src/authorize/grant-record.ts';
import type { Asker, PolicyState } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { RuleRef } from '../../src/domain/decision.ts';
import type { Json } from '../../src/domain/json.ts';
import type { DenyReason } from '../../src/domain/reasons.ts';
import type { PermitTerms } from '../../src/domain/rule-terms.ts';
import type { SpentLimit } from '../../src/domain/session-limits.ts';
import { findText, globMatches, type Plain, plainPatterns, QUESTION_MARK } from './glob-oracle.ts';
import { TEMPLATES, URIS } from './resource-cases.ts';
import { type Borne, hasMeaning, judgeUse, type Told } from './term-oracle.ts';

/** What the oracle holds to be true of one request. */
export type Verdict =
  /** `rules` are all those that permit it. */
  | {
      readonly permits: true;
      readonly rules: readonly RuleRef[];
      readonly definitionHash?: string;
      /** Of a use. */
      readonly terms?: PermitTerms;
      readonly wouldRefuse?: DenyReason;
    }
  /** Every reason that is true of it, each with the rules it may name. */
  | {
      readonly permits: false;
      readonly reasons: ReadonlyMap<DenyReason, readonly RuleRef[]>;
      /** Of a use that only the terms of rules refuse: what may be said, and nothing else. */
      readonly told?: readonly Told[];
    };

/** The rules of a subject's grants that bear on one thing, sorted by what becomes of them. */
interface Bearing {
  /** Those that deny whatever the arguments, at any time. */
  readonly denies: readonly RuleRef[];
  /** Those that deny some arguments, or at some hours. */
  readonly partial: readonly Borne[];
  readonly borne: readonly Borne[];
  readonly permits: readonly RuleRef[];
  readonly expired: readonly RuleRef[];
  readonly otherClient: readonly RuleRef[];
  readonly outlived: readonly RuleRef[];
  /** Of grants whose limits are used up in the session. */
  readonly spent: readonly { readonly limit: SpentLimit; readonly found: RuleRef }[];
  /** Set where `permits` holds only those that the denies leave something of: whether there were any. */
  readonly isAnyPermit?: boolean;
}

/** Decides as `design.md` words it, one plain loop after the other. Shares no code with `src/authorize`. */
export function oracleDecides(
  state: PolicyState,
  asker: Asker,
  request: AccessRequest,
  now: number,
): Verdict {
  if (state.isHalted) return refuse(['halted', []]);
  const asked: Asked = { state, asker, now };
  switch (request.kind) {
    case 'tool':
      return decideItem(asked, request.server, 'tool', request.tool, request.args);
    case 'prompt':
      return decideItem(asked, request.server, 'prompt', request.prompt, request.args);
    case 'template':
      return decideItem(asked, request.server, 'template', request.template);
    case 'resource':
      return decideResource(asked, request.server, request.uri, request.args !== undefined);
    case 'server':
      return request.needs === 'resources'
        ? decideSome(asked, request.server, 'resource')
        : decideServer(asked, request.server);
    case 'ask':
      return decideAsk(asked, request.server, request.ask);
    default:
      return refuse(['surface_closed', []]);
  }
}

/** What a question is decided under. */
interface Asked {
  readonly state: PolicyState;
  readonly asker: Asker;
  readonly now: number;
}

type Kind = 'tool' | 'prompt' | 'resource' | 'ask';

/** A rule's kind and the glob behind it. A pattern without a prefix is about tools alone. */
function partsOf(pattern: string): { readonly kind: Kind; readonly glob: string } {
  const found = /^(prompt|resource|ask):(.*)$/s.exec(pattern);
  return found === null
    ? { kind: 'tool', glob: pattern }
    : { kind: found[1] as Kind, glob: found[2] ?? '' };
}

/** Whether a rule's condition and hours can be read, and fit what it is about. */
export function isMeaningful(state: PolicyState, rule: GrantRule): boolean {
  const known = meaningful.get(rule);
  if (known !== undefined) return known;
  const { kind, glob } = partsOf(rule.pattern);
  const found = hasMeaning(state, rule, kind, glob);
  meaningful.set(rule, found);
  return found;
}

/** A rule is part of one state. */
const meaningful = new WeakMap<GrantRule, boolean>();

type Rule = Pick<RuleRef, 'effect' | 'pattern'>;

/** Whether a rule of this kind matches. One that cannot be evaluated permits nothing, and denies. */
function matches({ effect, pattern }: Rule, kind: Kind, text: string): boolean {
  const parts = partsOf(pattern);
  if (parts.kind !== kind) return false;
  return written(text, effect, kind).some(
    (each) => globMatches(parts.glob, each) ?? effect === 'deny',
  );
}

/** A deny on a resource is about it with a slash behind it, or any query, as well. */
function written(text: string, effect: Rule['effect'], kind: Kind): readonly string[] {
  if (effect === 'permit' || kind !== 'resource') return [text];
  const found = new Set([text]);
  for (let at = text.indexOf('?'); at !== -1; at = text.indexOf('?', at + 1))
    found.add(text.slice(0, at));
  for (const each of [...found]) if (each.endsWith('/')) found.add(each.slice(0, -1));
  return [...found];
}

/** The plain patterns a rule comes to; `undefined` when it cannot be evaluated. */
function plainOf({ effect, pattern }: Rule): readonly Plain[] | undefined {
  const { kind, glob } = partsOf(pattern);
  const plain = plainPatterns(glob);
  if (effect === 'permit' || kind !== 'resource') return plain;
  return plain?.flatMap((each) =>
    [each, [...each, '/']].flatMap((one) => [one, [...one, QUESTION_MARK, '**']]),
  );
}

const WORDS = {
  tool: {
    unknown: 'tool_unknown',
    drifted: 'tool_drifted',
    unapproved: 'tool_unapproved',
    out: 'tool_quarantined',
  },
  item: {
    unknown: 'item_unknown',
    drifted: 'item_drifted',
    unapproved: 'item_unapproved',
    out: 'item_quarantined',
  },
} as const;

const wordsOf = (kind: string) => (kind === 'tool' ? WORDS.tool : WORDS.item);

const itemsOf = ({ state }: Asked, server: string, kind: 'tool' | 'prompt' | 'template') => {
  const view = state.servers.get(server);
  return kind === 'tool' ? view?.tools : kind === 'prompt' ? view?.prompts : view?.templates;
};

/** A server that waits for its approval has what nobody approved; any other has no such thing. */
const missing = ({ state }: Asked, server: string, kind: string): DenyReason =>
  state.servers.get(server)?.isAwaitingApproval ? wordsOf(kind).unapproved : wordsOf(kind).unknown;

function decideItem(
  asked: Asked,
  server: string,
  kind: 'tool' | 'prompt' | 'template',
  name: string,
  args?: Json,
): Verdict {
  const text = `${server}/${name}`;
  const bearing =
    kind === 'template'
      ? ofTemplate(asked, server, name)
      : sort(asked, (rule) => matches(rule, kind, text));
  const pinned = itemsOf(asked, server, kind)?.get(name);
  const isThere = pinned !== undefined && pinned.quarantine === undefined;
  // Of a template the denies leave something, or its permits were taken out.
  const isDenied = kind !== 'template' && bearing.denies.length > 0;
  if (!isDenied && bearing.permits.length > 0 && isThere) {
    if (args === undefined)
      return { permits: true, rules: bearing.permits, definitionHash: pinned.hash };
    const verdict = decideUse(asked, bearing, args);
    return verdict.permits ? { ...verdict, definitionHash: pinned.hash } : verdict;
  }

  const words = wordsOf(kind);
  const reasons = kind === 'template' ? refusalsOfSome(asked, bearing) : refusals(asked, bearing);
  if (!asked.state.servers.has(server)) reasons.set('server_unknown', bearing.permits);
  else if (pinned === undefined) reasons.set(missing(asked, server, kind), bearing.permits);
  else if (pinned.quarantine === 'drifted') reasons.set(words.drifted, bearing.permits);
  else if (pinned.quarantine === 'unapproved') reasons.set(words.unapproved, bearing.permits);
  else if (pinned.quarantine !== undefined) reasons.set(words.out, bearing.permits);
  return { permits: false, reasons };
}

/** The rules that bear on a URI a template expands to; of permits, those the denies leave one for. */
function ofTemplate(asked: Asked, server: string, template: string): Bearing {
  const glob = TEMPLATES.get(template);
  if (glob === undefined) return sort(asked, (rule) => isDenyOf(rule, 'resource', server));
  const shape = plainPatterns(`${server}/${glob}`)?.[0] ?? [];
  return possible(asked, server, 'resource', shape);
}

const isDenyOf = (rule: Rule, kind: Kind, server: string): boolean =>
  rule.effect === 'deny' && isAbout(rule, kind, server);

/** Whether a rule bears on something of a server, whatever it is called. */
function isAbout(rule: Rule, kind: Kind, server: string, shape?: Plain): boolean {
  if (partsOf(rule.pattern).kind !== kind) return false;
  const plain = plainOf(rule);
  if (plain === undefined) return rule.effect === 'deny';
  return findText(`${server}/`, plain, [], shape) !== undefined;
}

/** The rules that bear on something of a server; of permits, those the denies leave something of. */
function possible(asked: Asked, server: string, kind: Kind, shape?: Plain): Bearing {
  const bearing = sort(asked, (rule) => isAbout(rule, kind, server, shape));
  const permits = bearing.permits.filter(
    (rule) => nameGivenBy([rule], bearing.denies, server, shape) !== undefined,
  );
  return { ...bearing, permits, isAnyPermit: bearing.permits.length > 0 };
}

/** Whether the terms of the rules let one use through of what they permit some use of. */
function decideUse({ asker, now }: Asked, { partial, borne }: Bearing, args: Json): Verdict {
  const verdict = judgeUse(partial, borne, { asker, now, args });
  if (verdict.permits) {
    const { rule, ...others } = verdict;
    return { ...others, rules: [rule] };
  }
  const { told } = verdict;
  const reasons = new Map<DenyReason, readonly RuleRef[]>();
  for (const { reason, rule } of told) reasons.set(reason, [...(reasons.get(reason) ?? []), rule]);
  return { permits: false, told, reasons };
}

function decideResource(asked: Asked, server: string, uri: string, isUse: boolean): Verdict {
  const normal = URIS.get(uri);
  const bearing = sort(asked, (rule) =>
    normal === undefined
      ? isDenyOf(rule, 'resource', server)
      : matches(rule, 'resource', `${server}/${normal}`),
  );
  const view = asked.state.servers.get(server);
  const isThere = view?.hasResources === true && view.isAwaitingApproval === undefined;
  if (bearing.denies.length === 0 && bearing.permits.length > 0 && isThere)
    return isUse && normal !== undefined
      ? decideUse(asked, bearing, { uri: normal })
      : { permits: true, rules: bearing.permits };
  const reasons = refusals(asked, bearing);
  if (normal === undefined && reasons.delete('no_rule')) reasons.set('uri_ambiguous', []);
  if (view === undefined) reasons.set('server_unknown', bearing.permits);
  else if (!isThere) reasons.set(missing(asked, server, 'resource'), bearing.permits);
  return { permits: false, reasons };
}

function decideAsk(asked: Asked, server: string, ask: string): Verdict {
  const bearing = sort(asked, (rule) => matches(rule, 'ask', `${server}/${ask}`));
  const view = asked.state.servers.get(server);
  const isAskable = ['elicitation', 'sampling', 'roots'].includes(ask);
  if (!isAskable) return refuse(['ask_not_granted', []]);
  const isWaiting = view?.isAwaitingApproval === true;
  if (view !== undefined && bearing.denies.length === 0 && bearing.permits.length > 0 && !isWaiting)
    return { permits: true, rules: bearing.permits };
  const reasons = refusals(asked, bearing);
  if (reasons.delete('no_rule') || reasons.delete('no_grant')) reasons.set('ask_not_granted', []);
  if (isWaiting) reasons.set('item_unapproved', bearing.permits);
  if (view === undefined && bearing.permits.length > 0)
    reasons.set('server_unknown', bearing.permits);
  return { permits: false, reasons };
}

/** Whether there could be something of a kind that the rules give. */
function decideSome(asked: Asked, server: string, kind: 'tool' | 'prompt' | 'resource'): Verdict {
  const bearing = possible(asked, server, kind);
  const view = asked.state.servers.get(server);
  const isOpen =
    view !== undefined &&
    view.isAwaitingApproval === undefined &&
    (view.tools === undefined || (kind === 'resource' && view.hasResources));
  if (isOpen && bearing.permits.length > 0) return { permits: true, rules: bearing.permits };
  const reasons = refusalsOfSome(asked, bearing);
  if (view === undefined) reasons.set('server_unknown', []);
  else if (view.tools !== undefined && bearing.permits.length > 0)
    reasons.set(missing(asked, server, kind), bearing.permits);
  return { permits: false, reasons };
}

/** A deny rule about some things of a kind leaves it true that no rule gives any of them. */
function refusalsOfSome(asked: Asked, bearing: Bearing): Map<DenyReason, readonly RuleRef[]> {
  const reasons = refusals(asked, bearing);
  if (reasons.has('denied_by_rule') && bearing.isAnyPermit !== true) reasons.set('no_rule', []);
  return reasons;
}

function decideServer(asked: Asked, server: string): Verdict {
  const verdicts: Verdict[] = (['tool', 'prompt', 'resource'] as const).map((kind) =>
    decideSome(asked, server, kind),
  );
  for (const kind of ['tool', 'prompt', 'template'] as const)
    for (const name of itemsOf(asked, server, kind)?.keys() ?? [])
      verdicts.push(decideItem(asked, server, kind, name));
  const rules = verdicts.flatMap((verdict) => (verdict.permits ? verdict.rules : []));
  if (rules.length > 0) return { permits: true, rules };
  const reasons = new Map<DenyReason, readonly RuleRef[]>();
  for (const verdict of verdicts)
    if (!verdict.permits)
      for (const [reason, named] of verdict.reasons)
        reasons.set(reason, [...(reasons.get(reason) ?? []), ...named]);
  return { permits: false, reasons };
}

/** A name of this server that would be permitted once pinned; `undefined` when no name would be. */
export function permittedName(
  state: PolicyState,
  asker: Asker,
  server: string,
  now: number,
  kind: 'tool' | 'prompt' | 'resource' = 'tool',
): string | undefined {
  if (state.isHalted) return undefined;
  const { permits, denies } = possible({ state, asker, now }, server, kind);
  return nameGivenBy(permits, denies, server);
}

function nameGivenBy(
  permits: readonly RuleRef[],
  denies: readonly RuleRef[],
  server: string,
  shape?: Plain,
): string | undefined {
  if (denies.some((rule) => plainOf(rule) === undefined)) return undefined;
  const plain = (rules: readonly RuleRef[]) => rules.flatMap((rule) => plainOf(rule) ?? []);
  return findText(`${server}/`, plain(permits), plain(denies), shape)?.slice(server.length + 1);
}

function sort({ state, asker, now }: Asked, bears: (rule: Rule) => boolean): Bearing {
  const denies: RuleRef[] = [];
  const partial: Borne[] = [];
  const borne: Borne[] = [];
  const permits: RuleRef[] = [];
  const expired: RuleRef[] = [];
  const otherClient: RuleRef[] = [];
  const outlived: RuleRef[] = [];
  const spent: { limit: SpentLimit; found: RuleRef }[] = [];
  for (const grant of naming(state, asker)) {
    const isExpired = now >= grant.expiresAt;
    const isForClient =
      grant.clients === undefined ||
      (asker.client !== undefined && grant.clients.includes(asker.client));
    const hasOutlived =
      grant.sessionLifeMs !== undefined &&
      asker.sessionOpenedAt !== undefined &&
      asker.sessionOpenedAt + grant.sessionLifeMs <= now;
    const limit = asker.spent?.grants.get(grant.id);
    for (let index = 0; index < grant.rules.length; index++) {
      const rule = grant.rules[index];
      if (rule === undefined || !bears(rule)) continue;
      const { effect, pattern, line, when, hours } = rule;
      const isMeant = isMeaningful(state, rule);
      const { id, revision, file } = grant;
      const found = { grant: id, revision, index, file, line, effect, pattern };
      if (effect === 'deny') {
        if (isExpired || !isForClient) continue;
        if (isMeant && (when !== undefined || hours !== undefined))
          partial.push({ grant, rule, found });
        else denies.push(found);
        continue;
      }
      if (!isMeant) continue;
      if (isExpired) expired.push(found);
      if (!isForClient) otherClient.push(found);
      if (hasOutlived) outlived.push(found);
      if (limit !== undefined) spent.push({ limit, found });
      if (isExpired || !isForClient || hasOutlived || limit !== undefined) continue;
      permits.push(found);
      borne.push({ grant, rule, found });
    }
  }
  return { denies, partial, borne, permits, expired, otherClient, outlived, spent };
}

const naming = (state: PolicyState, asker: Asker): GrantRecord[] =>
  state.grants.filter((grant) => grant.subject === asker.subject);

const SPENT: Record<SpentLimit, DenyReason> = {
  idle: 'session_idle_exceeded',
  maxCalls: 'session_calls_exceeded',
  concurrent: 'session_concurrency_exceeded',
};

/** The docstrings of `domain/reasons.ts`, each as a claim that is true here or not. */
function refusals({ state, asker }: Asked, bearing: Bearing): Map<DenyReason, readonly RuleRef[]> {
  const reasons = new Map<DenyReason, readonly RuleRef[]>();
  const { denies, permits, expired, otherClient, outlived, spent } = bearing;
  if (naming(state, asker).length === 0) return reasons.set('no_grant', []);
  if (denies.length > 0) reasons.set('denied_by_rule', denies);
  if (permits.length > 0) return reasons;
  if (expired.length > 0) reasons.set('grant_expired', expired);
  if (otherClient.length > 0) reasons.set('client_not_granted', otherClient);
  if (outlived.length > 0) reasons.set('session_life_exceeded', outlived);
  for (const [limit, reason] of Object.entries(SPENT) as [SpentLimit, DenyReason][]) {
    const rules = spent.filter((one) => one.limit === limit).map(({ found }) => found);
    if (rules.length > 0) reasons.set(reason, rules);
  }
  if (reasons.size === 0) reasons.set('no_rule', []);
  return reasons;
}

const refuse = (...reasons: [DenyReason, RuleRef[]][]): Verdict => ({
  permits: false,
  reasons: new Map(reasons),
});
