import type { ConditionResult, RuleRef } from './decision.ts';
import type { EventCode } from './event-codes.ts';
import type { InstanceId, SessionId } from './ids.ts';
import type { Json } from './json.ts';

/** Who ran an admin command: the OS's word for it, not the person's. */
export interface Actor {
  /** `-1` where the platform has none. */
  readonly uid: number;
  readonly pid: number;
  /** Whether standard input was a terminal. */
  readonly terminal: boolean;
  /** The command without its arguments' values, such as `grant revoke`. */
  readonly command: string;
}

/** How a call ended. `unknown`: the broker died between intent and outcome. */
export type Outcome =
  | 'ok'
  | 'tool_error'
  | 'rpc_error'
  | 'failed'
  | 'cancelled'
  | 'withheld'
  | 'refused'
  | 'unknown';

/**
 * What happened, before it has a place in the chain. Absent members stay absent in the hash, so add
 * members freely and never change what one means.
 */
export interface EventDraft {
  readonly code: EventCode;
  readonly actor?: Actor;
  readonly session?: SessionId;
  readonly subject?: string;
  /** Profile name of the client. */
  readonly client?: string;
  /** What the client calls itself; unverified. */
  readonly clientInfo?: { readonly name: string; readonly version: string };
  readonly transport?: 'stdio' | 'http' | 'cli';
  /** Remote address of an HTTP client. */
  readonly remote?: string;
  /** Protocol revision the client spoke. */
  readonly revision?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly prompt?: string;
  /** URI of a resource. */
  readonly resource?: string;
  /** RFC 6570 template of a resource template. */
  readonly template?: string;
  /** MCP method, for what is not a tool call. */
  readonly method?: string;
  /** SHA-256, hex, of the pinned definition. */
  readonly definitionHash?: string;
  /** The client's JSON-RPC id, as text. */
  readonly requestId?: string;
  /** `traceparent` from `_meta`. */
  readonly trace?: string;
  readonly decision?: 'permit' | 'deny';
  /** A `DenyReason`, `CredentialReason` or `BrokerErrorCode`; `unclaimed` of a result nobody came for. */
  readonly reason?: string;
  readonly rule?: RuleRef;
  /** Conditions that took part in the decision, each with its rule's grant and zero-based place. */
  readonly conditions?: readonly Pick<ConditionResult, 'grant' | 'index' | 'result'>[];
  /** What a rule on trial (`enforce: false`) would have refused it for: a `DenyReason`. */
  readonly wouldRefuse?: string;
  /** Of a refusal that ends by itself: when, epoch milliseconds. */
  readonly retryAt?: number;
  /** The approval it is about, or that it used. */
  readonly approval?: string;
  /** Redacted per `audit.arguments`. */
  readonly args?: Json;
  /** HMAC-SHA256, hex, over the canonical arguments. */
  readonly argsHmac?: string;
  /** HMAC-SHA256, hex, over the canonical result. */
  readonly resultHmac?: string;
  /** UTF-8 bytes of the result as released. */
  readonly resultBytes?: number;
  /** Kinds of content of the result: `text`, `image image/png`, `structured`. */
  readonly resultTypes?: readonly string[];
  readonly durationUs?: number;
  readonly outcome?: Outcome;
  /** The intent an outcome closes. */
  readonly intent?: number;
  readonly epoch?: number;
  /** Anything else, by code. Never a secret. */
  readonly detail?: Json;
}

/** An event in its place. */
export interface AuditEvent extends EventDraft {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly chain: string;
  /** Epoch microseconds; never less than the event before it. */
  readonly at: number;
  readonly instance: InstanceId;
  /** Hex SHA-256 of the event before; 64 zeros for the first. */
  readonly prev: string;
  /** Hex SHA-256 over `prev` and every other member, canonical (RFC 8785). */
  readonly hash: string;
}

/** A signed statement of the chain's head. Kept elsewhere, it proves that nothing up to it was removed. */
export interface Checkpoint {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
  /** Epoch microseconds. */
  readonly at: number;
  /** The signing key's id. */
  readonly kid: string;
  /** Ed25519 over the note that states the other members, base64url. */
  readonly signature: string;
}
