import type { AuditEvent, Checkpoint } from '../domain/event.ts';
import { member } from '../domain/json.ts';
import type { StatsBy, StatsRow } from './audit-stats.ts';
import {
  EVENT_FIELDS,
  type EventField,
  fieldOf,
  NUMBER_FIELDS,
  type NumberField,
  numberOf,
} from './event-fields.ts';
import { type Condition, isLeast } from './event-index.ts';
import type { StretchIndex } from './index-stretch.ts';
import type { LogStart } from './log-start.ts';

/** What an event itself must be; all given conditions hold. */
export type EventMatch = EventConditions & {
  /** The least its numbers must be, more than 0. */
  readonly atLeast?: { readonly [Field in NumberField]?: number };
  /** Values of any other members, each by its path: without an index, by reading what the others leave. */
  readonly where?: readonly (readonly [path: string, value: string])[];
};

/** What `audit query` may ask for. */
export interface EventFilter extends EventMatch {
  /** Epoch microseconds, inclusive. */
  readonly since?: number;
  /** Epoch microseconds, exclusive. */
  readonly until?: number;
  /** Only events after this sequence number. */
  readonly afterSeq?: number;
  /** Sequence numbers, both included. */
  readonly fromSeq?: number;
  readonly toSeq?: number;
  /** At most this many; the newest ones when `newest` is set. */
  readonly limit?: number;
  readonly newest?: boolean;
  /** The `limit` largest by a number, largest first, in place of the order of the log. */
  readonly largest?: NumberField;
}

/** Exact values, by field. */
export type EventConditions = { readonly [Field in EventField]?: string };

/** The conditions of a filter that have an index. */
export const conditionsOf = (filter: EventMatch): readonly Condition[] => [
  ...EVENT_FIELDS.flatMap((field): Condition[] => {
    const value = filter[field];
    return value === undefined ? [] : [[field, value]];
  }),
  ...NUMBER_FIELDS.flatMap((field): Condition[] => {
    const least = filter.atLeast?.[field];
    return least === undefined ? [] : [[field, least]];
  }),
];

/** Whether an event meets every condition. */
export const meets = (event: AuditEvent, conditions: readonly Condition[]): boolean =>
  conditions.every((condition) =>
    isLeast(condition)
      ? numberOf(event, condition[0]) >= condition[1]
      : fieldOf(event, condition[0]) === condition[1],
  );

/** Whether an event has each of these values at its path; of a list, one item must have it. */
export const hasMembers = (event: AuditEvent, where: EventMatch['where'] = []): boolean =>
  where.every(([path, value]) => hasMember(event, path.split('.'), value));

function hasMember(of: unknown, path: readonly string[], value: string): boolean {
  if (Array.isArray(of)) return of.some((item) => hasMember(item, path, value));
  const [name, ...rest] = path;
  if (name !== undefined) return hasMember(member(of, name), rest, value);
  return ['string', 'number', 'boolean'].includes(typeof of) && String(of) === value;
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
  /** What each session has used, by the newest `limit` of its events: costs that much, however long the log. */
  touched(sessions: readonly string[], limit: number): Promise<ReadonlyMap<string, Touched>>;
  /** Counts ended uses and refusals that meet a filter, by the values of fields, and all of them. */
  stats(
    filter: EventFilter,
    by: readonly StatsBy[],
  ): Promise<ReadonlyMap<StatsBy | 'all', readonly StatsRow[]>>;
  /**
   * Indexes what is whole and not indexed, a stretch a transaction, until `signal` aborts. What is not
   * indexed is found all the same, by reading it. `onProgress` is told how many stretches are left.
   *
   * @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_STORE_FAILED`.
   */
  completeIndex(options?: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (left: number) => void;
  }): Promise<void>;
  /**
   * Whether the stored index of each of these stretches is what its events give. One that is not stored,
   * which is no fault, is left out.
   */
  areIndexedAs(made: ReadonlyMap<number, StretchIndex>): Promise<ReadonlyMap<number, boolean>>;
  /** Rows of the stored index, from a stretch on. */
  indexRows(fromStretch: number): Promise<number>;
  /** Where the log starts; `undefined` while nothing was removed. Nothing before it is ever read. */
  start(): Promise<LogStart | undefined>;
  checkpoints(): Promise<readonly Checkpoint[]>;
}
