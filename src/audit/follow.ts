import type { AuditEvent } from '../domain/event.ts';
import type { EventFilter, EventStore } from './event-store.ts';

/**
 * Yields matching events as they are appended, starting after `filter.afterSeq`, until `signal`
 * aborts. `wait` is the pause between two looks and resolves early on abort.
 */
export async function* followEvents(
  store: EventStore,
  filter: Omit<EventFilter, 'limit' | 'newest'>,
  options: { readonly signal: AbortSignal; readonly wait: () => Promise<void> },
): AsyncIterable<AuditEvent> {
  let afterSeq = filter.afterSeq ?? 0;
  while (!options.signal.aborted) {
    const found = await store.query({ ...filter, afterSeq, limit: PAGE });
    for (const event of found) {
      yield event;
      afterSeq = event.seq;
    }
    if (found.length < PAGE && !options.signal.aborted) await options.wait();
  }
}

const PAGE = 500;
