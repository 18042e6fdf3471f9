import type { AdmissionStore, Appended, NotAppended } from '../admit/admission-store.ts';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { SessionState } from '../domain/session-record.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import type { CommitQueue } from './commit-queue.ts';
import { readEpoch, readRights } from './rights-epoch.ts';
import type { StateDatabase } from './state-database.ts';

const ADMIT_WAIT_MS = 250;
const RECORD_WAIT_MS = 5_000;

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

  constructor(db: StateDatabase, queue: CommitQueue, append: AppendEvent, clock: Clock) {
    this.#db = db;
    this.#queue = queue;
    this.#append = append;
    this.#clock = clock;
  }

  epoch(): number {
    return this.#db.read(() => readEpoch(this.#db));
  }

  async admit(request: {
    readonly epoch: number;
    readonly sessionId: SessionId;
    readonly intent: EventDraft;
  }): Promise<Appended | NotAppended> {
    requireCode(request.intent, 'TG1001');
    return this.#appendUnder(request.epoch, request.sessionId, request.intent, ADMIT_WAIT_MS, true);
  }

  async release(request: {
    readonly epoch: number;
    readonly sessionId: SessionId;
    readonly outcome: EventDraft;
  }): Promise<Appended | NotAppended> {
    requireCode(request.outcome, ...UNDER_RIGHTS);
    const { epoch, sessionId, outcome } = request;
    return this.#appendUnder(epoch, sessionId, outcome, RECORD_WAIT_MS, false);
  }

  async record(event: EventDraft): Promise<Appended> {
    if (NEVER_RECORDED.has(event.code) || RELEASED.has(event.outcome ?? '')) {
      throw new BrokerError('ERR_INTERNAL', `an event ${event.code} needs current rights`);
    }
    const draft = storableDraft(event);
    return this.#queue.submit<Appended>({
      work: () => ({ kind: 'appended', ...this.#append(draft) }),
      waitMs: RECORD_WAIT_MS,
      contended: () => {
        throw new BrokerError('ERR_STORE_CONTENDED', 'the store stayed busy; nothing was recorded');
      },
    });
  }

  #appendUnder(
    epoch: number,
    sessionId: SessionId,
    event: EventDraft,
    waitMs: number,
    isCall: boolean,
  ): Promise<Appended | NotAppended> {
    const draft = storableDraft({ ...event, session: sessionId, epoch });
    return this.#queue.submit<Appended | NotAppended>({
      work: () => {
        const refusal = this.#refusal(epoch, sessionId);
        if (refusal !== undefined) return refusal;
        const placed = this.#append(draft);
        if (isCall) this.#countCall(sessionId);
        return { kind: 'appended', ...placed };
      },
      waitMs,
      contended: () => ({ kind: 'contended' }),
    });
  }

  /** Why rights no longer hold, read inside the transaction. An unknown session counts as revoked. */
  #refusal(epoch: number, sessionId: SessionId): NotAppended | undefined {
    const session = this.#db
      .statement<{ state: SessionState; expires_at: number }>(
        'SELECT state, expires_at FROM sessions WHERE id = ?',
      )
      .get(sessionId);
    if (session === undefined) return { kind: 'session_ended', state: 'revoked' };
    if (session.state !== 'active') return { kind: 'session_ended', state: session.state };
    if (this.#clock.now() >= session.expires_at) {
      return { kind: 'session_ended', state: 'expired' };
    }
    const current = readRights(this.#db);
    if (current.isHalted) return { kind: 'halted' };
    return current.epoch === epoch ? undefined : { kind: 'stale', epoch: current.epoch };
  }

  #countCall(sessionId: SessionId): void {
    this.#db.noteWrite();
    this.#db
      .statement('UPDATE sessions SET calls = calls + 1, last_call_at = ? WHERE id = ?')
      .run(this.#clock.now(), sessionId);
  }
}

function requireCode(event: EventDraft, ...codes: readonly EventDraft['code'][]): void {
  if (codes.includes(event.code)) return;
  throw new BrokerError('ERR_INTERNAL', `expected an event ${codes.join(', ')}, got ${event.code}`);
}
