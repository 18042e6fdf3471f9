import type { AuditEvent } from '../domain/event.ts';
import {
  conditionsOf,
  type EventFilter,
  type EventMatch,
  type EventStore,
  hasMembers,
  meets,
} from './event-store.ts';

/**
 * Yields matching events as they are appended, starting after `filter.afterSeq`, until `signal`
 * aborts. `wait` is the pause between two looks and resolves early on abort.
 */
export async function* followEvents(
  store: EventStore,
  filter: EventMatch & Pick<EventFilter, 'afterSeq'>,
  options: { readonly signal: AbortSignal; readonly wait: () => Promise<void> },
): AsyncIterable<AuditEvent> {
  const conditions = conditionsOf(filter);
  let afterSeq = filter.afterSeq ?? 0;
  while (!options.signal.aborted) {
    // What is new is short, and not in the index yet.
    const found = await store.query({ afterSeq, limit: PAGE });
    for (const event of found) {
      if (meets(event, conditions) && hasMembers(event, filter.where)) yield event;
      afterSeq = event.seq;
    }
    if (found.length < PAGE && !options.signal.aborted) await options.wait();
  }
}

/**
 * Yields at once, and again whenever the log has grown or `isDue` says so, until `signal` aborts. Costs
 * one look at the newest event each time, however many were appended.
 */
export async function* followHead(
  store: EventStore,
  options: {
    readonly signal: AbortSignal;
    readonly wait: () => Promise<void>;
    readonly isDue: () => boolean;
  },
): AsyncIterable<void> {
  let seen: number | undefined;
  do {
    const seq = (await store.head())?.seq ?? 0;
    if (seq !== seen || options.isDue()) {
      seen = seq;
      yield;
    }
    if (!options.signal.aborted) await options.wait();
  } while (!options.signal.aborted);
}

const PAGE = 500;
