import type { Era } from './era.ts';
import type { RpcNotification, RpcReply, RpcRequest } from './json-rpc.ts';
import type { Principal } from './principal.ts';
import type { CredentialReason, FormReason } from './reasons.ts';

/**
 * What a client presents: a bearer string as received, the session an embedded broker opened for a
 * profile, or the reason why a profile got none.
 */
export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'session'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly reason: CredentialReason };

/** Where a request came from, for the audit. */
export interface Origin {
  readonly transport: 'stdio' | 'http' | 'cli';
  /** Remote address, over HTTP. */
  readonly remote?: string;
}

/** Authentication's answer: a principal, or why not. The reason is recorded, never told. */
export type Authentication =
  | { readonly kind: 'authenticated'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly reason: CredentialReason };

/** One request of an authenticated client, as a face hands it in. */
export interface IncomingRequest {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly era: Era;
  /** The protocol revision the client speaks. */
  readonly revision: string;
  /** `undefined`: every granted server, tools as `server__tool`. Otherwise one server with its own names. */
  readonly onlyServer?: string;
  readonly clientInfo?: { readonly name: string; readonly version: string };
  readonly request: RpcRequest;
  /** Aborted when the client cancels or goes away. */
  readonly signal: AbortSignal;
  /** Sends a notification that belongs to this request (progress). */
  readonly notify: (notification: RpcNotification) => void;
}

/** What a client with an open channel is told unasked. */
export type SessionNews = 'tools_changed' | 'ended';

/** The broker as its faces see it. Never throws for what a client sent; every answer is a reply. */
export interface Broker {
  /**
   * Checks a credential against current state. Failures are counted and recorded here; nothing is
   * started, dialled or disclosed.
   */
  authenticate(credential: Credential | undefined, origin: Origin): Promise<Authentication>;
  /** Records how a session is used, with what the client says of itself: at first, and when that differs. */
  noteClient(
    principal: Principal,
    origin: Origin,
    clientInfo: { readonly name: string; readonly version: string } | undefined,
  ): Promise<void>;
  /**
   * Records that a face refused what it was sent before it was a request to decide on. Never rejects.
   *
   * @param principal who sent it, once authenticated; otherwise the refusal is summed per source.
   */
  noteRefusal(origin: Origin, reason: FormReason, principal?: Principal): Promise<void>;
  /** Whether `/mcp/<server>` exists for this principal. Recorded when it does not. */
  admitsServer(principal: Principal, origin: Origin, server: string): Promise<boolean>;
  /**
   * Watches a session for a client with an open channel: what it sees of tools has become another
   * (`tools_changed`), or its session is over or suspended (`ended`, once).
   *
   * @returns stops watching.
   */
  watch(principal: Principal, tell: (news: SessionNews) => void): () => void;
  /** Answers one request. `cancelled` means the client asked not to hear more. */
  handle(incoming: IncomingRequest): Promise<BrokerReply>;
}

/** A reply to the client, or nothing because it cancelled. */
export type BrokerReply = RpcReply | { readonly kind: 'cancelled' } | SessionEnded;

/** The session ended under the request: HTTP answers 401, stdio its fixed error and the end. */
export interface SessionEnded {
  readonly kind: 'session_ended';
}
