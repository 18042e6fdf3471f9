/** Bounds of the stdio face. */
export interface StdioLimits {
  /** Longest message read, bytes. Default 4 MiB. */
  readonly maxMessageBytes: number;
  /** Members and items one message may hold. Default 10000. */
  readonly maxMembers: number;
  /** Bytes that may wait for a client that does not read, before it is dropped. Default 64 MiB. */
  readonly maxQueuedBytes: number;
  /** Milliseconds a line may wait for a client that reads nothing, before it is dropped. Default 30 s. */
  readonly drainMs: number;
  /** Requests in flight; one beyond is answered `-32603`. Default 1024. */
  readonly maxInFlight: number;
  /** Open subscriptions; one beyond is answered `-32603`. Default 32. */
  readonly maxSubscriptions: number;
  /** Questions that wait for the client's answer. Default 64. */
  readonly maxQuestions: number;
  /** Milliseconds that calls in flight may still take when input ends. Default 500. */
  readonly graceMs: number;
  /** Milliseconds to wait for cancelled calls to settle. Default 5000. */
  readonly settleMs: number;
}

/** The bounds unless told otherwise. */
export const DEFAULT_STDIO_LIMITS: StdioLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxMembers: 10_000,
  maxQueuedBytes: 64 * 1024 * 1024,
  drainMs: 30_000,
  maxInFlight: 1024,
  maxSubscriptions: 32,
  maxQuestions: 64,
  graceMs: 500,
  settleMs: 5000,
};
