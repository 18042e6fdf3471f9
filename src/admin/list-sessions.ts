import { BrokerError } from '../domain/errors.ts';
import { isSessionId, type SessionId } from '../domain/ids.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { AdminContext } from './admin-context.ts';

/** Sessions, ordered by when they were opened and by id; only usable ones unless `all`. */
export async function listSessions(
  context: AdminContext,
  filter: { readonly subject?: string; readonly all: boolean },
): Promise<readonly SessionRecord[]> {
  const sessions = await context.sessions.list({
    ...(filter.subject === undefined ? {} : { subject: filter.subject }),
    ...(filter.all ? {} : { activeAt: context.clock.now() }),
  });
  return [...sessions].sort((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
}

/**
 * One session.
 *
 * @throws BrokerError `ERR_USAGE` for a text that is no session id, `ERR_NOT_FOUND`.
 */
export async function findSession(context: AdminContext, id: string): Promise<SessionRecord> {
  if (!isSessionId(id)) {
    throw new BrokerError('ERR_USAGE', `not a session id: ${id}`, {
      hint: 'ids start with ses_; see `toolgrant session list`',
    });
  }
  const session = context.sessions.find(id);
  if (session === undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `no session ${id}`, {
      hint: 'see `toolgrant session list --all`',
    });
  }
  return session;
}

/** Other sessions of a session's subject and client that can be used at `at`, ordered by id. */
export async function otherActive(
  context: AdminContext,
  session: SessionRecord,
  at: number,
): Promise<readonly SessionId[]> {
  const others = await context.sessions.list({ subject: session.subject, activeAt: at });
  return others
    .filter((other) => other.id !== session.id && other.client === session.client)
    .map((other) => other.id)
    .sort();
}
