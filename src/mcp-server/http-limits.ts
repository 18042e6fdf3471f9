import type { SessionLimits } from './http-sessions.ts';

/** Bounds of the HTTP face. */
export interface HttpLimits extends SessionLimits {
  /** Largest body read, bytes. */
  readonly maxBodyBytes: number;
  /** Members and items one body may hold. */
  readonly maxMembers: number;
  /** Bytes of bodies being received, in all and of one session. */
  readonly maxReceivingBytes: number;
  readonly maxReceivingBytesPerSession: number;
  /** Bytes of bodies whose requests are being answered, in all and of one session; beyond it 503. */
  readonly maxAnsweringBytes: number;
  readonly maxAnsweringBytesPerSession: number;
  /** Bytes of a refused body that may pass by unread before the connection is cut. */
  readonly maxDiscardBytes: number;
  /** Longest URL, characters. */
  readonly maxUrlLength: number;
  /** All headers of one request, bytes; beyond it the answer is 431. */
  readonly maxHeaderBytes: number;
  /**
   * Header lines of one request; beyond it the answer is 431. Below Node's 2,000, beyond which it
   * drops lines in silence, a second `Authorization` among them.
   */
  readonly maxHeaders: number;
  /** Open connections, in all and of one remote address; beyond it new ones are dropped. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Requests being answered, in all and of one session; beyond it the answer is 503. */
  readonly maxInFlight: number;
  readonly maxInFlightPerSession: number;
  /** Open `subscriptions/listen`, in all and of one session; beyond it the answer is 503. */
  readonly maxSubscriptions: number;
  readonly maxSubscriptionsPerSession: number;
  /** Milliseconds after which a request that is not answered gets an event stream, in 2025-11-25. */
  readonly streamAfterMs: number;
  /** Bytes of answers that wait for clients to read them, in all. */
  readonly maxUnreadBytes: number;
  /** Milliseconds to receive the headers; beyond it the answer is 408. */
  readonly headersMs: number;
  /** Milliseconds to receive the whole request; beyond it the answer is 408. */
  readonly receiveMs: number;
  /** Milliseconds a connection may stay open between two requests. */
  readonly idleMs: number;
  /** Milliseconds to wait for cancelled calls to settle when closing. */
  readonly settleMs: number;
}

/** The bounds unless told otherwise. */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  maxBodyBytes: 4 * 1024 * 1024,
  maxMembers: 10_000,
  maxReceivingBytes: 64 * 1024 * 1024,
  maxReceivingBytesPerSession: 16 * 1024 * 1024,
  maxAnsweringBytes: 128 * 1024 * 1024,
  maxAnsweringBytesPerSession: 32 * 1024 * 1024,
  maxDiscardBytes: 16 * 1024 * 1024,
  maxUrlLength: 2048,
  maxHeaderBytes: 32 * 1024,
  maxHeaders: 512,
  maxConnections: 1024,
  maxConnectionsPerAddress: 512,
  maxInFlight: 1024,
  maxInFlightPerSession: 256,
  maxSubscriptions: 1024,
  maxSubscriptionsPerSession: 32,
  streamAfterMs: 100,
  maxTransportSessions: 4096,
  maxTransportSessionsPerSession: 64,
  sessionIdleMs: 30 * 60_000,
  maxQuestions: 64,
  maxKeptBytes: 64 * 1024 * 1024,
  maxKeptBytesPerSession: 16 * 1024 * 1024,
  maxEventBytes: 8 * 1024 * 1024,
  maxEvents: 256,
  retryMs: 1000,
  detachedMs: 60_000,
  maxUnreadBytes: 64 * 1024 * 1024,
  headersMs: 10_000,
  receiveMs: 30_000,
  idleMs: 15_000,
  settleMs: 5000,
  maxQueuedBytes: 8 * 1024 * 1024,
  drainMs: 30_000,
  keepAliveMs: 15_000,
};
