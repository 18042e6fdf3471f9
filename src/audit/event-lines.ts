import type { AuditEvent } from '../domain/event.ts';
import type { EventFormat } from '../domain/ship-spec.ts';
import { visibleJson } from '../domain/unseen.ts';
import { ocsfEvent } from './ocsf-event.ts';

/** An event, as it is recognised in what was made of it. */
export interface LinePlace {
  readonly seq: number;
  readonly hash: string;
}

/**
 * An event as one line of JSON, its line feed included, nothing hidden in it. `jsonl`: as it is hashed. Attack:
 * a name that acts on the terminal of whoever looks at the file.
 */
export function eventLine(event: AuditEvent, format: EventFormat, version: string): string {
  const value = format === 'ocsf' ? ocsfEvent(event, version) : event;
  return `${visibleJson(JSON.stringify(value))}\n`;
}

/** Which event a line was made of; `undefined` when it was made of none. */
export function placeOfLine(line: string): LinePlace | undefined {
  try {
    const value = JSON.parse(line) as {
      readonly seq?: unknown;
      readonly hash?: unknown;
      readonly metadata?: { readonly sequence?: unknown; readonly uid?: unknown };
    } | null;
    const seq = value?.metadata?.sequence ?? value?.seq;
    const hash = value?.metadata?.uid ?? value?.hash;
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq)) return undefined;
    return typeof hash === 'string' ? { seq, hash } : undefined;
  } catch {
    return undefined;
  }
}
