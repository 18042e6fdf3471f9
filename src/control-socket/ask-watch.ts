import type { Json } from '../domain/json.ts';
import type { LiveBroker } from '../session/live-broker-store.ts';
import { isAlive } from './ask-drain.ts';
import { exchange } from './exchange.ts';

/** A thousand sessions, with some room. */
const LIMITS = { timeoutMs: 2_000, maxBytes: 4_194_304 } as const;

/**
 * What a registered broker says of the sessions it watches: none when it is surely dead, `undefined` when
 * it does not say. Never rejects.
 */
export async function askWatch(broker: LiveBroker): Promise<Json | undefined> {
  const answer = await exchange(broker.socket, 'watch', LIMITS);
  if (typeof answer === 'string') return (await isAlive(broker)) ? undefined : { sessions: [] };
  try {
    return JSON.parse(answer.line) as Json;
  } catch {
    return undefined;
  }
}
