import type { Quarantine } from '../domain/catalog-record.ts';
import type { ConditionResult, RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { PermitTerms } from '../domain/rule-terms.ts';
import { findRule, findRuleForSome, isAnyAbout, type RuleFinding } from './find-rule.ts';
import type { GrantStanding } from './grant-standing.ts';
import { judgeTerms, type UseFacts } from './judge-terms.ts';
import { normaliseUri } from './normalise-uri.ts';
import type { ServerView, ToolView } from './policy-state.ts';
import { itemArgTypes, RESOURCE_ARG_TYPES } from './rule-conditions.ts';
import { templateSkeleton } from './template-skeleton.ts';

/** A decision without what it was asked and when. */
export type Verdict =
  | {
      readonly kind: 'permit';
      readonly rule: RuleRef;
      readonly definitionHash?: string;
      readonly conditions?: readonly ConditionResult[];
      readonly terms?: PermitTerms;
      readonly wouldRefuse?: DenyReason;
    }
  | {
      readonly kind: 'deny';
      readonly reason: DenyReason;
      readonly rule?: RuleRef;
      readonly conditions?: readonly ConditionResult[];
      readonly term?: string;
      readonly retryAt?: number;
    };

/** Longest name that can be permitted, UTF-16 code units: a client cannot buy time with a longer one. */
const MAX_NAME_LENGTH = 1_024;

/** Whether a name is longer than any that can be permitted. */
export const isTooLong = (name: string): boolean => name.length > MAX_NAME_LENGTH;

/** What is pinned item by item. */
export interface Item {
  readonly kind: 'tool' | 'prompt' | 'template';
  readonly server: string;
  readonly name: string;
  /** Of a template: what of it is meant. */
  readonly filled?: string;
}

/**
 * The rules first, then whether there is such a thing, as it was approved; then, of a use, the terms of the
 * rules: only who could be permitted some arguments learns anything of them.
 */
export function judgeItem(
  view: ServerView,
  standings: readonly GrantStanding[],
  item: Item,
  use?: UseFacts,
): Verdict {
  const { kind, name } = item;
  const words = WORDS[kind];
  if (isTooLong(name) || isTooLong(item.filled ?? ''))
    return { kind: 'deny', reason: words.unknown };
  const found =
    kind === 'template' ? findForTemplate(standings, item) : findRule(standings, { ...item, kind });
  if (found.kind === 'denied') return { ...found, kind: 'deny' };
  const { rule } = found;
  const pinned = itemsOf(view, kind)?.get(name);
  if (pinned === undefined) {
    const reason = view.isAwaitingApproval === true ? words.unapproved : words.unknown;
    return { kind: 'deny', reason, rule };
  }
  if (pinned.quarantine !== undefined) {
    return { kind: 'deny', reason: words[pinned.quarantine], rule };
  }
  const { hash } = pinned;
  if (use === undefined || kind === 'template')
    return { kind: 'permit', rule, definitionHash: hash };
  const thing = { kind, server: item.server, name, argTypes: itemArgTypes(pinned) };
  const judged = judgeTerms(standings, thing, use);
  return judged.kind === 'permit' ? { ...judged, definitionHash: hash } : judged;
}

const itemsOf = (
  view: ServerView,
  kind: Item['kind'],
): ReadonlyMap<string, ToolView> | undefined =>
  kind === 'tool' ? view.tools : kind === 'prompt' ? view.prompts : view.templates;

/** A template is there for whoever could read something it expands to. */
function findForTemplate(
  standings: readonly GrantStanding[],
  { server, name, filled = name }: Item,
): RuleFinding {
  const among = templateSkeleton(server, filled);
  return among === undefined || typeof among === 'string'
    ? findRule(standings, { kind: 'resource', server, name: among })
    : findRuleForSome(standings, { kind: 'resource', server, among });
}

type Words = Readonly<Record<Quarantine['reason'] | 'unknown', DenyReason>>;

const ITEM_WORDS: Words = {
  unknown: 'item_unknown',
  drifted: 'item_drifted',
  unapproved: 'item_unapproved',
  by_admin: 'item_quarantined',
  by_lock: 'item_quarantined',
};

const WORDS: Readonly<Record<Item['kind'], Words>> = {
  tool: {
    unknown: 'tool_unknown',
    drifted: 'tool_drifted',
    unapproved: 'tool_unapproved',
    by_admin: 'tool_quarantined',
    by_lock: 'tool_quarantined',
  },
  prompt: ITEM_WORDS,
  template: ITEM_WORDS,
};

/**
 * Which resources there are only the tool server knows, so the rules and what was pinned of it decide;
 * then, of a use, the terms of the rules.
 *
 * Attack: a condition that saw the URI as it was written would be told another one than its rule matched.
 */
export function judgeResource(
  view: ServerView,
  standings: readonly GrantStanding[],
  server: string,
  uri: string,
  use?: Omit<UseFacts, 'args'>,
): Verdict {
  const name = normaliseUri(uri);
  const found = findRule(standings, { kind: 'resource', server, name });
  if (found.kind === 'denied') {
    const isDoubtful = name === undefined && found.reason === 'no_rule';
    return isDoubtful ? { kind: 'deny', reason: 'uri_ambiguous' } : { ...found, kind: 'deny' };
  }
  const verdict = resourcesOf(view, found.rule);
  if (use === undefined || name === undefined || verdict.kind === 'deny') return verdict;
  const thing = { kind: 'resource', server, name, argTypes: RESOURCE_ARG_TYPES } as const;
  return judgeTerms(standings, thing, { ...use, args: { uri: name } });
}

function resourcesOf(view: ServerView, rule: RuleRef): Verdict {
  if (view.isAwaitingApproval === true) return { kind: 'deny', reason: 'item_unapproved', rule };
  return view.hasResources
    ? { kind: 'permit', rule }
    : { kind: 'deny', reason: 'item_unknown', rule };
}

/**
 * A server is there for whoever has something of it, or what it is needed for, and for nobody else.
 *
 * Attack: telling by the time of a refusal that a server no rule is about exists, and how much it has.
 */
export function judgeServer(
  view: ServerView,
  standings: readonly GrantStanding[],
  server: string,
  needs: 'resources' | undefined,
): Verdict {
  if (needs === 'resources') return judgeSome(view, standings, server, 'resource');
  if (!isAnyAbout(standings, server)) {
    return { kind: 'deny', reason: standings.length > 0 ? 'no_rule' : 'no_grant' };
  }
  let refusal: Verdict | undefined;
  for (const verdict of judgeAll(view, standings, server)) {
    if (verdict.kind === 'permit') return { kind: 'permit', rule: verdict.rule };
    // A refusal that names a rule says more than one that does not.
    if (refusal === undefined || (refusal.rule === undefined && verdict.rule !== undefined)) {
      refusal = verdict;
    }
  }
  return refusal ?? { kind: 'deny', reason: 'no_rule' };
}

/** A verdict on each thing the server has, or could have while nobody has seen it; never none. */
function* judgeAll(
  view: ServerView,
  standings: readonly GrantStanding[],
  server: string,
): Generator<Verdict> {
  for (const kind of ['tool', 'prompt', 'template'] as const) {
    for (const name of itemsOf(view, kind)?.keys() ?? []) {
      yield judgeItem(view, standings, { kind, server, name });
    }
  }
  for (const kind of ['tool', 'prompt', 'resource'] as const) {
    const isAnswered = kind !== 'resource' && (itemsOf(view, kind)?.size ?? 0) > 0;
    if (!isAnswered) yield judgeSome(view, standings, server, kind);
  }
}

/** Whether there could be something of a kind: anything while nobody has seen the server, then only resources. */
function judgeSome(
  view: ServerView,
  standings: readonly GrantStanding[],
  server: string,
  kind: 'tool' | 'prompt' | 'resource',
): Verdict {
  const found = findRuleForSome(standings, { kind, server });
  if (found.kind === 'denied') return { ...found, kind: 'deny' };
  const { rule } = found;
  if (view.tools === undefined) return { kind: 'permit', rule };
  if (kind === 'resource') return resourcesOf(view, rule);
  const words = WORDS[kind];
  const reason = view.isAwaitingApproval === true ? words.unapproved : words.unknown;
  return { kind: 'deny', reason, rule };
}
