import { explainReason } from '../authorize/explain.ts';
import type { Asker, PolicyState } from '../authorize/policy-state.ts';
import type { RuleRef } from '../domain/decision.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { Spent } from '../domain/session-limits.ts';
import type { AdminContext } from './admin-context.ts';
import { currentPolicy } from './current-policy.ts';
import { grantsOnDisk, stateWith } from './grants-on-disk.ts';
import { assertUsable } from './plan-grants.ts';
import { askerOf } from './recorded-asker.ts';
import { NOT_OF_GRANTS, OF_APPROVAL, OF_SESSION } from './recorded-reasons.ts';
import { type RecordedUse, recordedUse } from './recorded-use.ts';
import { recordedUses } from './recorded-uses.ts';
import { ReplayMeter } from './replay-meter.ts';
import { type Decided, type Replay, replayUse } from './replay-use.ts';

/** How a recorded use would be decided now, beside how it was. */
export type SimulatedResult = 'same' | 'refused' | 'permitted' | 'undecidable';

/** One recorded use that would not be decided as it was, or of which nobody can say, or that a trial lets pass. */
export interface SimulatedUse {
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly subject: string;
  readonly client?: string;
  /** As a rule names it. */
  readonly what: string;
  readonly result: SimulatedResult;
  /** What was decided: a `DenyReason`, or `permitted`. */
  readonly was: string;
  readonly wasRule?: RuleRef;
  /** What would be; absent when that cannot be told. */
  readonly reason?: 'permitted' | DenyReason;
  readonly rule?: RuleRef;
  /** For people. */
  readonly words: string;
  /** What a rule on trial would refuse it for. */
  readonly wouldRefuse?: DenyReason;
}

/** What the grant files would change of what was decided. */
export interface Simulation {
  /** Uses by result. */
  readonly counts: Readonly<Record<SimulatedResult, number>>;
  /** Uses a rule on trial would refuse. */
  readonly onTrial: number;
  /** In the log's order; those decided as they were are left out. */
  readonly uses: readonly SimulatedUse[];
}

/**
 * Replays recorded uses, admitted and refused, under the grants on disk, each at the instant it was made
 * and with the arguments that were recorded. Tool servers are as they are known now. Changes nothing.
 *
 * @param since epoch microseconds.
 * @throws BrokerError `ERR_GRANT` for a file that is wrong; when state cannot be read.
 */
export async function simulate(
  context: AdminContext,
  asked: { readonly since: number; readonly subject?: string },
): Promise<Simulation> {
  const { plan, grants } = await grantsOnDisk(context);
  assertUsable(plan);
  const ofSubject = async (subject: string) =>
    stateWith(await currentPolicy(context, subject), subject, grants);
  return simulateUnder(context, asked, ofSubject);
}

/** As `simulate`, under the state that is given for each subject. A halt of now takes no part. */
export async function simulateUnder(
  context: AdminContext,
  asked: { readonly since: number; readonly subject?: string },
  stateOf: (subject: string) => Promise<PolicyState>,
): Promise<Simulation> {
  const digestKey = await context.keys.digestKey();
  const states = new Map<string, PolicyState>();
  const askers = new Map<string, Asker>();
  const meter = new ReplayMeter();
  const counts = { same: 0, refused: 0, permitted: 0, undecidable: 0 };
  const uses: SimulatedUse[] = [];
  let onTrial = 0;
  for await (const event of recordedUses(context, asked)) {
    const use = recordedUse(event, digestKey);
    if (use === undefined) continue;
    const { subject } = use;
    const state = states.get(subject) ?? { ...(await stateOf(subject)), isHalted: false };
    states.set(subject, state);
    const key = JSON.stringify([subject, use.client, use.session]);
    const asker = askers.get(key) ?? (await askerOf(context, use));
    askers.set(key, asker);
    const found = doubted(use, simulated(event, use, replayed(state, asker, use, meter)));
    counts[found.result] += 1;
    if (found.wouldRefuse !== undefined) onTrial += 1;
    if (found.result !== 'same' || found.wouldRefuse !== undefined) uses.push(found);
  }
  return { counts, onTrial, uses };
}

type Metered = Replay & { readonly wouldRefuse?: DenyReason };

/** Each round spends one rule or grant more, so it ends. */
function replayed(state: PolicyState, asker: Asker, use: RecordedUse, meter: ReplayMeter): Metered {
  let spent: Spent | undefined;
  for (;;) {
    const with_ = spent === undefined ? asker : { ...asker, spent };
    const replay = replayUse(state, with_, use, use.at);
    if (replay.kind === 'undecidable' || replay.reason !== 'permitted') return replay;
    const { rule } = replay;
    if (rule === undefined) return replay;
    const taken = meter.take({ ...replay, rule }, use.session, use.at, spent);
    const { wouldRefuse } = taken;
    if (taken.spent !== undefined) spent = taken.spent;
    else return wouldRefuse === undefined ? replay : { ...replay, wouldRefuse };
  }
}

function simulated(event: AuditEvent, use: RecordedUse, replay: Metered): SimulatedUse {
  const was = event.decision === 'permit' ? 'permitted' : (event.reason ?? 'unknown');
  const { wouldRefuse } = replay;
  const about = {
    seq: use.seq,
    at: use.at,
    subject: use.subject,
    ...(use.client === undefined ? {} : { client: use.client }),
    what: use.what,
    was,
    ...(event.rule === undefined ? {} : { wasRule: event.rule }),
    ...(wouldRefuse === undefined ? {} : { wouldRefuse }),
  };
  if (NOT_OF_GRANTS.has(was)) {
    return { ...about, result: 'same', words: 'it was refused for what no grant says' };
  }
  if (replay.kind === 'undecidable') {
    return { ...about, result: 'undecidable', words: replay.why };
  }
  const { reason } = replay;
  const rule = replay.rule === undefined ? {} : { rule: replay.rule };
  if (reason !== 'permitted') {
    const result = was === 'permitted' ? 'refused' : 'same';
    return { ...about, result, reason, ...rule, words: explainReason(reason, replay.rule) };
  }
  return { ...about, ...rule, ...permittedNow(event, replay, was) };
}

/** A template's use was decided with what was filled in, which is not recorded. */
const doubted = ({ request }: RecordedUse, found: SimulatedUse): SimulatedUse =>
  request.kind !== 'template' || found.result === 'same'
    ? found
    : { ...found, result: 'undecidable', words: 'what was filled in was not recorded' };

/** Of a use that is permitted now: what that is beside what it was. */
function permittedNow(
  event: AuditEvent,
  { terms, limits, rule }: Decided,
  was: string,
): Pick<SimulatedUse, 'result' | 'reason' | 'words'> {
  if (terms?.approval !== undefined && event.approval === undefined) {
    const result = was === 'permitted' ? 'refused' : 'same';
    if (was === 'permitted' || OF_APPROVAL.has(was)) {
      return { result, reason: 'approval_needed', words: explainReason('approval_needed', rule) };
    }
  }
  if (OF_SESSION.has(was) && limits !== undefined) {
    return { result: 'undecidable', words: 'how its session was used is not replayed' };
  }
  const result = was === 'permitted' ? 'same' : 'permitted';
  return { result, reason: 'permitted', words: explainReason('permitted', rule) };
}
