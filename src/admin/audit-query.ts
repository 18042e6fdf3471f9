import type { StatsBy, StatsRow } from '../audit/audit-stats.ts';
import type { EventField } from '../audit/event-fields.ts';
import { isLeast } from '../audit/event-index.ts';
import { STRETCH } from '../audit/event-marks.ts';
import { conditionsOf, type EventFilter, type EventMatch } from '../audit/event-store.ts';
import { followEvents, followHead } from '../audit/follow.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';

/** Milliseconds between two looks at the log while following it. */
const FOLLOW_MS = 250;

/**
 * Makes questions short: indexes what no broker has indexed. Where it cannot, as on a full disk, they are
 * answered all the same.
 *
 * @param onProgress is told how many thousand events are left to index.
 */
export async function hastenQuestions(
  { events }: AdminContext,
  onProgress: (left: number) => void,
): Promise<void> {
  try {
    await events.completeIndex({
      onProgress: (stretches) => onProgress((stretches * STRETCH) / 1_000),
    });
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
  }
}

/** Matching events, in the log's order, or largest first. */
export const queryAudit = (
  context: AdminContext,
  filter: EventFilter,
): Promise<readonly AuditEvent[]> => context.events.query(filter);

/**
 * The values a filter asks for that no event has at all: of a question without an answer most likely what was
 * mistyped.
 */
export async function unknownValues(
  { events }: AdminContext,
  filter: EventMatch,
): Promise<readonly (readonly [field: EventField, value: string])[]> {
  const unknown: [EventField, string][] = [];
  for (const condition of conditionsOf(filter)) {
    if (isLeast(condition)) continue;
    const [field, value] = condition;
    const [one] = await events.query({ [field]: value, newest: true, limit: 1 });
    if (one === undefined) unknown.push([field, value]);
  }
  return unknown;
}

/** Ended uses and refusals that meet a filter, counted by the values of fields, and together (`all`). */
export const statsOfAudit = (
  context: AdminContext,
  filter: EventFilter,
  by: readonly StatsBy[],
): Promise<ReadonlyMap<StatsBy | 'all', readonly StatsRow[]>> => context.events.stats(filter, by);

/**
 * One event.
 *
 * @throws BrokerError `ERR_NOT_FOUND`.
 */
export async function findEvent(context: AdminContext, seq: number): Promise<AuditEvent> {
  const event = await context.events.get(seq);
  if (event === undefined) {
    const removed = (await context.events.start())?.seq ?? 0;
    if (seq <= removed) {
      throw new BrokerError('ERR_NOT_FOUND', `event ${seq} was removed`, {
        hint: `the log starts with event ${removed + 1}; what is older is in backups and exports`,
      });
    }
    throw new BrokerError('ERR_NOT_FOUND', `no event ${seq}`, {
      hint: 'see `toolgrant audit tail` for the newest',
    });
  }
  return event;
}

/**
 * Matching events as they are written, until `signal` is aborted.
 *
 * @param wait resolves after so many milliseconds, or at once when the signal is aborted.
 */
export const followAudit = (
  context: AdminContext,
  filter: EventMatch & Pick<EventFilter, 'afterSeq'>,
  signal: AbortSignal,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): AsyncIterable<AuditEvent> =>
  followEvents(context.events, filter, { signal, wait: () => wait(FOLLOW_MS, signal) });

/** Yields at once and whenever the log has moved or `isDue`, as `followAudit` looks at it. */
export const followMoves = (
  context: AdminContext,
  signal: AbortSignal,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
  isDue: () => boolean,
): AsyncIterable<void> =>
  followHead(context.events, { signal, wait: () => wait(FOLLOW_MS, signal), isDue });
