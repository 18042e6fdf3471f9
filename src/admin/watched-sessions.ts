import { isJsonObject, type Json, member } from '../domain/json.ts';
import type { WatchedSession } from '../monitor/watched-session.ts';
import type { LiveBroker } from '../session/live-broker-store.ts';
import type { AdminContext } from './admin-context.ts';

/** Sessions that live brokers watch. */
export interface WatchedSessions {
  /** By broker, the one that started first before others. */
  readonly sessions: readonly (WatchedSession & { readonly broker: LiveBroker })[];
  /** Brokers that are registered and did not say. */
  readonly silent: readonly LiveBroker[];
}

/** Asks every live broker what it watches. Nothing is changed, and a dead one stays registered. */
export async function watchedSessions({
  brokers,
  watch,
}: Pick<AdminContext, 'brokers' | 'watch'>): Promise<WatchedSessions> {
  const all = await brokers.list();
  const answers = await Promise.all(
    all.map(async (broker) => ({ broker, said: sessionsIn(await watch(broker)) })),
  );
  return {
    sessions: answers.flatMap(({ broker, said = [] }) => said.map((one) => ({ ...one, broker }))),
    silent: answers.flatMap(({ broker, said }) => (said === undefined ? [broker] : [])),
  };
}

/** Our own brokers answer; one of another version may leave something out, and is then taken to say nothing. */
function sessionsIn(answer: Json | undefined): readonly WatchedSession[] | undefined {
  const sessions = member(answer, 'sessions');
  if (!Array.isArray(sessions) || !sessions.every(isWatched)) return undefined;
  return sessions as unknown as readonly WatchedSession[];
}

const isWatched = (one: Json): boolean =>
  isJsonObject(one) &&
  [one.session, one.subject].every((text) => typeof text === 'string') &&
  [one.lastAt, one.uses, one.refused].every((count) => typeof count === 'number') &&
  isJsonObject(one.scores) &&
  Array.isArray(one.standing);
