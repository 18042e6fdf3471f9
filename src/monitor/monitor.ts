import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import type { Log } from '../domain/log.ts';
import { type About, aboutOnly, fieldsOf, newsOf, OF_USE } from './about.ts';
import { DataWatch } from './data-watch.ts';
import { brought, mayFlowOut, noticeFlow } from './flow.ts';
import { type Judged, judgedAs, PASS, sternerOf } from './judged.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import { isAtLeast, type MonitorSettings, type Step, sterner } from './ladder.ts';
import { MonitorMemory } from './monitor-memory.ts';
import type { MonitorStore, Touched } from './monitor-store.ts';
import type { MonitoredRefusal, MonitoredResult, MonitoredUse, Whose } from './monitored.ts';
import { noticeEnd, noticeOrders, noticeRefusal, noticeUse } from './notice.ts';
import { type LearntOfAll, NOTHING_LEARNT, type Profile } from './profile.ts';
import type { FindShapes } from './secret-memory.ts';
import type { Signal, SignalName } from './signal.ts';
import type { Track } from './track.ts';
import { Tracks } from './tracks.ts';
import type { UndoneBy } from './undone-by.ts';
import { type WatchedSession, watchedSession } from './watched-session.ts';

/** What contains a session, by the machinery an admin uses. Each is true when it settles. */
export interface Containment {
  /** Suspends a session; nothing of it is admitted or released afterwards. */
  suspendSession(whose: Whose, detail: Json): Promise<void>;
  /** Revokes the grant that a session used. */
  revokeGrant(grant: string, whose: Whose, detail: Json): Promise<void>;
}

/** What the monitor works with. */
export interface MonitorDeps {
  readonly settings: MonitorSettings;
  readonly store: MonitorStore;
  /** Records an event; rejects when it cannot be made durable. */
  readonly record: (event: EventDraft) => Promise<{ readonly seq: number }>;
  readonly contain: Containment;
  readonly log: Log;
  /** Of what is remembered of arguments and results. */
  readonly digest: KeyedDigest;
  /** Finds secrets by their shape. */
  readonly findShapes: FindShapes;
  /**
   * Signals for which something was done about a session before this process, and which no admin undid.
   * Attack: what holds a session is got rid of by having its broker start again.
   */
  readonly recall?: (session: SessionId) => Promise<readonly SignalName[]>;
}

/** Done when it returns, or where something is read, stored or recorded for it once that settles. */
export type Done = Promise<void> | undefined;

/**
 * Looks at what sessions do over time, and contains those that misbehave. Nothing of it ever throws or
 * rejects; a call of which nothing is noticed waits for nothing.
 */
export interface Monitor {
  /** Judges a permitted use before it is admitted: a detector that fails holds what writes. */
  judge(use: MonitoredUse): Judged | Promise<Judged>;
  /** A judged use has its intent. `isApproved`: an admin looked at it, because it was held. */
  admitted(use: MonitoredUse, seq: number, isApproved: boolean): Done;
  /** What a result brings, before it is released. */
  brings(use: MonitoredUse, result: MonitoredResult): Done;
  /** How a use ended, once that is recorded. */
  ended(use: MonitoredUse, end: { readonly resultBytes: number; readonly isError: boolean }): Done;
  /** A use was refused, and the refusal recorded. */
  refused(refusal: MonitoredRefusal): Done;
  /** A session that was revoked or suspended is presented again. */
  usedAfterEnd(whose: Whose, at: number): Done;
  /** An admin undid what was done about a session, or had something forgotten. */
  undone(of: UndoneBy): void;
  /** Learns from the sessions that are still remembered. */
  close(): Promise<void>;
  /** Sessions remembered, as they are now; the one heard of last comes last. */
  sessions(): readonly WatchedSession[];
  /** Sessions remembered. */
  readonly size: number;
}

