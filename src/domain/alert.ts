import type { EventCode } from './event-codes.ts';
import type { Json } from './json.ts';

/** What somebody is told at once, beside the audit that has it: names and counts, no argument, no result. */
export interface Alert {
  readonly code: EventCode;
  readonly server?: string;
  readonly session?: string;
  readonly subject?: string;
  readonly detail?: Json;
}

/** Tells somebody. Never throws, never waits: nothing that is decided depends on it. */
export type RaiseAlert = (alert: Alert) => void;

/** Where alerts are sent, as the configuration says it. */
export interface AlertSpec {
  /** Where it stands: `alerts`. */
  readonly key: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}
