import type { Touched } from '../audit/event-store.ts';
import { grantStanding } from '../authorize/grant-standing.ts';
import type { ApprovalId } from '../domain/ids.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import { judgeSession } from '../session/judge-session.ts';
import type { AdminContext } from './admin-context.ts';

/** A session, what covers it and what it has done. */
export interface SessionOverview {
  readonly session: SessionRecord;
  /** Grants whose permits hold for it now, by id; none once it has ended. */
  readonly grants: readonly {
    readonly id: string;
    readonly purpose: string;
    /** Epoch milliseconds. */
    readonly expiresAt: number;
  }[];
  /** Calls that run now. */
  readonly running: number;
  /** Approvals that calls of it wait for. */
  readonly waiting: readonly ApprovalId[];
  readonly touched: Touched;
}

/** Events looked at for all sessions together, and for each at least. */
const MAX_EVENTS = 20_000;
const MIN_EVENTS_EACH = 20;

/**
 * Overviews of sessions, as of now, from the state alone: right while brokers run. What was touched comes from the newest
 * events of each, the fewer the more sessions there are.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function overviewSessions(
  context: AdminContext,
  sessions: readonly SessionRecord[],
): Promise<readonly SessionOverview[]> {
  const now = context.clock.now();
  const limit = Math.max(MIN_EVENTS_EACH, Math.floor(MAX_EVENTS / sessions.length));
  const running = new Map<string, number>();
  for (const { session } of await context.brokers.openIntents()) {
    running.set(session, (running.get(session) ?? 0) + 1);
  }
  const waiting = await context.approvals.list({ now, all: false });
  const ids = sessions.map(({ id }) => id);
  const touched = await context.events.touched(ids, limit);
  const snapshots = new Map<string, ReturnType<typeof context.grants.snapshot>>();
  const overviews: SessionOverview[] = [];
  for (const session of sessions) {
    const { id, subject, client, openedAt } = session;
    const snapshot = snapshots.get(subject) ?? context.grants.snapshot(subject);
    snapshots.set(subject, snapshot);
    const asker = {
      subject,
      sessionOpenedAt: openedAt,
      ...(client === undefined ? {} : { client }),
    };
    const isUsable = judgeSession(session, now) === undefined;
    const grants = snapshot.grants.filter(
      (grant) => isUsable && grantStanding(grant, asker, now)?.obstacles.length === 0,
    );
    overviews.push({
      session,
      grants: grants.map(({ id, purpose, expiresAt }) => ({ id, purpose, expiresAt })),
      running: running.get(id) ?? 0,
      waiting: waiting
        .map(({ approval }) => approval)
        .filter((one) => one.session === id)
        .map((one) => one.id),
      touched: touched.get(id) ?? { tools: [], isWhole: true },
    });
  }
  return overviews;
}
