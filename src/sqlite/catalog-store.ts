import type {
  CatalogChange,
  CatalogSnapshot,
  CatalogStore,
  LockBase,
} from '../catalog/catalog-store.ts';
import { itemsOf, type KindedItem, toLists } from '../catalog/items.ts';
import type { ItemKind, PinnedItem, PinnedServer, Quarantine } from '../domain/catalog-record.ts';
import type { Era } from '../domain/era.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { ItemFlag } from '../domain/item-flag.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { parseJson, stringifyJson } from '../domain/json-text.ts';
import type { ServerChange, ServerOrigin } from '../domain/server-origin.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { nextEpoch, readEpoch } from './rights-epoch.ts';
import type { StateDatabase } from './state-database.ts';

interface ServerRow {
  readonly server: string;
  readonly era: Era;
  readonly revision: string;
  readonly asked_with: string;
  readonly server_info: string;
  readonly capabilities: string;
  readonly pinned_at: number;
  readonly origin: string | null;
  readonly changed: string | null;
}

interface ItemRow {
  readonly server: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly definition: string;
  readonly hash: string;
  readonly live_hash: string | null;
  readonly live: string | null;
  readonly quarantine: Quarantine['reason'] | null;
  readonly flags: string | null;
}

interface BaseRow {
  readonly server: string;
  readonly file_hash: string;
  readonly entry_hash: string;
}

const CATALOG = Symbol('catalog');

