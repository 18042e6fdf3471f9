import { isCovered } from './covering-rules.ts';
import type { Effort } from './glob-cover.ts';
import type { GrantDocument, GrantRule } from './grant-record.ts';
import { kindedPattern, type RuleKind } from './rule-kind.ts';
import { ruleText } from './rule-text.ts';

/** A grant and the file it is in, relative to the configuration's folder. */
export interface PlacedGrant {
  readonly file: string;
  readonly document: GrantDocument;
}

/** A rule that changes nothing, and why, in words. */
export interface VainRule {
  readonly rule: GrantRule;
  readonly message: string;
}

/**
 * The permits of a grant that say nothing beside the other rules of its subject: a deny takes away all
 * that one gives, or another permit gives the same without what this one asks. Each is what it looks
 * like to nobody. When there is too much to look at, nothing more is found.
 *
 * @param all the grants that are in force, or will be, together; those of other subjects are left out.
 */
export function vainRules(
  grant: PlacedGrant,
  all: readonly PlacedGrant[],
  effort: Effort,
): readonly VainRule[] {
  const others = all.filter(({ document }) => reachesAsFar(document, grant.document));
  const rules = others.flatMap(({ file, document }) =>
    document.rules.map((rule): Placed => ({ file, document, rule })),
  );
  return grant.document.rules.flatMap((rule): readonly VainRule[] => {
    if (rule.effect !== 'permit' || effort.left <= 0) return [];
    const near = rules.filter((each) => each.rule !== rule && isNear(each.rule, rule));
    effort.left -= near.length + 1;
    const denies = near.filter((each) => each.rule.effect === 'deny');
    const deny = covering(rule, denies, effort);
    if (deny !== undefined) {
      return [{ rule, message: `\`${ruleText(rule)}\` permits nothing: denied by ${deny}` }];
    }
    if (!asksSomething(rule)) return [];
    const permits = near.filter((each) => each.rule.effect === 'permit' && !isLimited(each));
    const plain = { effect: rule.effect, pattern: rule.pattern, line: rule.line };
    const permit = covering(plain, permits, effort);
    if (permit === undefined) return [];
    const message = `\`${ruleText(rule)}\` asks in vain: permitted without by ${permit}`;
    return [{ rule, message }];
  });
}

interface Placed extends PlacedGrant {
  readonly rule: GrantRule;
}

/** What covers a rule, as people find it: one rule where one does, otherwise where several stand. */
function covering(rule: GrantRule, by: readonly Placed[], effort: Effort): string | undefined {
  if (by.length === 0) return undefined;
  const one = by.find((each) => isCovered(rule, [each.rule], effort));
  if (one !== undefined) return `\`${ruleText(one.rule)}\` (${one.file}:${one.rule.line})`;
  const rules = by.map((each) => each.rule);
  if (!isCovered(rule, rules, effort)) return undefined;
  const lines = [...new Set(by.map(({ file, rule: { line } }) => `${file}:${line}`))];
  return `${lines.slice(0, 3).join(', ')}${lines.length > 3 ? ', …' : ''} together`;
}

const asksSomething = ({ when, hours, rates, approval, maxResultBytes }: GrantRule): boolean =>
  [when, hours, rates, approval, maxResultBytes].some((term) => term !== undefined);

const isLimited = ({ document }: Placed): boolean =>
  document.sessionLimits !== undefined || document.sessionLifeMs !== undefined;

/** Whether a grant holds for everybody and as long as another of its subject does. */
function reachesAsFar(wide: GrantDocument, narrow: GrantDocument): boolean {
  const { clients } = wide;
  return (
    wide.subject === narrow.subject &&
    wide.expiresAt >= narrow.expiresAt &&
    (clients === undefined || narrow.clients?.every((each) => clients.includes(each)) === true)
  );
}

/** Whether two rules could be about the same: cheap, and yes when unsure. */
function isNear(a: GrantRule, b: GrantRule): boolean {
  const [one, other] = [roughlyOf(a), roughlyOf(b)];
  return (
    one.kind === other.kind &&
    (one.server === undefined || other.server === undefined || one.server === other.server)
  );
}

/** What a rule is about, as far as its first characters say. */
interface Roughly {
  readonly kind: RuleKind;
  /** Absent when the pattern leaves it open. */
  readonly server: string | undefined;
}

const known = new WeakMap<GrantRule, Roughly>();

function roughlyOf(rule: GrantRule): Roughly {
  const found = known.get(rule);
  if (found !== undefined) return found;
  const { kind, glob } = kindedPattern(rule.pattern);
  const made = { kind, server: /^([A-Za-z0-9_-]+)\//.exec(glob)?.[1] };
  known.set(rule, made);
  return made;
}
