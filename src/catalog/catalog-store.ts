import type { PinnedServer } from '../domain/catalog-record.ts';
import type { EventDraft } from '../domain/event.ts';
import type { JsonObject } from '../domain/json.ts';

/** One change of what is known of a server, with its event. */
export interface CatalogChange {
  readonly next: PinnedServer;
  readonly event: EventDraft;
}

/** A server's entry in the lock file when file and database last agreed. Hashes as of `hashLockEntry`. */
export interface LockBase {
  /** Of the entry as it stood in the file; `absent` when it had none. */
  readonly file: string;
  /** Of the entry as the database made it then. */
  readonly entry: string;
}

/** Everything known of tool servers, as of one epoch. */
export interface CatalogSnapshot {
  readonly epoch: number;
  readonly servers: ReadonlyMap<string, PinnedServer>;
  readonly lockBases: ReadonlyMap<string, LockBase>;
}

/** Known definitions, each change in one transaction with its event and epoch + 1. */
export interface CatalogStore {
  /** Everything known, in one read transaction, synchronous. */
  snapshot(): CatalogSnapshot;
  /**
   * Changes what is known of one server.
   *
   * @param make is given what is known now, inside the transaction, and answers what is to be known
   * instead; `undefined` writes nothing. Pure and synchronous. It may run several times.
   * @returns whether anything was written.
   * @throws BrokerError `ERR_NOT_COMMITTED`; what `make` throws, with nothing written.
   */
  change(
    server: string,
    make: (current: PinnedServer | undefined) => CatalogChange | undefined,
  ): Promise<boolean>;
  /** Definitions that were pinned once, by hash; without those that were not kept. */
  definitions(hashes: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
  /** Remembers what a server's entry in the lock file is. Changes no right: no event, no epoch. */
  setLockBase(server: string, base: LockBase): Promise<void>;
}
