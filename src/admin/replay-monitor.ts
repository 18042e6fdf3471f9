import { findShapes } from '../audit/secret-shapes.ts';
import type { AuditEvent, EventDraft } from '../domain/event.ts';
import { member, stringMember } from '../domain/json.ts';
import { SILENT_LOG } from '../domain/log.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { type Judged, judgedAs, sternerOf } from '../monitor/judged.ts';
import { stateDigest } from '../monitor/keyed-digest.ts';
import { isAtLeast, type MonitorSettings, type Rung } from '../monitor/ladder.ts';
import { createMonitor, type Monitor } from '../monitor/monitor.ts';
import type { MonitoredUse } from '../monitor/monitored.ts';
import { SIGNALS, type SignalName } from '../monitor/signal.ts';
import { undoneBy } from '../monitor/undone-by.ts';
import { VolatileMonitorStore } from '../monitor/volatile-store.ts';
import type { AdminContext } from './admin-context.ts';
import {
  MonitoredPast,
  numberIn,
  type PastUse,
  refusedThing,
  type UseEnd,
  whoseOf,
} from './monitored-past.ts';

const PAGE = 500;
/** Uses named one by one, the newest. */
const MAX_CHANGED = 1_000;

/**
 * Signals that rest on what the log does not hold: results, whole arguments, tokens that are refused at
 * the door. Those that were raised are raised again as far as the threshold lets them; what was below
 * the threshold of then is not known.
 */
export const CARRIED: ReadonlySet<SignalName> = new Set<SignalName>([
  'data_driven',
  'foreign_secret',
  'orders',
  'ended_use',
  'detector_failed',
]);
/** Of these, what is done about them is done to one use. */
const OF_USE: ReadonlySet<SignalName> = new Set<SignalName>(['data_driven', 'foreign_secret']);

/** How often a signal was raised, and what came of it. */
export interface Tally {
  readonly raised: number;
  /** How often something was done beyond telling. */
  readonly contained: number;
  /** Sessions to which something was done. */
  readonly sessions: number;
}

/** A signal as it was, and as it would be. */
export interface ReplayedSignal extends Rung {
  readonly signal: SignalName;
  readonly was: Tally;
  readonly would: Tally;
}

/** A use of which something else would become. */
export interface ChangedUse {
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly session: string;
  readonly subject: string;
  readonly thing: string;
  readonly was: UseEnd;
  readonly would: UseEnd;
}

/** What other settings would have made of the recorded past. */
export interface MonitorReplay {
  readonly settings: MonitorSettings;
  readonly uses: number;
  readonly sessions: number;
  /** Those that were raised, or would be. */
  readonly signals: readonly ReplayedSignal[];
  /** Uses by what became of them. */
  readonly was: Readonly<Record<UseEnd, number>>;
  readonly would: Readonly<Record<UseEnd, number>>;
  /** The newest of those that would become something else. */
  readonly changed: readonly ChangedUse[];
  /** Uses whose arguments were not recorded whole: their sizes are not judged. */
  readonly withoutArgs: number;
}

/**
 * Has the recorded past judged by the same monitor with other settings, as by one broker that learns
 * from nothing since an instant; what is frozen is known. Changes nothing, and records nothing.
 *
 * @param since epoch microseconds.
 */
export async function replayMonitor(
  context: AdminContext,
  { since, settings }: { readonly since: number; readonly settings: MonitorSettings },
): Promise<MonitorReplay> {
  const digestKey = await context.keys.digestKey();
  const store = new VolatileMonitorStore();
  for (const { grant, profile } of (await context.monitor.all()).grants) {
    if (profile.isFrozen === true) await store.learn(grant, () => profile);
  }
  const replayer = new Replayer(settings, new MonitoredPast(context, digestKey), digestKey, store);
  const [first] = await context.events.query({ since, limit: 1 });
  if (first !== undefined) {
    for await (const page of context.events.pages(first.seq, PAGE)) {
      for (const event of page) await replayer.take(event);
    }
  }
  return replayer.result();
}

