import type {
  AdmissionRequest,
  AdmissionStore,
  Appended,
  NotAppended,
} from '../admit/admission-store.ts';
import { judgeLimits } from '../admit/judge-limits.ts';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { SessionLimits, SpentLimit } from '../domain/session-limits.ts';
import { type AppendEvent, type Placed, readHead, storableDraft } from './append-event.ts';
import type { CommitQueue } from './commit-queue.ts';
import { readEpoch, readRights } from './rights-epoch.ts';
import { countCall, selectSession } from './session-rows.ts';
import { shortOfRoom } from './sqlite-errors.ts';
import type { StateDatabase } from './state-database.ts';
import { type Taking, takingApproval, takingRates } from './taking.ts';

const ADMIT_WAIT_MS = 250;
const RECORD_WAIT_MS = 5_000;
/** A clock that is set right by a little, or differs by a little on another machine, refuses nothing. */
const CLOCK_SKEW_MS = 30_000;

/** Outcomes that let a result out; they exist only under current rights. */
const RELEASED = new Set(['ok', 'tool_error', 'rpc_error']);
/** What `release` takes: a result, a tool server's question, a client's answer to one. */
const UNDER_RIGHTS = ['TG1002', 'TG1007', 'TG1008'] as const;
/** Events that exist only under current rights, whatever they say. */
const NEVER_RECORDED: ReadonlySet<string> = new Set(['TG1001', 'TG1007', 'TG1008']);

/** The one transaction, on SQLite. */
export class SqliteAdmissionStore implements AdmissionStore {
  readonly #db: StateDatabase;
  readonly #queue: CommitQueue;
  readonly #append: AppendEvent;
  readonly #clock: Clock;
  readonly #readEpoch = () => readEpoch(this.#db);
  /** Epoch milliseconds of the last event seen here; `undefined` before the first look. */
  #knownAt: number | undefined;

  constructor(db: StateDatabase, queue: CommitQueue, append: AppendEvent, clock: Clock) {
    this.#db = db;
    this.#queue = queue;
    this.#append = append;
    this.#clock = clock;
  }

  epoch(): number {
    return this.#db.read(this.#readEpoch);
  }

  isClockBehind(): boolean {
    this.#knownAt ??= this.#db.read(() => this.#lastAt());
    return isBehind(this.#clock, this.#knownAt);
  }

  admit(request: AdmissionRequest): Promise<Appended | NotAppended> {
    return rejecting(() => {
      const { epoch, sessionId, intent } = request;
      requireCode(intent, 'TG1001');
      if (this.#db.isShortOfRoom()) throw shortOfRoom();
      const taking = () => this.#taking(request);
      return this.#appendUnder(epoch, sessionId, intent, ADMIT_WAIT_MS, taking);
    });
  }

  release(request: {
    readonly epoch: number;
    readonly sessionId: SessionId;
    readonly outcome: EventDraft;
  }): Promise<Appended | NotAppended> {
    return rejecting(() => {
      requireCode(request.outcome, ...UNDER_RIGHTS);
      const { epoch, sessionId, outcome } = request;
      return this.#appendUnder(epoch, sessionId, outcome, RECORD_WAIT_MS);
    });
  }

  record(event: EventDraft): Promise<Appended> {
    return rejecting(() => {
      if (NEVER_RECORDED.has(event.code) || RELEASED.has(event.outcome ?? '')) {
        throw new BrokerError('ERR_INTERNAL', `an event ${event.code} needs current rights`);
      }
      const draft = storableDraft(event);
      return this.#queue.submit<Appended>({
        work: () => ({ kind: 'appended', ...this.#append(draft) }),
        waitMs: RECORD_WAIT_MS,
        contended: notRecorded,
      });
    });
  }

  #appendUnder(
    epoch: number,
    sessionId: SessionId,
    event: EventDraft,
    waitMs: number,
    taking?: () => NotAppended | Taking,
  ): Promise<Appended | NotAppended> {
    const draft = storableDraft({ ...event, session: sessionId, epoch });
    return this.#queue.submit<Appended | NotAppended>({
      work: () => {
        const use = this.#refusal(epoch, sessionId) ?? taking?.();
        if (use === undefined) return { kind: 'appended', ...this.#append(draft) };
        if ('kind' in use) return use;
        const placed = this.#append(draft, use.approval);
        use.take(placed);
        return { kind: 'appended', ...placed };
      },
      waitMs,
      contended,
    });
  }

