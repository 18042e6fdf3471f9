import type { AuditEvent } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';

const PAGE = 500;

/**
 * Events of uses that were decided, admitted and refused, in the log's order. Uses that failed before
 * they were decided are none.
 *
 * @param asked.since epoch microseconds.
 */
export async function* recordedUses(
  { events }: Pick<AdminContext, 'events'>,
  asked: { readonly since: number; readonly subject?: string },
): AsyncIterable<AuditEvent> {
  const [first] = await events.query({ since: asked.since, limit: 1 });
  if (first === undefined) return;
  for await (const page of events.pages(first.seq, PAGE)) {
    for (const event of page) {
      const isUse = event.code === 'TG1001' || event.code === 'TG1003';
      if (!isUse || event.decision === undefined) continue;
      if (asked.subject !== undefined && event.subject !== asked.subject) continue;
      yield event;
    }
  }
}
