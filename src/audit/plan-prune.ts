import type { Retention } from '../domain/retention.ts';
import type { LogExtent } from './upkeep-store.ts';

const DAY_MICROS = 86_400_000_000;
/** What a database that is too large is brought down to, so that it is not at once too large again. */
const LEAVE = 0.9;

/** Events up to a number, and older than an instant (epoch microseconds), may go. */
export interface Removable {
  readonly upTo: number;
  readonly before: number;
}

/**
 * What may be removed of a log: by age, and by size. The newest event stays, and intents that are open.
 *
 * By size nothing goes that is younger than a day. Attack: a client has so much recorded that the events
 * that tell of it are pushed out.
 *
 * @param nowMicros epoch microseconds.
 */
export function planPrune(
  extent: LogExtent,
  { maxAgeMs, maxBytes }: Retention,
  nowMicros: number,
): readonly Removable[] {
  const { first, last, bytes, oldestOpen } = extent;
  const most = Math.min(last, oldestOpen ?? last) - 1;
  if (most < first) return [];
  const plans: Removable[] = [];
  if (maxAgeMs !== undefined) {
    plans.push({ upTo: most, before: nowMicros - maxAgeMs * 1_000 });
  }
  if (maxBytes !== undefined && bytes > maxBytes) {
    const share = (bytes - maxBytes * LEAVE) / bytes;
    const upTo = Math.min(most, first - 1 + Math.ceil((last - first + 1) * share));
    plans.push({ upTo, before: nowMicros - DAY_MICROS });
  }
  return plans;
}
