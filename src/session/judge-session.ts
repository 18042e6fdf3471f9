import type { Principal } from '../domain/principal.ts';
import type { SessionRecord } from '../domain/session-record.ts';

/** Why a session cannot be used now. */
export type SessionRefusal = 'session_revoked' | 'session_suspended' | 'session_expired';

/** Whether a session can be used at `now` (epoch milliseconds); `undefined` when it can. */
export function judgeSession(session: SessionRecord, now: number): SessionRefusal | undefined {
  switch (session.state) {
    case 'revoked':
      return 'session_revoked';
    case 'suspended':
      return 'session_suspended';
    case 'expired':
      return 'session_expired';
    case 'active':
      return now >= session.expiresAt ? 'session_expired' : undefined;
  }
}

/** The principal a usable session stands for. */
export const principalOf = (session: SessionRecord): Principal => ({
  subject: session.subject,
  sessionId: session.id,
  sessionOpenedAt: session.openedAt,
  sessionExpiresAt: session.expiresAt,
  ...(session.client === undefined ? {} : { client: session.client }),
  ...(session.isInteractive === true ? { isInteractive: true } : {}),
});
