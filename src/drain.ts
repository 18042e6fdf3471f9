import type { UnfinishedTasks } from './answer/unfinished-tasks.ts';
import type { Approvals } from './approve/approvals.ts';
import type { HaltStore } from './authorize/halt-store.ts';
import type { Catalog } from './catalog/catalog.ts';
import { isUsable } from './catalog/server-view.ts';
import type { InFlight } from './dispatch/in-flight.ts';
import type { Pool } from './dispatch/pool.ts';
import type { Clock } from './domain/clock.ts';
import { judgeSession } from './session/judge-session.ts';
import type { SessionStore } from './session/session-store.ts';

/** What came of a drain. */
export interface Drained {
  /** Calls that were stopped; their outcomes are recorded. */
  readonly cancelled: number;
  /** Settles when the tool servers that nobody can use any more have left. */
  readonly left: Promise<unknown>;
}

/**
 * Re-reads rights: has calls that wait for an approval look again, stops calls whose right is gone and cancels the tasks such calls made, then ends the connections of sessions that are over
 * and of servers of which no tool is usable; all of them while everything is halted. Attack: a server that was taken out works on by itself.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function drain(parts: {
  readonly inFlight: InFlight;
  readonly approvals: Pick<Approvals, 'look'>;
  readonly tasks: Pick<UnfinishedTasks, 'drain'>;
  readonly pool: Pool;
  readonly sessions: Pick<SessionStore, 'find'>;
  readonly catalog: Pick<Catalog, 'view'>;
  readonly halts: Pick<HaltStore, 'current'>;
  readonly clock: Clock;
}): Promise<Drained> {
  const { inFlight, approvals, tasks, pool, sessions, catalog, halts, clock } = parts;
  approvals.look();
  const cancelled = await inFlight.drain();
  // Before the connections end over which tool servers are told.
  await tasks.drain();
  if ((await halts.current()) !== undefined) return { cancelled, left: pool.endEvery() };
  const leaving: Promise<void>[] = [];
  for (const id of pool.sessions()) {
    const session = sessions.find(id);
    if (session === undefined || judgeSession(session, clock.now()) !== undefined) {
      leaving.push(pool.endSession(id));
    }
  }
  const { servers } = catalog.view();
  for (const [server, view] of servers) {
    if (!isUsable(view)) leaving.push(pool.endServer(server));
  }
  return { cancelled, left: Promise.all(leaving) };
}
