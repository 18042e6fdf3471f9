import { BrokerError, errorCode } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { EventStore } from './event-store.ts';
import type { PlaceId } from './place-id.ts';

/** A place that events are sent on to. */
export interface ShipTarget extends PlaceId {
  /** Where the configuration names it. */
  readonly key: string;
  /**
   * The newest event it has, where it can tell, as a file can; what is kept here is older when a process
   * was killed in between. May repair what such an end left behind.
   *
   * @throws BrokerError `ERR_SHIP_FAILED`.
   */
  readonly newest?: () => Promise<number | undefined>;
  /** Resolves once the events are kept there. @throws BrokerError `ERR_SHIP_FAILED`. */
  send(events: readonly AuditEvent[], signal: AbortSignal): Promise<void>;
}

/** How far each place has got the events. */
export interface ShipmentStore {
  /** The newest event that a place has; 0 for none. */
  sentTo(target: string): Promise<number>;
  /** @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_STORE_FAILED`. */
  noteSent(target: string, seq: number): Promise<void>;
}

/** What shipping needs. */
export interface Shipping {
  readonly events: Pick<EventStore, 'query' | 'head' | 'start'>;
  readonly shipments: ShipmentStore;
  /** Makes durable what was read: a place must have nothing that a power cut takes away. */
  readonly sync: () => Promise<void>;
  readonly signal: AbortSignal;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  readonly wait: (ms: number) => Promise<void>;
  /** Told what a place missed or could not be told, a sentence. */
  readonly remark: (target: ShipTarget, text: string) => void;
}

/** Events sent at once. */
const BATCH = 500;
/** Milliseconds between two looks at the log. */
const LOOK_MS = 1_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * Sends a place what it does not have, in order, and goes on as events are written, until `signal`
 * aborts. What fails is tried again after a pause that doubles, up to five minutes: nothing is left out,
 * and a batch may come twice. Reads the log as any question does; no call waits for it.
 *
 * @param isOnce ends when the place has everything there was, and passes on what failed.
 * @returns how many events were sent.
 */
export async function shipEvents(
  target: ShipTarget,
  shipping: Shipping,
  isOnce: boolean,
): Promise<number> {
  const { events, signal, wait, remark } = shipping;
  const until = isOnce ? ((await events.head())?.seq ?? 0) : Number.POSITIVE_INFINITY;
  let pause = FIRST_PAUSE_MS;
  let count = 0;
  let at: number | undefined;
  while (!signal.aborted) {
    try {
      at ??= await placeOf(target, shipping);
      const toSeq = Number.isFinite(until) ? { toSeq: until } : {};
      const batch = await events.query({ afterSeq: at, limit: BATCH, ...toSeq });
      const [first] = batch;
      if (first !== undefined) {
        if (first.seq > at + 1) {
          remark(target, `events ${at + 1} to ${first.seq - 1} were removed before they were sent`);
        }
        at = await sendOne(target, batch, shipping);
        count += batch.length;
        pause = FIRST_PAUSE_MS;
      }
      if (batch.length === BATCH) continue;
      if (isOnce) return count;
      await wait(LOOK_MS);
    } catch (error) {
      if (signal.aborted) break;
      if (isOnce || !(error instanceof BrokerError)) throw error;
      // The place is asked anew: what was sent may have got there.
      at = undefined;
      remark(target, `${error.message} (${errorCode(error)}); again in ${pause / 1_000} s`);
      await wait(pause);
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }
  return count;
}

async function placeOf(target: ShipTarget, { shipments }: Shipping): Promise<number> {
  const noted = await shipments.sentTo(target.id);
  return Math.max(noted, (await target.newest?.()) ?? 0);
}

async function sendOne(
  target: ShipTarget,
  batch: readonly AuditEvent[],
  { shipments, signal, sync }: Shipping,
): Promise<number> {
  await sync();
  await target.send(batch, signal);
  const last = batch.at(-1)?.seq ?? 0;
  await shipments.noteSent(target.id, last);
  return last;
}
