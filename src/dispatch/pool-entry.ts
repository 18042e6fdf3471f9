import type { Era } from '../domain/era.ts';
import type { SessionId } from '../domain/ids.ts';
import type { CancelTimer } from './timers.ts';
import type { ToolServerConnection, ToolServerSpec } from './tool-server.ts';
import type { Turns } from './turns.ts';

/** On whose behalf a connection is asked for. */
export interface LeaseOwner {
  readonly sessionId: SessionId;
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly sessionExpiresAt: number;
}

/** Whom a connection belongs to: as much of its owner as its isolation tells apart. */
export interface ConnectionOwner {
  readonly sessionId?: SessionId;
  readonly subject?: string;
}

/** One connection of the pool, from the moment its start is decided. */
export interface PoolEntry {
  /** Whose it is and of which server: `entryKey`. */
  readonly key: string;
  /** The client capabilities it is shown, canonical; a server of the 2026 era is shown them per call. */
  readonly form: string;
  readonly spec: ToolServerSpec;
  readonly owner: ConnectionOwner;
  /** Epoch milliseconds from which nobody can use it: its session's end, when it has one of its own. */
  readonly expiresAt: number | undefined;
  readonly starting: Promise<ToolServerConnection>;
  /** Gives up a start; ends nothing that is live. */
  readonly giveUp: AbortController;
  connection: ToolServerConnection | undefined;
  /** As far as it is known: of the connection, or of the catalog while that starts. */
  era: Era | undefined;
  /** Given when it carries one call at a time. */
  turns: Turns | undefined;
  /** Monotonic milliseconds. */
  startedAt: number;
  /** Monotonic milliseconds. */
  lastUsedAt: number;
  /** Callers that wait for the start or hold a lease. */
  users: number;
  /** What goes on without a call: subscriptions. */
  kept: number;
  /** Started for what the server offers, and used for nothing else so far. */
  isForOffer: boolean;
  cancelIdle: CancelTimer | undefined;
  cancelExpiry: CancelTimer | undefined;
  /** Set when the pool itself ends it, so that its end is no failure. */
  isEnding: boolean;
}

/** The part of an owner that a server's isolation tells apart. */
export function ownerOf(spec: ToolServerSpec, owner: LeaseOwner): ConnectionOwner {
  switch (spec.isolation) {
    case 'session':
      return { sessionId: owner.sessionId, subject: owner.subject };
    case 'subject':
      return { subject: owner.subject };
    case 'shared':
      return {};
  }
}

/**
 * Says whose a connection is: two callers share one only if their keys are equal, and in the 2025 era
 * only if it is shown the same client capabilities.
 */
export function entryKey(
  spec: ToolServerSpec,
  owner: Pick<LeaseOwner, 'sessionId' | 'subject'>,
): string {
  // Blanks part it: there is none in a server's name, and whose it is comes last.
  switch (spec.isolation) {
    case 'session':
      return `${spec.name} session ${owner.sessionId}`;
    case 'subject':
      return `${spec.name} subject ${owner.subject}`;
    case 'shared':
      return `${spec.name} shared`;
  }
}

/** The connections of a pool that can be reached. */
export interface Entries {
  add(entry: PoolEntry): void;
  remove(entry: PoolEntry): void;
  /** Those of one key, in order of their start. */
  of(key: string): readonly PoolEntry[];
  all(): PoolEntry[];
}

const NONE: readonly PoolEntry[] = [];

/** Makes an empty set of connections. */
export function createEntries(): Entries {
  /** No list is changed once it is here: who goes through one is not disturbed. */
  const byKey = new Map<string, readonly PoolEntry[]>();
  const of = (key: string): readonly PoolEntry[] => byKey.get(key) ?? NONE;
  return {
    add: (entry) => void byKey.set(entry.key, [...of(entry.key), entry]),
    remove(entry) {
      const others = of(entry.key).filter((other) => other !== entry);
      if (others.length > 0) byKey.set(entry.key, others);
      else byKey.delete(entry.key);
    },
    of,
    all: () => [...byKey.values()].flat(),
  };
}