/** Pinned definitions on SQLite, kept as the text they hash from. */
export class SqliteCatalogStore implements CatalogStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  snapshot(): CatalogSnapshot {
    // Written by `change` alone, after which nothing is remembered.
    return this.#db.read(
      () => ({
        epoch: readEpoch(this.#db),
        ...this.#db.remembered(CATALOG, () => this.#readAll()),
      }),
      true,
    );
  }

  #readAll(): Omit<CatalogSnapshot, 'epoch'> {
    const items = Map.groupBy(
      this.#db.statement<ItemRow>('SELECT * FROM pinned_items').all(),
      (item) => item.server,
    );
    const servers = this.#db
      .statement<ServerRow>('SELECT * FROM pinned_servers ORDER BY server')
      .all()
      .map((row) => [row.server, toServer(row, items.get(row.server) ?? [])] as const);
    const bases = this.#db
      .statement<BaseRow>('SELECT * FROM lock_entries')
      .all()
      .map((row) => [row.server, { file: row.file_hash, entry: row.entry_hash }] as const);
    return { servers: new Map(servers), lockBases: new Map(bases) };
  }

  async change(
    server: string,
    make: (current: PinnedServer | undefined) => CatalogChange | undefined,
  ): Promise<boolean> {
    return this.#db.change(() => {
      const current = this.#find(server);
      const change = make(current);
      if (change === undefined) return false;
      this.#put(current, change.next);
      this.#note(server, change.event);
      return true;
    }, 'full');
  }

  async definitions(hashes: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
    return this.#db.read(() => {
      const find = this.#db.statement<{ readonly definition: string }>(
        'SELECT definition FROM definitions WHERE hash = ?',
      );
      return new Map(
        hashes.flatMap((hash) => {
          const row = find.get(hash);
          return row === undefined
            ? []
            : [[hash, parseJson(row.definition) as JsonObject] as const];
        }),
      );
    });
  }

  async setLockBase(server: string, { file, entry }: LockBase): Promise<void> {
    await this.#db.change(() => {
      this.#db.noteWrite();
      this.#db
        .statement(
          'INSERT OR REPLACE INTO lock_entries (server, file_hash, entry_hash) VALUES (?, ?, ?)',
        )
        .run(server, file, entry);
    });
  }

  #find(server: string): PinnedServer | undefined {
    const row = this.#db
      .statement<ServerRow>('SELECT * FROM pinned_servers WHERE server = ?')
      .get(server);
    if (row === undefined) return undefined;
    const items = this.#db
      .statement<ItemRow>('SELECT * FROM pinned_items WHERE server = ?')
      .all(server);
    return toServer(row, items);
  }

  #note(server: string, event: EventDraft): void {
    this.#append(storableDraft({ ...event, server, epoch: nextEpoch(this.#db) }));
  }

  /** Writes what differs; an item that is the same object in both is left alone. */
  #put(current: PinnedServer | undefined, next: PinnedServer): void {
    this.#db.noteWrite();
    this.#db
      .statement(
        `INSERT INTO pinned_servers (server, era, revision, asked_with, server_info, capabilities,
           pinned_at, origin, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (server) DO UPDATE SET era = excluded.era, revision = excluded.revision,
           asked_with = excluded.asked_with, server_info = excluded.server_info,
           capabilities = excluded.capabilities, pinned_at = excluded.pinned_at,
           origin = excluded.origin, changed = excluded.changed`,
      )
      .run(
        next.server,
        next.era,
        next.revision,
        stringifyJson(next.askedWith),
        stringifyJson(next.serverInfo),
        stringifyJson(next.capabilities),
        next.pinnedAt,
        next.origin === undefined ? null : stringifyJson(next.origin as JsonObject),
        next.changed === undefined ? null : stringifyJson(next.changed as JsonObject),
      );
    const before = current === undefined ? [] : itemsOf(current);
    const after = itemsOf(next);
    const kept = new Set(after.map(({ word }) => word));
    for (const { kind, word, item } of before) {
      if (kept.has(word)) continue;
      this.#db
        .statement('DELETE FROM pinned_items WHERE server = ? AND kind = ? AND name = ?')
        .run(next.server, kind, item.name);
    }
    const same = new Set(before.map(({ item }) => item));
    for (const each of after) if (!same.has(each.item)) this.#putItem(next.server, each);
  }

  #putItem(server: string, { kind, item }: KindedItem<PinnedItem>): void {
    const { name, definition, hash, flags, quarantine } = item;
    this.#db
      .statement('INSERT OR IGNORE INTO definitions (hash, definition) VALUES (?, ?)')
      .run(hash, stringifyJson(definition));
    const drift = quarantine?.reason === 'drifted' ? quarantine : undefined;
    this.#db
      .statement(
        `INSERT OR REPLACE INTO pinned_items
           (server, kind, name, definition, hash, quarantine, live_hash, live, flags)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        server,
        kind,
        name,
        stringifyJson(definition),
        hash,
        quarantine?.reason ?? null,
        drift?.liveHash ?? null,
        drift?.live === undefined ? null : stringifyJson(drift.live),
        flags === undefined ? null : stringifyJson(flags as unknown as Json),
      );
  }
}

function toServer(row: ServerRow, items: readonly ItemRow[]): PinnedServer {
  return {
    server: row.server,
    era: row.era,
    revision: row.revision,
    askedWith: parseJson(row.asked_with) as JsonObject,
    serverInfo: parseJson(row.server_info) as JsonObject,
    capabilities: parseJson(row.capabilities) as JsonObject,
    ...toLists(items.map((item) => ({ kind: item.kind, item: toItem(item) }))),
    ...(row.origin === null ? {} : { origin: parseJson(row.origin) as ServerOrigin }),
    pinnedAt: row.pinned_at,
    ...(row.changed === null ? {} : { changed: parseJson(row.changed) as ServerChange }),
  };
}

function toItem(row: ItemRow): PinnedItem {
  const quarantine = toQuarantine(row);
  return {
    name: row.name,
    definition: parseJson(row.definition) as JsonObject,
    hash: row.hash,
    ...(row.flags === null
      ? {}
      : { flags: parseJson(row.flags) as unknown as readonly ItemFlag[] }),
    ...(quarantine === undefined ? {} : { quarantine }),
  };
}

function toQuarantine(row: ItemRow): Quarantine | undefined {
  switch (row.quarantine) {
    case null:
      return undefined;
    case 'unapproved':
    case 'by_admin':
    case 'by_lock':
      return { reason: row.quarantine };
    case 'drifted':
      return {
        reason: 'drifted',
        liveHash: row.live_hash ?? '',
        ...(row.live === null ? {} : { live: parseJson(row.live) as JsonObject }),
      };
  }
  // A mark of a newer version, or a damaged one: never the absence of a mark.
  throw new BrokerError(
    'ERR_STORE_CORRUPT',
    `the mark of ${row.kind} ${row.server}/${row.name} is unknown`,
  );
}
