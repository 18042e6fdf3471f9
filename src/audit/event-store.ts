import type { AuditEvent, Checkpoint } from '../domain/event.ts';

/** What `audit query` may ask for; all given conditions hold. */
export interface EventFilter {
  readonly session?: string;
  readonly subject?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly outcome?: string;
  readonly decision?: 'permit' | 'deny';
  /** Epoch microseconds, inclusive. */
  readonly since?: number;
  /** Epoch microseconds, exclusive. */
  readonly until?: number;
  /** Only events after this sequence number. */
  readonly afterSeq?: number;
  /** At most this many; the newest ones when `newest` is set. */
  readonly limit?: number;
  readonly newest?: boolean;
}

/** An event as it lies in the store, not yet believed. */
export interface StoredEvent {
  readonly seq: number;
  /** Hex SHA-256 of `body`. */
  readonly hash: string;
  /** The event's canonical JSON without `hash`; what is queried is computed from this text. */
  readonly body: string;
}

/** What uses of one session went to. */
export interface Touched {
  /** By server and tool, `null` for its prompts and resources; `calls` are uses admitted. */
  readonly tools: readonly {
    readonly server: string;
    readonly tool: string | null;
    readonly calls: number;
  }[];
  /** Whether every event of the session was looked at. */
  readonly isWhole: boolean;
}

/** Reads the audit. Appending is `admit/`'s, so that nothing is written outside its transaction. */
export interface EventStore {
  /** One event by sequence number. */
  get(seq: number): Promise<AuditEvent | undefined>;
  /** Matching events in ascending order. */
  query(filter: EventFilter): Promise<readonly AuditEvent[]>;
  /** Every event from `fromSeq` on, ascending, a page at a time: no transaction outlives a page. */
  pages(fromSeq: number, pageSize: number): AsyncIterable<readonly AuditEvent[]>;
  /** Like `pages`, as stored: what `verify` reads, since a row may have been tampered with. */
  rows(fromSeq: number, pageSize: number): AsyncIterable<readonly StoredEvent[]>;
  /** What is wrong beneath the rows: another table layout, an index that disagrees. Empty when sound. */
  check(): Promise<readonly string[]>;
  /** Sequence number and hash of the newest event; `undefined` for an empty chain. */
  head(): Promise<{ readonly seq: number; readonly hash: string; readonly at: number } | undefined>;
  /** What a session has used, by the newest `limit` of its events: costs that much, however long the log. */
  touched(session: string, limit: number): Promise<Touched>;
  checkpoints(): Promise<readonly Checkpoint[]>;
}
