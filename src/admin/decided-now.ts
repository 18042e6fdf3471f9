import { type ExplainedReason, explain, explainReason } from '../authorize/explain.ts';
import type { Asker, PolicyState } from '../authorize/policy-state.ts';
import type { Remedy } from '../authorize/remedy.ts';
import { termTexts } from '../authorize/rule-text.ts';
import type { RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { RecordedUse } from './recorded-use.ts';
import { replayedRequest, replayUse } from './replay-use.ts';

/** What would be decided now. */
export type DecidedNow =
  | (Remedy & {
      readonly kind: 'decided';
      readonly allowed: boolean;
      readonly reason: ExplainedReason;
      readonly words: string;
      readonly rule?: RuleRef;
      readonly wouldRefuse?: DenyReason;
      /** What the rule asks besides its condition; how much of its limit is left is not looked at. */
      readonly terms: readonly string[];
    })
  | { readonly kind: 'undecidable'; readonly words: string };

/** Decides a recorded use as of `now` (epoch milliseconds), and says what would turn the answer round. */
export function decidedNow(
  state: PolicyState,
  asker: Asker,
  use: RecordedUse,
  now: number,
): DecidedNow {
  const replay = replayUse(state, asker, use, now);
  if (replay.kind === 'undecidable') return { kind: 'undecidable', words: replay.why };
  const { reason, rule, wouldRefuse } = replay;
  const explained = explain(state, asker, replayedRequest(use), now);
  const { allowed, remedy, remedyNote, toEnd } = explained;
  const isPermit = reason === 'permitted';
  // Of arguments that are not known `explain` knows less: its remedy is for its own answer only.
  const isSame = allowed === isPermit && explained.reason === reason;
  return {
    kind: 'decided',
    allowed: isPermit,
    reason,
    words: explainReason(reason, rule),
    ...(rule === undefined ? {} : { rule }),
    ...(wouldRefuse === undefined ? {} : { wouldRefuse }),
    terms: isPermit && rule !== undefined ? termsAt(state, rule) : [],
    remedy: isSame ? remedy : [],
    ...(isSame && remedyNote !== undefined ? { remedyNote } : {}),
    toEnd: isSame ? toEnd : [],
  };
}

/** What a rule asks besides its condition, for people. */
function termsAt({ grants }: PolicyState, rule: RuleRef): readonly string[] {
  const found = grants.find(({ id }) => id === rule.grant)?.rules[rule.index];
  if (found === undefined) return [];
  const { when: _, ...others } = found;
  return termTexts(others);
}
