import { hash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';

/** The `prev` of a chain's first event. */
export const FIRST_PREV = '0'.repeat(64);

/** The one chain of an embedded store. */
export const MAIN_CHAIN = 'main';

/** The text an event's hash covers: its canonical JSON (RFC 8785) without `hash`, `prev` included. */
export const eventBody = (event: Omit<AuditEvent, 'hash'>): string =>
  canonicalJson(event as unknown as Json);

/** Hex SHA-256 of an event's body text. */
export const hashBody = (body: string): string => hash('sha256', body, 'hex');

/** Hex SHA-256 of an event: over `prev` and every other member but `hash`. */
export function hashEvent(event: AuditEvent | Omit<AuditEvent, 'hash'>): string {
  const { hash: _, ...members } = event as AuditEvent;
  return hashBody(eventBody(members));
}
