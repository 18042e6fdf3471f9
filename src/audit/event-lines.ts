import type { AuditEvent } from '../domain/event.ts';
import type { EventFormat } from '../domain/ship-spec.ts';
import { ocsfEvent } from './ocsf-event.ts';

/** An event as one line of JSON, its line feed included. `jsonl`: as it is hashed. */
export function eventLine(event: AuditEvent, format: EventFormat, version: string): string {
  const value = format === 'ocsf' ? ocsfEvent(event, version) : event;
  return `${JSON.stringify(value)}\n`;
}

/** The sequence number of the event a line was made of; `undefined` when it was made of none. */
export function seqOfLine(line: string): number | undefined {
  try {
    const value = JSON.parse(line) as {
      readonly seq?: unknown;
      readonly metadata?: { readonly sequence?: unknown };
    } | null;
    const seq = value?.metadata?.sequence ?? value?.seq;
    return Number.isSafeInteger(seq) ? (seq as number) : undefined;
  } catch {
    return undefined;
  }
}
