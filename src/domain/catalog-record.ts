import type { Era } from './era.ts';
import type { JsonObject } from './json.ts';

/** One tool of a tool server as it was pinned. */
export interface PinnedTool {
  readonly name: string;
  /** The whole definition, unknown members included. */
  readonly definition: JsonObject;
  /** SHA-256, hex, over the definition's canonical form (RFC 8785). */
  readonly hash: string;
  /** Set when the running server's definition was last seen to differ: its hash, or `removed`. */
  readonly drift?: string;
}

/** What a tool server offers, whole, as first seen. */
export interface PinnedServer {
  readonly server: string;
  readonly era: Era;
  /** The protocol revision agreed on. */
  readonly revision: string;
  /** The client capabilities it was asked with: servers list differently by them. */
  readonly askedWith: JsonObject;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  /** Ordered by name. */
  readonly tools: readonly PinnedTool[];
  readonly pinnedAt: number;
}

/** What a tool server offers, as just read from it. */
export interface ServerOffer {
  readonly era: Era;
  readonly revision: string;
  readonly askedWith: JsonObject;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  /** Whole definitions, in the server's order. Each has a string `name`; names are unique. */
  readonly tools: readonly JsonObject[];
}