/** Makes the monitor of one broker. */
export function createMonitor(deps: MonitorDeps): Monitor {
  const { settings, store, record, contain, log } = deps;
  const { ladder, windowMs, rememberMs } = settings;
  const data = new DataWatch(deps.digest, deps.findShapes, settings);
  const memory = new MonitorMemory(store, rememberMs);
  const tracks = new Tracks(settings, memory, log);

  /** Records what is news of these signals, and does what the ladder says of each. */
  async function raise(track: Track, signals: readonly Signal[], about: About): Promise<void> {
    for (const signal of signals) {
      const step = stepOf(track, signal);
      track.scores.set(signal.name, Math.max(signal.value, track.scores.get(signal.name) ?? 0));
      note(track, signal.name, about.at);
      const what = newsOf(signal, about);
      // One that suspends is raised each time: nothing comes after it until an admin says so.
      if (!track.isNews(what, about.at, windowMs) && !isSuspending(step)) continue;
      try {
        const contained = await tell(track, signal, step, about);
        if (!isSuspending(step)) continue;
        if (step === 'suspend_grant' && about.grant !== undefined) {
          await contain.revokeGrant(about.grant, track.whose, contained);
        }
        await contain.suspendSession(track.whose, contained);
      } catch (error) {
        track.told.delete(what);
        throw error;
      }
    }
  }

  /** What another session of its client read suspends no session: the use is refused. */
  function stepOf(track: Track, { name, calls }: Signal): Step {
    const { step } = ladder[name];
    return isSuspending(step) && !track.isOwn(calls) ? 'refuse' : step;
  }

  /** What stands against a session from now on. A suspension is the store's, and not repeated here. */
  function note(track: Track, name: SignalName, at: number): void {
    const { step } = ladder[name];
    if (!isAtLeast(step, 'throttle')) return;
    if (name !== 'unlearnt_write') track.isFlagged = true;
    if (step === 'throttle') {
      const until = track.standing.get(name)?.until ?? 0;
      if (until <= at) track.standing.set(name, { step, until: at + windowMs });
    } else if (!OF_USE.has(name) && !isSuspending(step)) {
      track.standing.set(name, { step });
    }
  }

  async function tell(
    { whose }: Track,
    { name, value, threshold, calls, parts }: Signal,
    step: Step,
    { thing, grant, isLasting }: About,
  ): Promise<Json> {
    const about = {
      ...(thing === undefined ? {} : { thing }),
      ...(grant === undefined ? {} : { grant }),
      ...(isLasting === undefined ? {} : { lasting: isLasting }),
    };
    const fields = fieldsOf(whose);
    const detail = {
      signal: name,
      value,
      threshold,
      calls: [...calls],
      ...(parts === undefined ? {} : { parts: parts.map((part) => ({ ...part })) }),
      step,
      ...about,
    };
    const { seq } = await record({ code: 'TG9001', ...fields, detail });
    const said = { ...fields, signal: name, value, threshold, raised: seq };
    const contained = { signal: name, step, raised: seq, ...about };
    if (!isAtLeast(step, 'throttle')) {
      if (step === 'alert') log.warn(said, 'signal raised');
      return contained;
    }
    log.warn({ ...said, step }, 'session contained');
    await record({ code: 'TG9002', ...fields, detail: contained });
    return contained;
  }

  function standingAgainst(track: Track, { at, isWriting }: MonitoredUse): Judged {
    let judged: Judged = PASS;
    if (track.standing.size === 0) return judged;
    for (const [name, { step, until }] of track.standing) {
      if (until !== undefined && until <= at) track.standing.delete(name);
      else if (until !== undefined || isWriting) judged = sternerOf(judged, judgedAs(step, until));
    }
    return judged;
  }

  /** What stood against a session before it was first seen here, as far as it would still stand now. */
  async function recallStanding(track: Track): Promise<void> {
    const before = (await deps.recall?.(track.whose.session)) ?? [];
    for (const name of before) {
      const { step } = ladder[name];
      if (OF_USE.has(name) || !isAtLeast(step, 'hold') || isSuspending(step)) continue;
      track.standing.set(name, { step });
      track.isFlagged = true;
    }
    track.isRecalled = true;
  }

  /** Neither broke a detector on what it did, nor is anything not kept yet. */
  const isWell = (track: Track): boolean => !track.isBroken && track.owed.isNothing;

  /** Judges a use for which nothing is to be read or made up for first; `undefined` of any other. */
  function judgeAtOnce(track: Track, use: MonitoredUse): Judged | Promise<Judged> | undefined {
    if (!track.isRecalled || !isWell(track) || mayFlowOut(use)) return undefined;
    const profile = memory.knownProfile(use.grant);
    if (profile === undefined || data.needsAll(use, profile)) return undefined;
    const standing = standingAgainst(track, use);
    // What is refused anyway is not counted: a throttle ends though it is tried all the time.
    if (standing.kind === 'refuse') return standing;
    const signals = notice(track, use, { profile });
    if (signals.length === 0) return standing;
    return orBroken(track, use, raiseOf(track, use, signals));
  }

  async function judgeOnceRead(track: Track, use: MonitoredUse): Promise<Judged> {
    const failed = track.owed.isNothing ? undefined : await settled(track);
    return await orBroken(track, use, look(track, use), failed);
  }

  async function orBroken(
    track: Track,
    use: MonitoredUse,
    looked: Promise<Judged>,
    failed?: unknown,
  ): Promise<Judged> {
    const judged = await looked;
    return isWell(track) ? judged : sternerOf(judged, await broken(use, failed));
  }

  async function look(track: Track, use: MonitoredUse): Promise<Judged> {
    if (!track.isRecalled) await recallStanding(track);
    const standing = standingAgainst(track, use);
    if (standing.kind === 'refuse') return standing;
    const profile = await memory.profile(use.grant);
    const touched = mayFlowOut(use) ? await memory.touched(use) : undefined;
    const all = data.needsAll(use, profile) ? await memory.learntOfAll(use.at) : undefined;
    const signals = notice(track, use, { profile, touched, all });
    return signals.length === 0 ? standing : await raiseOf(track, use, signals);
  }

  /** What a use says, by what is known. Notes the use. */
  function notice(
    track: Track,
    use: MonitoredUse,
    { profile, touched, all }: Learnt,
  ): readonly Signal[] {
    const ofUse = noticeUse(track, profile, use, settings);
    const ofFlow =
      touched === undefined
        ? []
        : noticeFlow(touched, use.at, ladder.flow, rememberMs, track.calls);
    return [...ofUse, ...ofFlow, ...data.judge(use, profile, all)];
  }

  /** Raises what a use says. @returns what becomes of the use. */
  async function raiseOf(
    track: Track,
    use: MonitoredUse,
    signals: readonly Signal[],
  ): Promise<Judged> {
    const about = aboutOnly(use);
    // What is not recorded yet is done all the same: a use that only reads would pass otherwise.
    await keep(track, () => raise(track, signals, about));
    const step = signals
      .filter((signal) => OF_USE.has(signal.name) || isSuspending(stepOf(track, signal)))
      .reduce<Step>((sum, signal) => sterner(sum, stepOf(track, signal)), 'record');
    return sternerOf(standingAgainst(track, use), judgedAs(step, use.at + windowMs));
  }

  /** A detector failed: what writes does not pass, whatever is configured. */
  async function broken(use: MonitoredUse, error?: unknown): Promise<Judged> {
    let standing: Judged = PASS;
    try {
      const track = tracks.of(use, use.at);
      standing = standingAgainst(track, use);
      await tellFailure(track, use, error);
    } catch (failure) {
      log.error({ session: use.session, error: failure }, 'a signal was not recorded');
    }
    const isRefused = isAtLeast(ladder.detector_failed.step, 'refuse');
    const judged = judgedAs(isRefused ? 'refuse' : 'hold', undefined);
    return use.isWriting ? sternerOf(standing, judged) : standing;
  }

  /** Says once in a window that a detector failed; what cannot be recorded now is recorded later. */
  async function tellFailure(track: Track, about: About, error?: unknown): Promise<void> {
    const { session } = track.whose;
    if (error !== undefined) log.error({ session, error }, 'a detector failed');
    const what = about.isLasting === undefined ? 'detector_failed' : 'detector_failed for good';
    if (!track.isNews(what, about.at, windowMs)) return;
    const { step, threshold } = ladder.detector_failed;
    const signal: Signal = { name: 'detector_failed', value: 1, threshold, calls: track.calls };
    const kept = aboutOnly(about);
    await keep(track, () => tell(track, signal, sterner('hold', step), kept));
  }

  /** Tries again to keep what is owed. @returns what it failed with. */
  const settled = (track: Track): Promise<unknown> =>
    track.owed.settle().then(
      () => undefined,
      (error: unknown) => error,
    );

  /** Keeps something; when that fails, it is owed. */
  async function keep(track: Track, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { session } = track.whose;
      log.error({ session, error }, 'what was noticed is not kept yet: what writes is held');
      track.owed.add(work);
    }
  }

  /**
   * Runs what goes on beside a use. What `work` breaks on holds the session's uses that write until an
   * admin undoes it; what it returns is to be kept, and holds them until it is.
   */
  function aside(whose: Whose, at: number, work: Work): Done {
    try {
      const track = tracks.of(whose, at);
      return tryWork(track, at, work)?.catch((error: unknown) => unwatched(whose, error));
    } catch (error) {
      unwatched(whose, error);
      return undefined;
    }
  }

  function tryWork(track: Track, at: number, work: Work): Done {
    try {
      const kept = work(track);
      return kept === undefined ? undefined : keep(track, kept);
    } catch (error) {
      track.isBroken = true;
      track.isFlagged = true;
      return tellFailure(track, { at, isLasting: true }, error);
    }
  }

  const unwatched = ({ session }: Whose, error: unknown): void =>
    log.error({ session, error }, 'a session is not watched');

  function usedAfterEnd(track: Track, at: number): (() => Promise<void>) | undefined {
    const { step, threshold } = ladder.ended_use;
    track.usesAfterEnd += 1;
    const { calls, usesAfterEnd: value } = track;
    if (value < threshold || !track.isNews('ended_use', at, windowMs)) return undefined;
    // It is out already: there is nothing to contain.
    const mild = isAtLeast(step, 'alert') ? 'alert' : 'record';
    const signal: Signal = { name: 'ended_use', value, threshold, calls };
    return async () => void (await tell(track, signal, mild, { at }));
  }

  return {
    judge(use) {
      try {
        const track = tracks.of(use, use.at);
        const judged = judgeAtOnce(track, use) ?? judgeOnceRead(track, use);
        if (!(judged instanceof Promise)) return judged;
        return judged.catch((error: unknown) => broken(use, error));
      } catch (error) {
        return broken(use, error);
      }
    },

    admitted: (use, seq, isApproved) =>
      aside(use, use.at, (track) => {
        track.noteCall(seq);
        const destinations = data.passed(use, isApproved);
        track.noteDestinations(use, destinations);
        if (!isApproved) return undefined;
        const approved = track.isUnlearnt(use) ? { thing: use.thing } : {};
        return () => memory.learnApproved(use.grant, { ...approved, destinations });
      }),

    brings: (use, result) =>
      aside(use, result.at, (track) => {
        const { at, labels, call } = result;
        track.noteOwn(call);
        const strength = data.note(use, result);
        const hasOrders = result.hasOrders || strength === 2;
        // Whose word a session does from now on nobody knows.
        if (hasOrders) track.isFlagged = true;
        const kinds = brought(labels, hasOrders);
        const signals = hasOrders ? noticeOrders(track, settings) : [];
        if (kinds.length === 0 && signals.length === 0) return undefined;
        const about = { ...aboutOnly(use), at };
        return async () => {
          if (kinds.length > 0) await memory.touch(use, kinds, at);
          await raise(track, signals, about);
        };
      }),

    ended: (use, end) =>
      aside(use, use.at, (track) => {
        track.carriedOut(use);
        const profile = memory.knownProfile(use.grant) ?? NOTHING_LEARNT;
        const signals = noticeEnd(track, profile, { grant: use.grant, ...end }, settings);
        if (signals.length === 0) return undefined;
        const about = aboutOnly(use);
        return () => raise(track, signals, about);
      }),

    refused: (refusal) =>
      aside(refusal, refusal.at, (track) => {
        if (refusal.reason === 'session_revoked' || refusal.reason === 'session_suspended') {
          return usedAfterEnd(track, refusal.at);
        }
        const signals = noticeRefusal(track, refusal, settings);
        return signals.length === 0 ? undefined : () => raise(track, signals, refusal);
      }),

    usedAfterEnd: (whose, at) => aside(whose, at, (track) => usedAfterEnd(track, at)),

    undone({ session, subject, client, signal }) {
      memory.clear();
      const isAboutData = signal === undefined || ABOUT_DATA.has(signal);
      if (subject !== undefined && isAboutData) {
        data.takenIn.forget({ subject, ...(client === undefined ? {} : { client }) });
      }
      const track = session === undefined ? undefined : tracks.get(session);
      if (track === undefined) return;
      track.standing.clear();
      track.told.clear();
      track.refused.clear();
      track.settle();
    },

    close: () => tracks.finish(),

    sessions: () => tracks.all.map(watchedSession),

    get size() {
      return tracks.size;
    },
  };
}

/** What is known of a use's grant; of its client, where it sends data out; of all grants, where that matters. */
interface Learnt {
  readonly profile: Profile;
  readonly touched?: Touched | undefined;
  readonly all?: LearntOfAll | undefined;
}

/** What goes on beside a use; it returns what is to be kept of it. */
type Work = (track: Track) => (() => Promise<void>) | undefined;

/** Signals that rest on what a client has taken in. */
const ABOUT_DATA: ReadonlySet<string> = new Set(['data_driven', 'foreign_secret', 'orders']);

const isSuspending = (step: Step): boolean => isAtLeast(step, 'suspend_session');
