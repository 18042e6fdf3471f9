import { BrokerError, errorCode } from '../domain/errors.ts';
import type { AuditEvent, EventDraft } from '../domain/event.ts';
import type { LinePlace } from './event-lines.ts';
import type { EventStore } from './event-store.ts';
import type { PlaceId } from './place-id.ts';

/** What a place did with the events it was sent. */
export type Sent =
  /** It has them, or said that it does not keep `rejected` of them. Sent again they would come twice. */
  | { readonly kind: 'taken'; readonly rejected: number }
  /** It does not take them as they are, now or later. */
  | { readonly kind: 'refused'; readonly why: string };

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
  readonly newest?: () => Promise<LinePlace | undefined>;
  /** Resolves once the place answered. @throws BrokerError `ERR_SHIP_FAILED` when it may take them later. */
  send(events: readonly AuditEvent[], signal: AbortSignal): Promise<Sent>;
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
  readonly events: Pick<EventStore, 'query' | 'head' | 'start' | 'get'>;
  readonly shipments: ShipmentStore;
  /** Makes durable what was read: a place must have nothing that a power cut takes away. */
  readonly sync: () => Promise<void>;
  /** Records an event. @throws BrokerError when it is not durable. */
  readonly record: (event: EventDraft) => Promise<unknown>;
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
/** Events that are named of those a place refused, in one record. */
const MAX_NAMED = 100;

/**
 * Sends a place what it does not have, in order, and goes on as events are written, until `signal`
 * aborts. What fails is tried again after a pause that doubles, up to five minutes: a batch may come
 * twice, and nothing is left out but what the place refuses by itself while it takes others. That is
 * recorded. Reads the log as any question does; no call waits for it.
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
      // One that refuses whatever it is sent was sent each event by itself.
      if (error.code === 'ERR_SHIP_REFUSED') pause = LONGEST_PAUSE_MS;
      remark(target, `${error.message} (${errorCode(error)}); again in ${pause / 1_000} s`);
      await wait(pause);
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }
  return count;
}

/**
 * Attack: whoever can write a place's file adds an event of a later number, and it gets nothing up to there;
 * or an older state is put back, and its own next events are those.
 */
async function placeOf(target: ShipTarget, { shipments, events }: Shipping): Promise<number> {
  const noted = await shipments.sentTo(target.id);
  const newest = await target.newest?.();
  if (newest === undefined) return noted;
  const start = await events.start();
  const hash = newest.seq === start?.seq ? start.hash : (await events.get(newest.seq))?.hash;
  // What was removed it had got before.
  if (newest.seq >= (start?.seq ?? 0) && hash !== newest.hash) {
    const what = `its last event, ${newest.seq}, is not of this log, or of a later state of it`;
    throw new BrokerError('ERR_SHIP_FAILED', `${target.key}: events were not taken: ${what}`, {
      hint: 'keep it under another name: a new one is begun with the next event',
    });
  }
  return Math.max(noted, newest.seq);
}

async function sendOne(
  target: ShipTarget,
  batch: readonly AuditEvent[],
  shipping: Shipping,
): Promise<number> {
  await shipping.sync();
  const { rejected, refused, why } = await sendApart(target, batch, shipping.signal);
  const last = batch.at(-1)?.seq ?? 0;
  if (rejected + refused.length > 0) {
    const { key } = target;
    await shipping.record({
      code: 'TG6006',
      detail: {
        place: key,
        from: batch[0]?.seq ?? 0,
        to: last,
        rejected,
        refused: refused.slice(0, MAX_NAMED),
        count: rejected + refused.length,
        ...(why === undefined ? {} : { why }),
      },
    });
    const how = why === undefined ? '' : ` (${why})`;
    shipping.remark(
      target,
      `${key}: ${rejected + refused.length} of events ${batch[0]?.seq} to ${last} were not kept${how}; see TG6006`,
    );
  }
  await shipping.shipments.noteSent(target.id, last);
  return last;
}

/**
 * Sends a batch, and halves what is refused until each event that is refused stands alone.
 *
 * @throws BrokerError `ERR_SHIP_REFUSED` when nothing of several is taken: that is about the place, and not
 * about events; `ERR_SHIP_FAILED` when one alone is not.
 */
async function sendApart(target: ShipTarget, batch: readonly AuditEvent[], signal: AbortSignal) {
  const todo: (readonly AuditEvent[])[] = [batch];
  const refused: number[] = [];
  let rejected = 0;
  let why: string | undefined;
  for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
    const sent = await target.send(part, signal);
    if (sent.kind === 'taken') {
      rejected += Math.min(part.length, sent.rejected);
      continue;
    }
    why = sent.why;
    const [first, ...others] = part;
    if (others.length === 0) refused.push(first?.seq ?? 0);
    else {
      const half = Math.ceil(part.length / 2);
      todo.unshift(part.slice(0, half), part.slice(half));
    }
  }
  if (refused.length + rejected === batch.length) {
    const message = `${target.key}: events were not taken: ${why ?? 'it rejected them'}`;
    // Of one alone nobody can say which it is about, until there is another.
    throw new BrokerError(batch.length > 1 ? 'ERR_SHIP_REFUSED' : 'ERR_SHIP_FAILED', message);
  }
  return { rejected, refused, why };
}
