import type { EventStore } from './audit/event-store.ts';
import type { Clock } from './domain/clock.ts';
import type { SessionId } from './domain/ids.ts';
import { type Json, member, stringMember } from './domain/json.ts';
import type { MonitorDeps } from './monitor/monitor.ts';
import { SIGNALS, type SignalName } from './monitor/signal.ts';
import { MAX_SESSION_LIFE_MS } from './session/session-life.ts';

/**
 * What was done about sessions before this process. Which ones there are is read once, as far back as a
 * session lives: a call reads no log unless something was done about its session. What was pruned from the
 * log is forgotten.
 *
 * @returns throws BrokerError when the log cannot be read, and tries again the next time.
 */
export function recallStanding(
  events: Pick<EventStore, 'query'>,
  clock: Pick<Clock, 'now'>,
): NonNullable<MonitorDeps['recall']> {
  let contained: Promise<ReadonlySet<SessionId | undefined>> | undefined;
  async function read(): Promise<ReadonlySet<SessionId | undefined>> {
    const since = (clock.now() - MAX_SESSION_LIFE_MS) * 1_000;
    const found = await events.query({ code: 'TG9002', since });
    return new Set(found.map(({ session }) => session));
  }
  return async (session) => {
    contained ??= read().catch((error: unknown) => {
      contained = undefined;
      throw error;
    });
    return (await contained).has(session) ? standingOf(events, session) : [];
  };
}

/** Signals for which something was done about a session, and which no admin undid since. */
async function standingOf(
  events: Pick<EventStore, 'query'>,
  session: SessionId,
): Promise<readonly SignalName[]> {
  const [undone] = await events.query({ session, code: 'TG9003', newest: true, limit: 1 });
  const since = undone === undefined ? {} : { afterSeq: undone.seq };
  const contained = await events.query({ session, code: 'TG9002', ...since });
  const said = new Set(
    contained
      .filter(({ detail }) => !isPassing(detail))
      .map(({ detail }) => stringMember(detail ?? null, 'signal')),
  );
  return SIGNALS.filter((name) => said.has(name));
}

/** A detector that failed for a while: it holds what was asked of it then, and no session. */
const isPassing = (detail: Json | undefined): boolean =>
  stringMember(detail ?? null, 'signal') === 'detector_failed' &&
  member(detail, 'lasting') !== true;
