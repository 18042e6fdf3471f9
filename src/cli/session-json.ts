import type { SessionOverview } from '../admin/session-overview.ts';
import type { ClientUse, SessionRecord } from '../domain/session-record.ts';
import { judgeSession } from '../session/judge-session.ts';
import { useDifferences } from '../session/use-difference.ts';
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
  interactive: session.isInteractive === true,
  purpose: session.purpose ?? null,
  state: sessionStateAt(session, now),
  openedAt: formatInstant(session.openedAt),
  expiresAt: formatInstant(session.expiresAt),
  endedAt: session.endedAt === undefined ? null : formatInstant(session.endedAt),
  calls: session.calls,
  lastCallAt: session.lastCallAt === undefined ? null : formatInstant(session.lastCallAt),
  firstUse: session.firstUse === undefined ? null : useJson(session.firstUse),
  otherUses: (session.otherUses ?? []).map((use) => ({
    ...useJson(use),
    differs: session.firstUse === undefined ? [] : useDifferences(session.firstUse, use),
  })),
});

/** The `--json` shape of a session with what covers it and what it has done. */
export const overviewJson = (
  { session, grants, running, waiting, touched }: SessionOverview,
  now: number,
) => ({
  ...sessionJson(session, now),
  grants: grants.map(({ id, purpose, expiresAt }) => ({
    id,
    purpose,
    expiresAt: formatInstant(expiresAt),
  })),
  running,
  waiting: [...waiting],
  touched: touched.tools,
  isTouchedWhole: touched.isWhole,
});

const useJson = (use: ClientUse) => ({
  at: formatInstant(use.at),
  transport: use.transport,
  clientName: use.clientName ?? null,
  clientVersion: use.clientVersion ?? null,
  remote: use.remote ?? null,
});
