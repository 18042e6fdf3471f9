import type { Era } from './era.ts';
import type { ItemFlag } from './item-flag.ts';
import type { JsonObject } from './json.ts';
import type { ServerChange, ServerOrigin } from './server-origin.ts';

/**
 * Why a known item is neither listed nor used. A mark stays until an admin has looked.
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

/** What is pinned of a tool server: each of these is listed to clients or read by the model. */
export type ItemKind = 'tool' | 'prompt' | 'template' | 'instructions';

/** One thing a tool server offers as it was pinned. */
export interface PinnedItem {
  /** A tool's or prompt's own name; a resource template's `uriTemplate`; `instructions`. */
  readonly name: string;
  /** The whole definition, unknown members included. Of an unapproved item: as first seen. */
  readonly definition: JsonObject;
  /** SHA-256, hex, over the definition's canonical form (RFC 8785). */
  readonly hash: string;
  /** What was noticed when it was approved or first pinned; absent when nothing was. */
  readonly flags?: readonly ItemFlag[];
  /** Absent: approved, and as it was approved. */
  readonly quarantine?: Quarantine;
}

/** What a tool server says of itself, and how it was asked. */
export interface ServerIdentity {
  readonly era: Era;
  /** The protocol revision agreed on. */
  readonly revision: string;
  /** The client capabilities it was asked with: servers list differently by them. */
  readonly askedWith: JsonObject;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  /** What it was started from or reached at; absent where that was never told. */
  readonly origin?: ServerOrigin;
}

/** Everything pinned of a tool server, kind by kind, each ordered by name. */
export interface PinnedItems {
  readonly tools: readonly PinnedItem[];
  readonly prompts: readonly PinnedItem[];
  readonly templates: readonly PinnedItem[];
  /** Its instructions: `{ "instructions": <text> }`. Shown to nobody while marked. */
  readonly about?: PinnedItem;
}

/** What a tool server offers, whole, as first seen. */
export interface PinnedServer extends ServerIdentity, PinnedItems {
  readonly server: string;
  readonly pinnedAt: number;
  /** What it turned out to be instead: nothing of it is used until an admin has looked. */
  readonly changed?: ServerChange;
}

/**
 * What a tool server offers, as just read from it: whole definitions, in the server's order. Each tool
 * and prompt has a string `name`, each template a string `uriTemplate`; they are unique in their list.
 */
export interface ServerOffer extends ServerIdentity {
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly instructions?: string;
  /** Tools that it lists and that cannot be used, each with the reason in words. */
  readonly leftOut?: readonly LeftOut[];
}

/** A tool that is listed and cannot be used. */
export interface LeftOut {
  readonly tool: string;
  readonly why: string;
}
