import type {
  CatalogChange,
  CatalogSnapshot,
  CatalogStore,
  LockBase,
} from '../catalog/catalog-store.ts';
import type { PinnedItem, PinnedServer, Quarantine } from '../domain/catalog-record.ts';
import type { Era } from '../domain/era.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { JsonObject } from '../domain/json.ts';
import { parseJson, stringifyJson } from '../domain/json-text.ts';
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
  readonly instructions: string | null;
  readonly pinned_at: number;
}

interface ToolRow {
  readonly server: string;
  readonly name: string;
  readonly definition: string;
  readonly hash: string;
  readonly live_hash: string | null;
  readonly live: string | null;
  readonly quarantine: Quarantine['reason'] | null;
}

interface BaseRow {
  readonly server: string;
  readonly file_hash: string;
  readonly entry_hash: string;
}

/** Pinned definitions on SQLite, kept as the text they hash from. */
export class SqliteCatalogStore implements CatalogStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  async snapshot(): Promise<CatalogSnapshot> {
    return this.#db.read(() => {
      const tools = Map.groupBy(
        this.#db.statement<ToolRow>('SELECT * FROM pinned_tools').all(),
        (tool) => tool.server,
      );
      const servers = this.#db
        .statement<ServerRow>('SELECT * FROM pinned_servers ORDER BY server')
        .all()
        .map((row) => [row.server, toServer(row, tools.get(row.server) ?? [])] as const);
      const bases = this.#db
        .statement<BaseRow>('SELECT * FROM lock_entries')
        .all()
        .map((row) => [row.server, { file: row.file_hash, entry: row.entry_hash }] as const);
      return {
        epoch: readEpoch(this.#db),
        servers: new Map(servers),
        lockBases: new Map(bases),
      };
    }, true);
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
    const tools = this.#db
      .statement<ToolRow>('SELECT * FROM pinned_tools WHERE server = ?')
      .all(server);
    return toServer(row, tools);
  }

  #note(server: string, event: EventDraft): void {
    this.#append(storableDraft({ ...event, server, epoch: nextEpoch(this.#db) }));
  }

  /** Writes what differs; a tool that is the same object in both is left alone. */
  #put(current: PinnedServer | undefined, next: PinnedServer): void {
    this.#db.noteWrite();
    this.#db
      .statement(
        `INSERT INTO pinned_servers (server, era, revision, asked_with, server_info, capabilities,
           instructions, pinned_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (server) DO UPDATE SET era = excluded.era, revision = excluded.revision,
           asked_with = excluded.asked_with, server_info = excluded.server_info,
           capabilities = excluded.capabilities, instructions = excluded.instructions,
           pinned_at = excluded.pinned_at`,
      )
      .run(
        next.server,
        next.era,
        next.revision,
        stringifyJson(next.askedWith),
        stringifyJson(next.serverInfo),
        stringifyJson(next.capabilities),
        null,
        next.pinnedAt,
      );
    const before = new Set(current?.tools);
    const kept = new Set(next.tools.map(({ name }) => name));
    for (const { name } of before) {
      if (kept.has(name)) continue;
      this.#db
        .statement('DELETE FROM pinned_tools WHERE server = ? AND name = ?')
        .run(next.server, name);
    }
    for (const tool of next.tools) if (!before.has(tool)) this.#putTool(next.server, tool);
  }

  #putTool(server: string, { name, definition, hash, quarantine }: PinnedItem): void {
    const drift = quarantine?.reason === 'drifted' ? quarantine : undefined;
    this.#db
      .statement(
        `INSERT OR REPLACE INTO pinned_tools (server, name, definition, hash, quarantine, live_hash, live)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        server,
        name,
        stringifyJson(definition),
        hash,
        quarantine?.reason ?? null,
        drift?.liveHash ?? null,
        drift?.live === undefined ? null : stringifyJson(drift.live),
      );
  }
}

function toServer(row: ServerRow, tools: readonly ToolRow[]): PinnedServer {
  return {
    server: row.server,
    era: row.era,
    revision: row.revision,
    askedWith: parseJson(row.asked_with) as JsonObject,
    serverInfo: parseJson(row.server_info) as JsonObject,
    capabilities: parseJson(row.capabilities) as JsonObject,
    tools: tools.map(toTool).sort((a, b) => (a.name < b.name ? -1 : 1)),
    prompts: [],
    templates: [],
    pinnedAt: row.pinned_at,
  };
}

function toTool(row: ToolRow): PinnedItem {
  const quarantine = toQuarantine(row);
  return {
    name: row.name,
    definition: parseJson(row.definition) as JsonObject,
    hash: row.hash,
    ...(quarantine === undefined ? {} : { quarantine }),
  };
}

function toQuarantine(row: ToolRow): Quarantine | undefined {
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
  throw new BrokerError('ERR_STORE_CORRUPT', `the mark of ${row.server}/${row.name} is unknown`);
}
