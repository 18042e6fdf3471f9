import type { RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { type Spent, type SpentLimit, spentRule } from '../domain/session-limits.ts';
import type { Decided } from './replay-use.ts';

/**
 * Counts uses that are replayed in their order, against the limits of rules and `session.maxCalls` of
 * grants. Uses from before the first one are not known, so it counts no more than there were.
 */
export class ReplayMeter {
  readonly #byRule = new Map<string, number[]>();
  readonly #bySession = new Map<string, number>();

  /**
   * Takes a permitted use up, or says what is used up.
   *
   * @returns the permit's new `spent`; `undefined` when there is room. On trial there always is.
   */
  take(
    permit: Decided & { readonly rule: RuleRef },
    session: string | undefined,
    at: number,
    before: Spent | undefined,
  ): { readonly spent?: Spent; readonly wouldRefuse?: DenyReason } {
    const { grant } = permit.rule;
    const { terms, limits } = permit;
    const rules = new Map(before?.rules);
    const grants = new Map<string, SpentLimit>(before?.grants);
    const ofSession = `${session}\n${grant}`;
    const calls = this.#bySession.get(ofSession) ?? 0;
    if (limits?.maxCalls !== undefined && calls >= limits.maxCalls && !grants.has(grant)) {
      return { spent: { rules, grants: grants.set(grant, 'maxCalls') } };
    }
    // As in the admission: what has no limit takes no place in that of a rule that says the same otherwise.
    const key = terms?.rates === undefined ? undefined : spentRule(grant, terms.ruleKey);
    const uses = key === undefined ? [] : (this.#byRule.get(key) ?? []);
    const retryAt = Math.max(
      0,
      ...(terms?.rates ?? []).map(({ count, windowMs }) => {
        // They are in order: with room for another, the one so many before is out of the window.
        const last = uses.at(-count);
        return last === undefined || last <= at - windowMs ? 0 : last + windowMs;
      }),
    );
    const isSpent = key !== undefined && retryAt > 0;
    if (isSpent && terms?.isTrial !== true && !rules.has(key)) {
      return { spent: { rules: rules.set(key, retryAt), grants } };
    }
    this.#bySession.set(ofSession, calls + 1);
    const wouldRefuse = permit.wouldRefuse ?? (isSpent ? 'limit_reached' : undefined);
    // What only a trial lets pass takes no place under the rates.
    if (wouldRefuse !== undefined) return { wouldRefuse };
    if (key !== undefined) {
      uses.push(at);
      this.#byRule.set(key, uses);
    }
    return {};
  }
}
