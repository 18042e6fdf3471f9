import { type ExplainedReason, explainReason } from '../authorize/explain.ts';
import type { GrantRecord } from '../authorize/grant-record.ts';
import type { Asker, PolicyState } from '../authorize/policy-state.ts';
import type { ConditionResult, RuleRef } from '../domain/decision.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { AdminContext } from './admin-context.ts';
import { findEvent } from './audit-query.ts';
import { changedSince } from './changed-since.ts';
import { currentPolicy } from './current-policy.ts';
import { type DecidedNow, decidedNow } from './decided-now.ts';
import { askerOf } from './recorded-asker.ts';
import { NOT_OF_GRANTS } from './recorded-reasons.ts';
import { type RecordedUse, recordedUse } from './recorded-use.ts';
import { replayUse, ruleTextAt } from './replay-use.ts';

/** A condition as it was recorded; what it said is known while its grant's revision is kept. */
export interface RecordedCondition {
  readonly grant: string;
  /** Zero-based place in `rules`. */
  readonly index: number;
  readonly result: ConditionResult['result'];
  readonly effect?: 'permit' | 'deny';
  readonly when?: string;
  readonly file?: string;
  readonly line?: number;
}

/** How a use ended, where it was admitted. */
export interface RecordedOutcome {
  readonly seq: number;
  readonly outcome: string;
  readonly reason?: string;
  readonly words?: string;
}

/** What another grant that was in force says of a use by itself. */
export interface ConsideredGrant {
  readonly id: string;
  readonly file: string;
  readonly reason: ExplainedReason | 'undecidable';
  readonly rule?: RuleRef;
  readonly words: string;
}

/** Why a recorded use was decided as it was. */
export interface EventExplanation {
  /** The event of the decision: an outcome is explained by its intent. */
  readonly event: AuditEvent;
  readonly what: string;
  readonly reason: ExplainedReason | string;
  readonly words: string;
  readonly rule?: RuleRef;
  /** What the rule said in the revision that decided; absent when that was not kept. */
  readonly ruleText?: string;
  readonly conditions: readonly RecordedCondition[];
  readonly outcome?: RecordedOutcome;
  /** What each other grant that was in force then says by itself; `undefined` when that was not kept. */
  readonly others: readonly ConsideredGrant[] | undefined;
  readonly now: DecidedNow;
  /** What is different since, for people; empty when nothing is known to be. */
  readonly changed: readonly string[];
  /** What cannot be told, and why. */
  readonly undecidable: readonly string[];
}

/**
 * Explains a decision of the log: from the revision of the grant that decided and the results of
 * conditions as they were recorded, and beside it what would be decided now.
 *
 * @param seq of an intent, a refusal, or the outcome of an intent.
 * @throws BrokerError `ERR_NOT_FOUND`; `ERR_USAGE` for an event that records no decision.
 */
export async function explainEvent(context: AdminContext, seq: number): Promise<EventExplanation> {
  const asked = await findEvent(context, seq);
  const event =
    asked.code === 'TG1002' && asked.intent !== undefined
      ? await findEvent(context, asked.intent)
      : asked;
  const use = recordedUse(event, await context.keys.digestKey());
  if (use === undefined || event.decision === undefined) throw notDecided(seq, event);

  const outcome = await outcomeOf(context, event, asked);
  const reason = event.decision === 'permit' ? 'permitted' : (event.reason ?? 'unknown');
  const { rule } = event;
  const decided = rule && (await context.grants.revision(rule.grant, rule.revision));
  const ruleText = rule && ruleTextAt(decided, rule.index);
  const then = await context.grants.asOf(use.subject, event.epoch ?? 0);
  const conditions = (event.conditions ?? []).map((each): RecordedCondition => {
    const grant =
      then?.find(({ id }) => id === each.grant) ??
      (decided?.id === each.grant ? decided : undefined);
    const found = grant?.rules[each.index];
    if (grant === undefined || found === undefined) return each;
    const { effect, when, line } = found;
    return { ...each, effect, ...(when === undefined ? {} : { when }), file: grant.file, line };
  });

  const undecidable: string[] = [];
  if (then === undefined) {
    undecidable.push('which other grants there were: it was before their revisions were kept');
  }
  if (rule !== undefined && ruleText === undefined) {
    undecidable.push(`what ${rule.file}:${rule.line} said: revision ${rule.revision} was not kept`);
  }
  const asker = await askerOf(context, use);
  const state = await currentPolicy(context, use.subject);
  const past = { ...state, grants: then ?? [], isHalted: false };
  const others = then
    ?.filter(({ id }) => id !== rule?.grant)
    .map((grant) => considered(grant, past, asker, use, use.at, undecidable));
  const now = decidedNow(state, asker, use, context.clock.now());
  if (NOT_OF_GRANTS.has(reason) && now.kind === 'decided' && now.allowed) {
    undecidable.push('whether it would be refused for that again, which no grant says');
  }
  if (now.kind === 'undecidable') undecidable.push(`what would be decided now: ${now.words}`);
  return {
    event,
    what: use.what,
    reason,
    words: explainReason(reason as ExplainedReason, rule),
    ...(rule === undefined ? {} : { rule }),
    ...(ruleText === undefined ? {} : { ruleText }),
    conditions,
    ...(outcome === undefined ? {} : { outcome }),
    others,
    now,
    changed: changedSince({ event, then, decided, state, use, now: context.clock.now() }),
    undecidable,
  };
}

/** What a grant says of a use by itself; what cannot be told is noted in `undecidable`. */
function considered(
  grant: GrantRecord,
  state: PolicyState,
  asker: Asker,
  use: RecordedUse,
  now: number,
  undecidable: string[],
): ConsideredGrant {
  const { id, file } = grant;
  const replay = replayUse({ ...state, grants: [grant] }, asker, use, now);
  if (replay.kind === 'undecidable') {
    undecidable.push(`what ${id} says of it: ${replay.why}`);
    return { id, file, reason: 'undecidable', words: replay.why };
  }
  const { reason, rule } = replay;
  const named = rule === undefined ? {} : { rule };
  return { id, file, reason, ...named, words: explainReason(reason, rule) };
}

async function outcomeOf(
  { events }: AdminContext,
  intent: AuditEvent,
  asked: AuditEvent,
): Promise<RecordedOutcome | undefined> {
  if (intent.code !== 'TG1001') return undefined;
  const found =
    asked.code === 'TG1002'
      ? asked
      : (
          await events.query({
            code: 'TG1002',
            afterSeq: intent.seq,
            ...(intent.session === undefined ? {} : { session: intent.session }),
          })
        ).find((event) => event.intent === intent.seq);
  if (found === undefined) return undefined;
  const { seq, outcome = 'unknown', reason, rule } = found;
  const words =
    reason === undefined || found.decision !== 'deny'
      ? {}
      : { words: explainReason(reason as DenyReason, rule) };
  return { seq, outcome, ...(reason === undefined ? {} : { reason }), ...words };
}

const notDecided = (seq: number, { code, outcome }: AuditEvent): BrokerError =>
  new BrokerError('ERR_USAGE', `event ${seq} records no decision on a use`, {
    hint:
      code === 'TG1003' && outcome === 'failed'
        ? `it failed before it was decided: see \`toolgrant audit show ${seq}\``
        : 'give the number of a call: `toolgrant audit query --decision deny` lists those refused',
  });
