import type { Era } from './era.ts';
import type { JsonObject } from './json.ts';

/**
 * Why a known tool is neither listed nor called. A mark stays until an admin has looked.
 *
 * Attack: a server that changes a definition back and forth would lift its own quarantine.
 */
export type Quarantine =
  /** The running server defines it differently. */
  | {
      readonly reason: 'drifted';
      /** SHA-256, hex, of the running server's definition when that was first seen. */
      readonly liveHash: string;
      /** That definition; absent when it was too large to keep. */
      readonly live?: JsonObject;
    }
  /** It was never approved: it appeared later, or has a flag that blocks approval. */
  | { readonly reason: 'unapproved' }
  /** `tools quarantine` says so. */
  | { readonly reason: 'by_admin' }
  /** The reviewed lock file says so. */
  | { readonly reason: 'by_lock' };

/** One tool of a tool server as it was pinned. */
export interface PinnedTool {
  readonly name: string;
  /** The whole definition, unknown members included. Of an unapproved tool: as first seen. */
  readonly definition: JsonObject;
  /** SHA-256, hex, over the definition's canonical form (RFC 8785). */
  readonly hash: string;
  /** Absent: approved, and as it was approved. */
  readonly quarantine?: Quarantine;
}

/** What a tool server says of itself. */
export interface ServerIdentity {
  readonly era: Era;
  /** The protocol revision agreed on. */
  readonly revision: string;
  /** The client capabilities it was asked with: servers list differently by them. */
  readonly askedWith: JsonObject;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
}

/** What a tool server offers, whole, as first seen. */
export interface PinnedServer extends ServerIdentity {
  readonly server: string;
  /** Ordered by name. */
  readonly tools: readonly PinnedTool[];
  readonly pinnedAt: number;
}

/** What a tool server offers, as just read from it. */
export interface ServerOffer extends ServerIdentity {
  /** Whole definitions, in the server's order. Each has a string `name`; names are unique. */
  readonly tools: readonly JsonObject[];
}
