import type { AuditEvent } from '../domain/event.ts';
import { EVENT_CODES } from '../domain/event-codes.ts';
import { formatMicros } from './format-instant.ts';

/** Columns of a table of events. */
export const EVENT_HEADER = ['SEQ', 'AT', 'EVENT', 'SUBJECT', 'WHAT', 'RESULT', 'RULE'] as const;

/** One event as a row for people. */
export const eventRow = (event: AuditEvent): readonly string[] => [
  String(event.seq),
  formatMicros(event.at),
  `${event.code} ${EVENT_CODES[event.code] ?? 'unknown'}`,
  event.subject ?? '-',
  whatOf(event),
  [event.decision, event.outcome, event.reason].filter((part) => part !== undefined).join(' ') ||
    '-',
  event.rule === undefined ? '-' : `${event.rule.file}:${event.rule.line}`,
];

function whatOf(event: AuditEvent): string {
  if (event.server !== undefined) {
    return event.tool === undefined ? event.server : `${event.server}/${event.tool}`;
  }
  return event.method ?? event.actor?.command ?? event.session ?? '-';
}
