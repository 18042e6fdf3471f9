import type { SessionId } from '../domain/ids.ts';
import type { CancelTimer } from './timers.ts';
import type { ToolServerConnection, ToolServerSpec } from './tool-server.ts';

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
  readonly key: string;
  readonly spec: ToolServerSpec;
  readonly owner: ConnectionOwner;
  /** Epoch milliseconds from which nobody can use it: its session's end, when it has one of its own. */
  readonly expiresAt: number | undefined;
  readonly starting: Promise<ToolServerConnection>;
  /** Gives up a start; ends nothing that is live. */
  readonly giveUp: AbortController;
  connection: ToolServerConnection | undefined;
  /** Monotonic milliseconds. */
  startedAt: number;
  /** Monotonic milliseconds. */
  lastUsedAt: number;
  /** Callers that wait for the start or hold a lease. */
  users: number;
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

/** Identifies a connection: two callers share one if and only if their keys are equal. */
export function entryKey(
  spec: ToolServerSpec,
  owner: Pick<LeaseOwner, 'sessionId' | 'subject'>,
): string {
  switch (spec.isolation) {
    case 'session':
      return JSON.stringify([spec.name, 'session', owner.sessionId]);
    case 'subject':
      return JSON.stringify([spec.name, 'subject', owner.subject]);
    case 'shared':
      return JSON.stringify([spec.name, 'shared']);
  }
}