class Replayer {
  readonly #settings: MonitorSettings;
  readonly #past: MonitoredPast;
  readonly #monitor: Monitor;
  readonly #was = new Tallies();
  readonly #would = new Tallies();
  readonly #open = new Map<number, MonitoredUse>();
  /** Sessions that would be suspended, and grants that would be revoked. */
  readonly #ended = new Set<string>();
  /** What carried signals do to uses of a session: until when, epoch milliseconds. */
  readonly #standing = new Map<string, { readonly judged: Judged; readonly until: number }>();
  readonly #sessions = new Set<string>();
  readonly #ends = {
    was: { passed: 0, held: 0, refused: 0 },
    would: { passed: 0, held: 0, refused: 0 },
  };
  readonly #changed: ChangedUse[] = [];
  #uses = 0;
  #withoutArgs = 0;

  constructor(
    settings: MonitorSettings,
    past: MonitoredPast,
    digestKey: Uint8Array,
    store: VolatileMonitorStore,
  ) {
    this.#settings = settings;
    this.#past = past;
    const carried = [...CARRIED].map((name): [SignalName, Rung] => [
      name,
      { ...settings.ladder[name], threshold: Number.POSITIVE_INFINITY },
    ]);
    this.#monitor = createMonitor({
      settings: {
        ...settings,
        ladder: { ...settings.ladder, ...Object.fromEntries(carried) },
      },
      store,
      record: async (event) => this.#would.count(event),
      contain: {
        suspendSession: async ({ session }) => void this.#ended.add(session),
        revokeGrant: async (grant) => void this.#ended.add(grant),
      },
      log: SILENT_LOG,
      digest: stateDigest(digestKey),
      findShapes,
    });
  }

  async take(event: AuditEvent): Promise<void> {
    switch (event.code) {
      case 'TG1001':
        return this.#use(event);
      case 'TG1002':
        return this.#outcome(event);
      case 'TG1003':
        return this.#refusal(event);
      case 'TG9001':
        return this.#raised(event);
      case 'TG9002':
        this.#was.count(event);
        return;
      case 'TG9003':
        return this.#undone(event);
      // An admin had it go on.
      case 'TG2012':
        if (event.session !== undefined) this.#ended.delete(event.session);
        return;
      case 'TG3001':
        this.#ended.delete(stringMember(event.detail ?? null, 'grant') ?? '');
        return;
      default:
    }
  }

  async #use(event: AuditEvent): Promise<void> {
    const past = await this.#past.useOf(event);
    if (past === undefined) return;
    const { use, was, isAdmitted, hasArgs } = past;
    this.#uses += 1;
    this.#sessions.add(use.session);
    if (!hasArgs) this.#withoutArgs += 1;
    const judged = await this.#judge(use);
    const isApproved = judged.kind === 'hold' && event.approval !== undefined;
    const would = judged.kind === 'refuse' ? 'refused' : judged.kind === 'hold' ? 'held' : 'passed';
    this.#note(event, past, would);
    // What was not admitted then, or would not be now, brings nothing.
    if (!isAdmitted || would === 'refused' || (would === 'held' && was === 'passed')) return;
    this.#open.set(event.seq, use);
    await this.#monitor.admitted(use, event.seq, isApproved);
  }

  async #judge(use: MonitoredUse): Promise<Judged> {
    if (this.#ended.has(use.session) || this.#ended.has(use.grant)) {
      return { kind: 'refuse', reason: 'session_suspended' };
    }
    const judged = await this.#monitor.judge(use);
    return [use.session, `${use.session} ${use.thing}`].reduce((sum, key) => {
      const standing = this.#standing.get(key);
      if (standing === undefined || standing.until <= use.at) return sum;
      // What is said of a whole session holds what writes, and what is slowed down is all of it.
      const isMeant = use.isWriting || standing.until < Number.POSITIVE_INFINITY;
      return isMeant ? sternerOf(sum, standing.judged) : sum;
    }, judged);
  }

  #note({ seq }: AuditEvent, { use, was }: PastUse, would: UseEnd): void {
    this.#ends.was[was] += 1;
    this.#ends.would[would] += 1;
    if (was === would) return;
    const { at, session, subject, thing } = use;
    this.#changed.push({ seq, at, session, subject, thing, was, would });
    if (this.#changed.length > MAX_CHANGED) this.#changed.shift();
  }

  async #outcome(event: AuditEvent): Promise<void> {
    const { intent = 0, outcome, reason, resultBytes = 0 } = event;
    const use = this.#open.get(intent);
    if (use === undefined) return;
    this.#open.delete(intent);
    const at = Math.floor(event.at / 1_000);
    if (outcome === 'withheld' || outcome === 'refused') {
      await this.#monitor.refused({ ...use, at, reason: reason as DenyReason });
      return;
    }
    if (outcome === 'cancelled') return;
    const found = member(event.detail, 'found');
    const hasOrders = member(found, 'orders') !== undefined;
    await this.#monitor.brings(use, {
      ...{ at, call: intent, labels: use.labels, hasOrders },
      hasSecrets: false,
    });
    await this.#monitor.ended(use, { resultBytes, isError: outcome !== 'ok' });
  }

  async #refusal(event: AuditEvent): Promise<void> {
    const whose = whoseOf(event);
    if (whose === undefined) return;
    if ((await this.#past.useOf(event)) !== undefined) return this.#use(event);
    const reason = event.reason as DenyReason;
    // Those are counted at the door, which the log does not tell of.
    if (reason === 'session_revoked' || reason === 'session_suspended') return;
    const at = Math.floor(event.at / 1_000);
    await this.#monitor.refused({ ...whose, at, reason, thing: refusedThing(event) });
  }

  /** A signal that rests on what is not in the log is raised again, and done about it what is set now. */
  #raised(event: AuditEvent): void {
    this.#was.count(event);
    const { detail, session = '' } = event;
    const name = SIGNALS.find((one) => one === stringMember(detail ?? null, 'signal'));
    if (name === undefined || !CARRIED.has(name)) return;
    const { step, threshold } = this.#settings.ladder[name];
    if (numberIn(detail, 'value') < threshold) return;
    const said = { signal: name, step };
    this.#would.count({ ...event, detail: said });
    // It was out already then.
    if (name === 'ended_use' || !isAtLeast(step, 'throttle')) return;
    this.#would.count({ ...event, code: 'TG9002', detail: said });
    if (isAtLeast(step, 'suspend_session')) {
      this.#ended.add(session);
      if (step === 'suspend_grant') this.#ended.add(stringMember(detail ?? null, 'grant') ?? '');
      return;
    }
    const until = Math.floor(event.at / 1_000) + this.#settings.windowMs;
    const thing = stringMember(detail ?? null, 'thing') ?? '';
    // A detector that failed for a while held what was asked of it then.
    const isPassing = name === 'detector_failed' && member(detail, 'lasting') !== true;
    const isOfUse = OF_USE.has(name) || isPassing;
    const isBrief = isOfUse || step === 'throttle';
    this.#standing.set(isOfUse ? `${session} ${thing}` : session, {
      judged: judgedAs(step, until),
      until: isBrief ? until : Number.POSITIVE_INFINITY,
    });
  }

  #undone(event: AuditEvent): void {
    this.#monitor.undone(undoneBy(event));
    const { session } = event;
    if (session === undefined) return;
    this.#ended.delete(session);
    for (const key of this.#standing.keys())
      if (key.startsWith(session)) this.#standing.delete(key);
  }

  result(): MonitorReplay {
    const { ladder } = this.#settings;
    const signals = SIGNALS.map((signal) => ({
      signal,
      ...ladder[signal],
      was: this.#was.of(signal),
      would: this.#would.of(signal),
    }));
    return {
      settings: this.#settings,
      uses: this.#uses,
      sessions: this.#sessions.size,
      signals: signals.filter(({ was, would }) => was.raised + would.raised > 0),
      ...this.#ends,
      changed: this.#changed,
      withoutArgs: this.#withoutArgs,
    };
  }
}

/** Counts signals and what is done about them, by signal. */
class Tallies {
  readonly #raised = new Map<string, number>();
  readonly #contained = new Map<string, number>();
  readonly #sessions = new Map<string, Set<string>>();
  #seq = 0;

  count({ code, detail, session }: EventDraft): { readonly seq: number } {
    const name = stringMember(detail ?? null, 'signal') ?? '';
    const counts = code === 'TG9001' ? this.#raised : this.#contained;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (code === 'TG9002') {
      this.#sessions.set(name, (this.#sessions.get(name) ?? new Set<string>()).add(session ?? ''));
    }
    this.#seq += 1;
    return { seq: this.#seq };
  }

  of(name: SignalName): Tally {
    return {
      raised: this.#raised.get(name) ?? 0,
      contained: this.#contained.get(name) ?? 0,
      sessions: this.#sessions.get(name)?.size ?? 0,
    };
  }
}
