import { createHmac, hash } from 'node:crypto';

/** What the state knows a place by that events or checkpoints are sent to. */
export interface PlaceId {
  readonly id: string;
  /** What it was known by before: a plain hash. */
  readonly formerId: string;
}

const DIGITS = 32;

/**
 * Names places under the state's own key. Attack: an address holds a secret with few forms, and whoever
 * reads the database tries them all on a plain hash.
 *
 * @param key of the state's digests.
 */
export const placeIds =
  (key: Uint8Array) =>
  (place: string): PlaceId => ({
    id: `hmac:${createHmac('sha256', key).update(`place\0${place}`).digest('hex').slice(0, DIGITS)}`,
    formerId: hash('sha256', place, 'hex').slice(0, DIGITS),
  });

/** Whether an id is a plain hash. */
export const isFormerId = (id: string): boolean => !id.includes(':');
