import type { EventFilter } from '../audit/event-store.ts';
import { followEvents, followHead } from '../audit/follow.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';

/** Milliseconds between two looks at the log while following it. */
const FOLLOW_MS = 250;

/** Matching events, in the log's order. */
export const queryAudit = (
  context: AdminContext,
  filter: EventFilter,
): Promise<readonly AuditEvent[]> => context.events.query(filter);

/**
 * One event.
 *
 * @throws BrokerError `ERR_NOT_FOUND`.
 */
export async function findEvent(context: AdminContext, seq: number): Promise<AuditEvent> {
  const event = await context.events.get(seq);
  if (event === undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `no event ${seq}`, {
      hint: 'see `toolgrant audit tail` for the newest',
    });
  }
  return event;
}

/**
 * Events after `afterSeq` as they are written, until `signal` is aborted.
 *
 * @param wait resolves after so many milliseconds, or at once when the signal is aborted.
 */
export const followAudit = (
  context: AdminContext,
  afterSeq: number,
  signal: AbortSignal,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): AsyncIterable<AuditEvent> =>
  followEvents(context.events, { afterSeq }, { signal, wait: () => wait(FOLLOW_MS, signal) });

/** Yields at once and whenever the log has moved or `isDue`, as `followAudit` looks at it. */
export const followMoves = (
  context: AdminContext,
  signal: AbortSignal,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
  isDue: () => boolean,
): AsyncIterable<void> =>
  followHead(context.events, { signal, wait: () => wait(FOLLOW_MS, signal), isDue });
