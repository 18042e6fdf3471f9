import { compiledRule } from '../authorize/compiled-rule.ts';
import type { GrantRecord, GrantRule } from '../authorize/grant-record.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import { mismatchedRules } from '../authorize/rule-conditions.ts';
import type { RuleKind } from '../authorize/rule-kind.ts';
import { termTexts } from '../authorize/rule-text.ts';
import type { Quarantine } from '../domain/catalog-record.ts';

/** A rule that has a say about a thing. */
export interface ReachingRule {
  readonly grant: GrantRecord;
  readonly rule: GrantRule;
  /** Zero-based place in `rules`. */
  readonly index: number;
}

/** What grants come to for one thing. */
export interface Reach {
  readonly kind: RuleKind;
  /** As a rule names it; for resources and questions, which nobody can list, the rule's pattern. */
  readonly thing: string;
  /** `none`: no rule permits it, though one is about it. */
  readonly effect: 'permit' | 'deny' | 'none';
  /** The rules that permit it, each by itself; or the one that denies it. */
  readonly by: readonly ReachingRule[];
  /** Rules that deny it for some arguments, or at some hours. */
  readonly unless: readonly ReachingRule[];
  /** Why it does not exist for anybody just now. */
  readonly held?: Quarantine['reason'];
}

/**
 * What grants reach: each known tool and prompt a rule of them is about, and of resources and questions
 * each rule, ordered by kind and name. Whether they are in force, and for which clients, is the reader's to judge.
 */
export function reachOf({
  grants,
  servers,
}: Pick<PolicyState, 'grants' | 'servers'>): readonly Reach[] {
  const mismatched = mismatchedRules({ grants, servers });
  const rules = grants.flatMap((grant) =>
    grant.rules.map((rule, index): ReachingRule => ({ grant, rule, index })),
  );
  const found: Reach[] = [];
  for (const [server, view] of servers) {
    for (const kind of ['tool', 'prompt'] as const) {
      for (const [name, { quarantine }] of (kind === 'tool' ? view.tools : view.prompts) ?? []) {
        const ref = `${server}/${name}`;
        const about = rules.filter(({ rule }) => {
          const compiled = compiledRule(rule);
          if (compiled.kind !== kind) return false;
          return compiled.glob?.matches(ref) ?? rule.effect === 'deny';
        });
        if (about.length === 0) continue;
        const thing = kind === 'tool' ? ref : `prompt:${ref}`;
        const held = quarantine === undefined ? {} : { held: quarantine };
        found.push({ kind, thing, ...judged(about, mismatched), ...held });
      }
    }
  }
  for (const one of rules) {
    const { kind } = compiledRule(one.rule);
    if (kind !== 'resource' && kind !== 'ask') continue;
    found.push({ kind, thing: one.rule.pattern, ...judged([one], mismatched) });
  }
  return found.sort((a, b) => KINDS[a.kind] - KINDS[b.kind] || (a.thing < b.thing ? -1 : 1));
}

const KINDS: Readonly<Record<RuleKind, number>> = { tool: 0, prompt: 1, resource: 2, ask: 3 };

function judged(
  about: readonly ReachingRule[],
  mismatched: ReadonlySet<GrantRule>,
): Pick<Reach, 'effect' | 'by' | 'unless'> {
  const isPlain = ({ rule }: ReachingRule) =>
    mismatched.has(rule) || (rule.when === undefined && rule.hours === undefined);
  const denies = about.filter(({ rule }) => rule.effect === 'deny');
  const plain = denies.find(isPlain);
  if (plain !== undefined) return { effect: 'deny', by: [plain], unless: [] };
  const by = about.filter(({ rule }) => rule.effect === 'permit' && !mismatched.has(rule));
  return { effect: by.length === 0 ? 'none' : 'permit', by, unless: denies };
}

/** What grants come to for a thing, in one line: `permit when …; or limit 10/h; unless …`. */
export function reachText({ effect, by, unless, held }: Reach): string {
  const terms = ({ rule }: ReachingRule) => termTexts(rule).join(' ');
  const ways = [...new Set(by.map(terms))];
  // A rule that asks nothing makes what others ask idle.
  const shown = ways.includes('') ? [] : ways;
  const text =
    effect === 'permit' ? ['permit', ...(shown.length === 0 ? [] : [shown.join(' or ')])] : [];
  const except = effect === 'permit' ? unless.map((one) => `, unless ${terms(one)}`).join('') : '';
  const words = effect === 'permit' ? text.join(' ') : effect === 'deny' ? 'deny' : 'refused';
  return `${words}${except}${held === undefined ? '' : ` (${HELD[held]})`}`;
}

const HELD: Readonly<Record<Quarantine['reason'], string>> = {
  drifted: 'out: not what was approved',
  unapproved: 'out: never approved',
  by_admin: 'taken out',
  by_lock: 'taken out by the lock file',
};
