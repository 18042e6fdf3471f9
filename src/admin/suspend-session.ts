import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { SessionRecord, SessionState } from '../domain/session-record.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { findSession, otherActive } from './list-sessions.ts';

/** A session that rests, and how far the word has reached. */
export interface SuspendedSession {
  readonly session: SessionRecord;
  /** Whether it was suspended before; nothing was written then, brokers were asked again. */
  readonly wasSuspended: boolean;
  /** Other sessions of the same subject and client that are still usable. */
  readonly alsoActive: readonly SessionId[];
  readonly drain: DrainReport;
}

/**
 * Suspends a session and asks live brokers to drain. Its client opens no session until `resume`.
 *
 * @throws BrokerError `ERR_USAGE`, `ERR_NOT_FOUND` for a session that has ended, `ERR_NOT_COMMITTED`,
 * `ERR_UNREACHABLE`.
 */
export async function suspendSession(context: AdminContext, id: string): Promise<SuspendedSession> {
  const session = await findSession(context, id);
  const at = context.clock.now();
  if (session.state === 'active' && at >= session.expiresAt) throw hasEnded(id, 'expired');
  const event = eventOf(context, 'TG2011', session);
  const before = await context.sessions.suspend(session.id, at, event);
  if (before?.state !== 'active' && before?.state !== 'suspended') {
    throw hasEnded(id, before?.state ?? 'revoked');
  }
  const drain = await drainBrokers(context);
  return {
    session,
    wasSuspended: before.state === 'suspended',
    alsoActive: await otherActive(context, session, at),
    drain,
  };
}

/** A session that may be used again. */
export interface ResumedSession {
  readonly session: SessionRecord;
  /** Whether it was active all the time. */
  readonly wasActive: boolean;
  /** Whether its time passed meanwhile: only its client may come back, with a new session. */
  readonly isExpired: boolean;
}

/**
 * Lifts the suspension of a session, and with it what keeps its client out. What was revoked stays out.
 *
 * @throws BrokerError `ERR_USAGE`, `ERR_NOT_FOUND` for a session that has ended, `ERR_NOT_COMMITTED`.
 */
export async function resumeSession(context: AdminContext, id: string): Promise<ResumedSession> {
  const session = await findSession(context, id);
  const before = await context.sessions.resume(session.id, eventOf(context, 'TG2012', session));
  if (before?.state !== 'active' && before?.state !== 'suspended') {
    throw hasEnded(id, before?.state ?? 'revoked');
  }
  const isExpired = context.clock.now() >= session.expiresAt;
  if (before.state === 'active' && isExpired) throw hasEnded(id, 'expired');
  return { session, wasActive: before.state === 'active', isExpired };
}

const eventOf = (
  { actor }: AdminContext,
  code: 'TG2011' | 'TG2012',
  { id, subject, client }: SessionRecord,
): EventDraft => ({
  code,
  actor,
  session: id,
  subject,
  ...(client === undefined ? {} : { client }),
});

const hasEnded = (id: string, state: SessionState): BrokerError =>
  new BrokerError('ERR_NOT_FOUND', `${id} is over (${state})`, {
    hint: 'what has ended stays so; open a new session',
  });
