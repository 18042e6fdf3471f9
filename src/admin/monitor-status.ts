import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { MonitorStore } from '../monitor/monitor-store.ts';
import type { AdminContext } from './admin-context.ts';
import { type WatchedSessions, watchedSessions } from './watched-sessions.ts';

/** Signals and containments looked at, the newest. */
const MAX_EVENTS = 1_000;

/** Something the monitor noticed, or did. */
export interface Noticed {
  readonly event: AuditEvent;
  readonly signal: string;
  readonly step: string;
  /** Whether an admin undid it. */
  readonly isUndone: boolean;
  /** The session as it is now; absent when it is not known. */
  readonly session?: SessionRecord;
}

/** What the monitor noticed since an instant, and what it remembers. */
export interface MonitorStatus {
  /** Signals, oldest first. */
  readonly signals: readonly Noticed[];
  /** What was done beyond recording them, oldest first. */
  readonly contained: readonly Noticed[];
  readonly remembered: Awaited<ReturnType<MonitorStore['all']>>;
  /** Sessions that live brokers watch now. */
  readonly watched: WatchedSessions;
  /** Whether there are more than were looked at. */
  readonly isCut: boolean;
}

/** What the monitor noticed and did; `since` in epoch microseconds. */
export async function monitorStatus(context: AdminContext, since: number): Promise<MonitorStatus> {
  const { events, monitor } = context;
  const of = (code: AuditEvent['code']) =>
    events.query({ code, since, newest: true, limit: MAX_EVENTS });
  const [raised, contained, undone] = [await of('TG9001'), await of('TG9002'), await of('TG9003')];
  const undoes = new Set(undone.map(({ detail }) => member(detail, 'undoes')));
  return {
    signals: await Promise.all(raised.map((event) => noticed(context, event, undoes))),
    contained: await Promise.all(contained.map((event) => noticed(context, event, undoes))),
    remembered: await monitor.all(),
    watched: await watchedSessions(context),
    isCut: [raised, contained].some(({ length }) => length === MAX_EVENTS),
  };
}

async function noticed(
  { sessions }: AdminContext,
  event: AuditEvent,
  undoes: ReadonlySet<unknown>,
): Promise<Noticed> {
  const session = event.session === undefined ? undefined : sessions.find(event.session);
  return {
    event,
    signal: String(member(event.detail, 'signal')),
    step: String(member(event.detail, 'step')),
    isUndone: undoes.has(event.seq),
    ...(session === undefined ? {} : { session }),
  };
}

/** A signal with all that it rests on, and all that came of it. */
export interface ExplainedSignal {
  readonly raised: AuditEvent;
  readonly contained?: AuditEvent;
  readonly undone?: AuditEvent;
  /** Intents it rests on that are still in the log, oldest first. */
  readonly calls: readonly AuditEvent[];
}

/**
 * Explains a signal by its own event, or by that of what was done about it.
 *
 * @throws BrokerError `ERR_NOT_FOUND` when the event is neither.
 */
export async function explainSignal(context: AdminContext, seq: number): Promise<ExplainedSignal> {
  const { events } = context;
  const event = await events.get(seq);
  const of = event?.code === 'TG9002' ? member(event.detail, 'raised') : seq;
  const raised = typeof of === 'number' ? await events.get(of) : undefined;
  if (raised?.code !== 'TG9001') {
    throw new BrokerError('ERR_NOT_FOUND', `event ${seq} is no signal of the monitor`, {
      hint: 'see `toolgrant monitor status`',
    });
  }
  const about = (code: AuditEvent['code'], key: string, is: number) =>
    events
      .query({ code, afterSeq: is })
      .then((found) => found.find(({ detail }) => member(detail, key) === is));
  const contained = await about('TG9002', 'raised', raised.seq);
  const undone =
    contained === undefined ? undefined : await about('TG9003', 'undoes', contained.seq);
  const calls = member(raised.detail, 'calls');
  const found = await Promise.all(
    (Array.isArray(calls) ? calls : []).map((call) => events.get(Number(call))),
  );
  return {
    raised,
    ...(contained === undefined ? {} : { contained }),
    ...(undone === undefined ? {} : { undone }),
    calls: found.filter((call) => call !== undefined),
  };
}

/** The detail of a signal or containment. */
export const detailOf = ({ detail }: AuditEvent): JsonObject => (detail ?? {}) as JsonObject;
