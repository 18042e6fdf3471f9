import type { Quarantine } from '../domain/catalog-record.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Spent } from '../domain/session-limits.ts';
import type { GrantRecord } from './grant-record.ts';
import type { RealPath } from './within-path.ts';

/** What the decision needs to know of one pinned tool, prompt or resource template. */
export interface ToolView {
  readonly hash: string;
  /** What it says of its arguments: a tool's own, a prompt's in the same form. Conditions are checked against it. */
  readonly inputSchema?: JsonObject;
  /** Why it does not exist for anybody just now. */
  readonly quarantine?: Quarantine['reason'];
}

/** What the decision needs to know of one configured tool server. */
export interface ServerView {
  /** `undefined` while the server was never seen: it may be started for whoever is granted something of it. */
  readonly tools: ReadonlyMap<string, ToolView> | undefined;
  /** By the server's own names; `undefined` exactly when `tools` is. */
  readonly prompts: ReadonlyMap<string, ToolView> | undefined;
  /** By their text (RFC 6570); `undefined` exactly when `tools` is. */
  readonly templates: ReadonlyMap<string, ToolView> | undefined;
  /** Whether it was pinned saying that it has resources, and is trusted with them still. */
  readonly hasResources: boolean;
  /** Set while its first definitions wait for an admin: it has nothing then, and is not started. */
  readonly isAwaitingApproval?: true;
}

/** Everything one decision reads: one subject's grants and the catalog, as of one epoch. */
export interface PolicyState {
  readonly epoch: number;
  /** An admin ordered that everything is refused. */
  readonly isHalted: boolean;
  /** Unrevoked grants of the subject, ordered by id. */
  readonly grants: readonly GrantRecord[];
  /** Configured tool servers by name, pinned or not. */
  readonly servers: ReadonlyMap<string, ServerView>;
  /** Follows links, for `within`; without it no condition that asks can be evaluated. */
  readonly realPath?: RealPath;
}

/** Who asks, as far as rules can tell people apart. */
export interface Asker {
  readonly subject: string;
  readonly client?: string;
  /** `undefined` when there is no session yet (`can-i`). */
  readonly sessionId?: string;
  /** Epoch milliseconds; `undefined` when there is no session yet (`can-i`). */
  readonly sessionOpenedAt?: number;
  /** What is used up just now. */
  readonly spent?: Spent;
}
