import type { GrantRecord } from './grant-record.ts';

/** What the decision needs to know of one pinned tool. */
export interface ToolView {
  readonly hash: string;
  readonly isDrifted: boolean;
}

/** What the decision needs to know of one configured tool server. */
export interface ServerView {
  /** `undefined` while the server was never seen. */
  readonly tools: ReadonlyMap<string, ToolView> | undefined;
}

/** Everything one decision reads: one subject's grants and the catalog, as of one epoch. */
export interface PolicyState {
  readonly epoch: number;
  /** Unrevoked grants of the subject, ordered by id. */
  readonly grants: readonly GrantRecord[];
  /** Configured tool servers by name, pinned or not. */
  readonly servers: ReadonlyMap<string, ServerView>;
}

/** Who asks, as far as rules can tell people apart. */
export interface Asker {
  readonly subject: string;
  readonly client?: string;
  /** Epoch milliseconds; `undefined` when there is no session yet (`can-i`). */
  readonly sessionOpenedAt?: number;
}
