import type { Era } from './era.ts';
import type { JsonObject } from './json.ts';
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
  readonly onlyServer?: string | undefined;
  readonly clientInfo?: { readonly name: string; readonly version: string } | undefined;
  /** What the client says it can be asked: of `initialize`, or of the 2026 envelope. Unverified. */
  readonly clientCapabilities: JsonObject;
  readonly request: RpcRequest;
  /**
   * Values of the `Mcp-Param-*` headers by the rest of their names, in lower case; over HTTP in 2026
   * only. They are compared with the body once the call is permitted, or they would tell what exists.
   */
  readonly paramHeaders?: ReadonlyMap<string, string> | undefined;
  /** Aborted when the client cancels or goes away. */
  readonly signal: AbortSignal;
  /** Sends a notification that belongs to this request (progress, log messages). */
  readonly notify: (notification: RpcNotification) => void;
  /**
   * Asks the client something while it waits for this request's answer. Absent where there is no way:
   * in 2026, and over HTTP for a client that takes no stream. Aborting tells the client that the
   * question is void. Never rejects.
   */
  readonly ask?: ((question: Question, signal: AbortSignal) => Promise<Answer>) | undefined;
  /**
   * Whether anybody waits for the reply; absent where somebody always does. A request that was ended
   * by a question waits for the one that brings the answer: `false` when none came before `signal`
   * aborted or its time was over. Never rejects.
   */
  readonly isAwaited?: (signal: AbortSignal) => true | Promise<boolean>;
}

/** What a tool server asks of a client: a request of its own. */
export interface Question {
  readonly method: string;
  readonly params: JsonObject;
}

/** What became of a question. `cancelled`: nobody answers any more. */
export type Answer = RpcReply | { readonly kind: 'cancelled' };

/** The lists whose changes are told. */
export type ListKind = 'tools' | 'prompts' | 'resources';

/** What a client with an open channel is told unasked. */
export type SessionNews =
  /** What the client sees of a list has become another. */
  | { readonly kind: 'list_changed'; readonly of: ListKind }
  /** A resource it subscribed to has changed; `params` as the client is to get them. */
  | { readonly kind: 'resource_updated'; readonly params: JsonObject }
  /** Any other notification, as the client is to get it: a log message of a session's own tool server. */
  | { readonly kind: 'notification'; readonly notification: RpcNotification }
  /** Its session is over or suspended; told once. */
  | { readonly kind: 'ended' };

/** An open channel to a client of an authenticated session. */
export interface ClientChannel {
  readonly principal: Principal;
  readonly era: Era;
  /** As in `IncomingRequest`: the list it is told of is the one it sees. */
  readonly onlyServer?: string | undefined;
  readonly wants: ReadonlySet<ListKind>;
  tell(news: SessionNews): void;
  /** What the client sees or may use has become another: what was said before and is kept for it is let go. */
  letGo?(): void;
}

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
   * Tells a client with an open channel what it wants to hear, as far as its grant lets it see it.
   *
   * @returns stops telling.
   */
  watch(channel: ClientChannel): () => void;
  /**
   * Decides every entry of a `subscriptions/listen` and tells what it honours of it.
   *
   * @param tell hears nothing before the promise is settled, and nothing after `stop`.
   */
  listen(
    incoming: IncomingRequest,
    tell: (news: SessionNews) => void,
  ): Promise<Listening | BrokerReply>;
  /** Answers one request. `cancelled` means the client asked not to hear more. */
  handle(incoming: IncomingRequest): Promise<BrokerReply>;
}

/** A `subscriptions/listen` that is open. */
export interface Listening {
  readonly kind: 'listening';
  /** The subset of its filter that is honoured, as the client is told. */
  readonly honoured: JsonObject;
  /** Ends it. Idempotent. */
  stop(): void;
}

/** A reply to the client, or nothing because it cancelled. */
export type BrokerReply = RpcReply | { readonly kind: 'cancelled' } | SessionEnded;

/** The session ended under the request: HTTP answers 401, stdio its fixed error and the end. */
export interface SessionEnded {
  readonly kind: 'session_ended';
}
