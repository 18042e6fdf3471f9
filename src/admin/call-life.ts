import type { AuditEvent } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';

/**
 * The whole life of the use that an event belongs to, in the log's order: its intent, what its tool
 * server asked on the way, its outcome, and what became of its approval. Just the event when it belongs
 * to none.
 */
export async function callLife(
  context: AdminContext,
  event: AuditEvent,
): Promise<readonly AuditEvent[]> {
  const life = new Map([[event.seq, event]]);
  const add = (found: readonly AuditEvent[]) => {
    for (const item of found) life.set(item.seq, item);
  };
  const begun = event.code === 'TG1001' ? event.seq : event.intent;
  if (begun !== undefined) {
    const intent = await context.events.get(begun);
    if (intent !== undefined) add([intent]);
    add(await context.events.query({ intent: String(begun), fromSeq: begun }));
  }
  const approvals = new Set([...life.values()].flatMap(({ approval }) => approval ?? []));
  for (const approval of approvals) add(await context.events.query({ approval }));
  return [...life.values()].sort((a, b) => a.seq - b.seq);
}
