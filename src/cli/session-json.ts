import type { SessionRecord } from '../domain/session-record.ts';
import { judgeSession } from '../session/judge-session.ts';
import { formatInstant } from './format-instant.ts';

/** A session's state as of now: `expired` also by time, `ended` when its client left before that. */
export function sessionStateAt(session: SessionRecord, now: number): string {
  const { state, endedAt, expiresAt } = session;
  if (state === 'expired' && endedAt !== undefined && endedAt < expiresAt) return 'ended';
  return judgeSession(session, now)?.replace('session_', '') ?? 'active';
}

/** The `--json` shape of a session. Holds no token: none is stored. */
export const sessionJson = (session: SessionRecord, now: number) => ({
  id: session.id,
  subject: session.subject,
  client: session.client ?? null,
  purpose: session.purpose ?? null,
  state: sessionStateAt(session, now),
  openedAt: formatInstant(session.openedAt),
  expiresAt: formatInstant(session.expiresAt),
  endedAt: session.endedAt === undefined ? null : formatInstant(session.endedAt),
  calls: session.calls,
  lastCallAt: session.lastCallAt === undefined ? null : formatInstant(session.lastCallAt),
  firstUse:
    session.firstUse === undefined
      ? null
      : {
          at: formatInstant(session.firstUse.at),
          transport: session.firstUse.transport,
          clientName: session.firstUse.clientName ?? null,
          clientVersion: session.firstUse.clientVersion ?? null,
          remote: session.firstUse.remote ?? null,
        },
});
