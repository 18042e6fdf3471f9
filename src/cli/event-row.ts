import type { AuditEvent } from '../domain/event.ts';
import { EVENT_CODES } from '../domain/event-codes.ts';
import { isJsonObject, member, stringMember } from '../domain/json.ts';
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

/** What an event is about: the object of what was done, rather than who did it. */
function whatOf(event: AuditEvent): string {
  const { server, tool, prompt, resource, template, detail } = event;
  switch (event.code) {
    case 'TG2001':
      return countsOf(member(detail, 'failures'));
    case 'TG2002':
    case 'TG2003':
    case 'TG2004':
    case 'TG2005':
    case 'TG2011':
    case 'TG2012':
    case 'TG2016':
      return event.session ?? '-';
    case 'TG2006':
    case 'TG2007':
    case 'TG2013':
      return event.client ?? '-';
    case 'TG2008':
    case 'TG2009':
      return stringMember(detail, 'file') ?? '-';
    case 'TG3001':
    case 'TG3002':
    case 'TG3003':
    case 'TG3004':
      return stringMember(detail, 'grant') ?? '-';
    case 'TG5003':
      return stringMember(detail, 'instance') ?? '-';
    case 'TG6001':
    case 'TG6002':
      return event.actor === undefined ? '-' : `uid ${event.actor.uid}: ${event.actor.command}`;
    case 'TG9001':
    case 'TG9002':
    case 'TG9003':
      return noticedOf(detail) ?? event.session ?? '-';
    case 'TG9004':
      return stringMember(detail, 'grant') ?? '-';
    default:
      if (server !== undefined) {
        if (tool !== undefined) return `${server}/${tool}`;
        if (prompt !== undefined) return `prompt:${server}/${prompt}`;
        if (resource !== undefined) return `resource:${server}/${resource}`;
        return template === undefined ? server : `template:${server}/${template}`;
      }
      return event.method ?? event.session ?? '-';
  }
}

/** A signal, what was done about it, and what it was at: `data_driven hold toy/send_mail`. */
function noticedOf(detail: AuditEvent['detail']): string | undefined {
  const parts = ['signal', 'step', 'thing'].map((name) => stringMember(detail, name));
  return parts.filter((part) => part !== undefined).join(' ') || undefined;
}

/** Reasons with how often each: `expired 2, malformed 1`. */
const countsOf = (counts: unknown): string =>
  isJsonObject(counts)
    ? Object.entries(counts)
        .map(([reason, count]) => `${reason} ${String(count)}`)
        .join(', ')
    : '-';
