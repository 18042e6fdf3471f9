import type { PinnedServer } from '../domain/catalog-record.ts';
import type { EventDraft } from '../domain/event.ts';

/** Pinned definitions, each change in one transaction with its event and epoch + 1. */
export interface CatalogStore {
  /** Everything pinned, and the epoch it was read at: one read transaction. */
  snapshot(): Promise<{
    readonly epoch: number;
    readonly servers: ReadonlyMap<string, PinnedServer>;
  }>;
  /** Pins a server never seen. When another broker was first, nothing is written and `false` returned. */
  pin(server: PinnedServer, event: EventDraft): Promise<boolean>;
  /** Marks tools as drifted (`name` to live hash or `removed`) or, with `null`, as equal again. */
  setDrift(
    server: string,
    drift: ReadonlyMap<string, string | null>,
    event: EventDraft,
  ): Promise<void>;
  /** Replaces the pinned definitions of a server: an admin has seen the difference. */
  replace(server: PinnedServer, event: EventDraft): Promise<void>;
}