  /** Why rights no longer hold, read inside the transaction. An unknown session counts as revoked. */
  #refusal(epoch: number, sessionId: SessionId): NotAppended | undefined {
    const session = selectSession(this.#db, sessionId);
    if (session === undefined) return { kind: 'session_ended', state: 'revoked' };
    if (session.state !== 'active') return { kind: 'session_ended', state: session.state };
    this.#knownAt = this.#lastAt();
    // Before what expires: a clock that was set back would have it in force again.
    if (isBehind(this.#clock, this.#knownAt)) return { kind: 'clock_behind' };
    if (this.#clock.now() >= session.expiresAt) {
      return { kind: 'session_ended', state: 'expired' };
    }
    const current = readRights(this.#db);
    if (current.isHalted) return { kind: 'halted' };
    return current.epoch === epoch ? undefined : { kind: 'stale', epoch: current.epoch };
  }

  /** Epoch milliseconds of the last event, whichever process wrote it. */
  #lastAt(): number {
    return Math.floor(readHead(this.#db).at / 1_000);
  }

  /**
   * Everything a use takes, or the first thing that it cannot have: nothing is taken from a use that is
   * refused.
   */
  #taking(request: AdmissionRequest): NotAppended | Taking {
    const { sessionId, intent, limits } = request;
    const grant = intent.rule?.grant;
    const now = this.#latest();
    if (grant !== undefined && limits !== undefined) {
      const limit = this.#spent(sessionId, grant, limits);
      if (limit !== undefined) return { kind: 'spent', limit };
    }
    const counting = takingRates(this.#db, request, now);
    if ('kind' in counting) return counting;
    const approving = takingApproval(this.#db, request, now);
    if ('kind' in approving) return approving;
    const take = (placed: Placed) => {
      countCall(this.#db, sessionId, grant, this.#clock.now());
      counting.take(placed);
      approving.take(placed);
    };
    const { approval } = approving;
    return approval === undefined ? { take } : { take, approval };
  }

  /**
   * Epoch milliseconds, read inside the transaction, that never run back from one event to the next,
   * whichever process wrote it: a clock that is set back frees no place, and brings no approval back.
   */
  #latest(): number {
    return Math.max(this.#clock.now(), this.#knownAt ?? 0);
  }

  /** Which of a grant's limits is used up in a session, read inside the transaction. */
  #spent(sessionId: SessionId, grant: string, limits: SessionLimits): SpentLimit | undefined {
    const used = this.#db
      .statement<{ calls: number; last_at: number }>(
        'SELECT calls, last_at FROM grant_uses WHERE session = ? AND grant_id = ?',
      )
      .get(sessionId, grant);
    const open = limits.concurrent === undefined ? 0 : this.#running(sessionId, grant);
    const use = { calls: used?.calls ?? 0, lastAt: used?.last_at, open };
    return judgeLimits(limits, use, this.#clock.now());
  }

  #running(sessionId: SessionId, grant: string): number {
    const running = this.#db
      .statement<{ open: number }>(
        'SELECT count(*) AS open FROM open_intents WHERE session = ? AND grant_id = ?',
      )
      .get(sessionId, grant);
    return running?.open ?? 0;
  }
}

const contended = (): NotAppended => ({ kind: 'contended' });

function notRecorded(): never {
  throw new BrokerError('ERR_STORE_CONTENDED', 'the store stayed busy; nothing was recorded');
}

/** What `make` throws becomes a rejection, and its promise is handed on without another around it. */
function rejecting<T>(make: () => Promise<T>): Promise<T> {
  try {
    return make();
  } catch (error) {
    return Promise.reject(error);
  }
}

const isBehind = (clock: Clock, lastAt: number): boolean => clock.now() + CLOCK_SKEW_MS < lastAt;

function requireCode(event: EventDraft, ...codes: readonly EventDraft['code'][]): void {
  if (codes.includes(event.code)) return;
  throw new BrokerError('ERR_INTERNAL', `expected an event ${codes.join(', ')}, got ${event.code}`);
}
