import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { PermitTerms } from '../domain/rule-terms.ts';
import type { SessionLimits, SpentLimit } from '../domain/session-limits.ts';
import type { SessionState } from '../domain/session-record.ts';

/** Why an append that depends on current rights was not made. Nothing was written. */
export type NotAppended =
  /** The epoch moved since the decision; decide again at this one. */
  | { readonly kind: 'stale'; readonly epoch: number }
  /** The session is no longer usable (state, or its expiry has passed). */
  | { readonly kind: 'session_ended'; readonly state: SessionState }
  /** The grant's limits in this session are used up. */
  | { readonly kind: 'spent'; readonly limit: SpentLimit }
  /** A rate of the rule is used up; when it has room again, epoch milliseconds. */
  | { readonly kind: 'rate_spent'; readonly retryAt: number }
  /** There is no approval of this very use that is good and unused. */
  | { readonly kind: 'unapproved' }
  /** The clock is behind the last event by more than the skew. */
  | { readonly kind: 'clock_behind' }
  /** Everything is halted. */
  | { readonly kind: 'halted' }
  /** The store stayed busy for the whole waiting time. */
  | { readonly kind: 'contended' };

/** An event was appended and is durable to the configured degree. */
export interface Appended {
  readonly kind: 'appended';
  readonly seq: number;
  /** Epoch microseconds, as recorded. */
  readonly at: number;
}

/** A use about to be admitted, and what its rule asks of it. */
export interface AdmissionRequest {
  readonly epoch: number;
  readonly sessionId: SessionId;
  readonly intent: EventDraft;
  /** Of the grant of the intent's rule. */
  readonly limits?: SessionLimits | undefined;
  /** Of the intent's rule: what its uses are counted under, and how often it permits. */
  readonly terms?: Pick<PermitTerms, 'ruleKey' | 'rates'> | undefined;
  /** What the approval it needs is found by. */
  readonly approval?: string | undefined;
  /**
   * The intent that this is a further round of, as the state says that its tool server had sealed: it is
   * not counted again, and goes on under the same approval. Good once, whoever brings it how often.
   */
  readonly continues?: number | undefined;
}

/**
 * The one transaction. Concurrent appends share a commit; a lone one does not wait for company. A
 * busy store is retried asynchronously with a few milliseconds of jitter. No transaction spans an
 * await.
 */
export interface AdmissionStore {
  /**
   * The current epoch, read synchronously and at most once in a callback of the event loop, so that no
   * revoking command, which waits for an answer of this process, can have returned between the read and
   * the write it guards.
   *
   * @throws BrokerError when state cannot be read: no state, no answer.
   */
  epoch(): number;
  /**
   * Whether the clock is behind an event this process knows of by more than the skew. Rights that
   * expire cannot be judged by such a clock; admission and release look at the very last event.
   */
  isClockBehind(): boolean;
  /**
   * Appends an intent if the epoch is `epoch`, nothing is halted, the session is active and unexpired,
   * the grant of the intent's rule has something left of its limits, the rule's rates have room and the
   * approval it needs is there; counts the call in its session, under that grant and under that rule, and
   * uses the approval up, which the intent names. An intent that says `wouldRefuse` takes no place under
   * a rate. Waits at most 250 ms for a busy store.
   *
   * @throws BrokerError `ERR_STORE_FAILED` when the event could not be made durable.
   */
  admit(request: AdmissionRequest): Promise<Appended | NotAppended>;
  /**
   * Appends the outcome of a result about to be released, a tool server's question about to be asked
   * of the client, or the client's answer about to be handed on, under the same conditions as `admit`.
   * Waits at most 5 s for a busy store: the call has had its effect.
   */
  release(request: {
    readonly epoch: number;
    readonly sessionId: SessionId;
    readonly outcome: EventDraft;
  }): Promise<Appended | NotAppended>;
  /**
   * Appends an event that holds whatever the state is: a refusal, a withheld or failed outcome.
   * Waits at most 5 s for a busy store.
   *
   * @throws BrokerError `ERR_STORE_CONTENDED` or `ERR_STORE_FAILED`; nothing was written.
   */
  record(event: EventDraft): Promise<Appended>;
}
