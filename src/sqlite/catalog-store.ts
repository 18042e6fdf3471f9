import type { CatalogStore } from '../catalog/catalog-store.ts';
import type { PinnedServer, PinnedTool } from '../domain/catalog-record.ts';
import type { Era } from '../domain/era.ts';
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
  readonly drift: string | null;
}

/** Pinned definitions on SQLite, kept as the text they hash from. */
export class SqliteCatalogStore implements CatalogStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  async snapshot(): Promise<{ epoch: number; servers: ReadonlyMap<string, PinnedServer> }> {
    return this.#db.read(() => {
      const tools = Map.groupBy(
        this.#db.statement<ToolRow>('SELECT * FROM pinned_tools').all(),
        (tool) => tool.server,
      );
      const servers = this.#db
        .statement<ServerRow>('SELECT * FROM pinned_servers ORDER BY server')
        .all()
        .map((row) => [row.server, toServer(row, tools.get(row.server) ?? [])] as const);
      return { epoch: readEpoch(this.#db), servers: new Map(servers) };
    }, true);
  }

  async pin(server: PinnedServer, event: EventDraft): Promise<boolean> {
    return this.#db.change(() => {
      const isKnown = this.#db
        .statement('SELECT 1 FROM pinned_servers WHERE server = ?')
        .get(server.server);
      if (isKnown !== undefined) return false;
      this.#insert(server);
      this.#note(server.server, event);
      return true;
    });
  }

  /** Nothing is written when every tool is marked so already, or is not pinned. */
  async setDrift(
    server: string,
    drift: ReadonlyMap<string, string | null>,
    event: EventDraft,
  ): Promise<void> {
    await this.#db.change(() => {
      let changed = 0;
      this.#db.noteWrite();
      for (const [name, live] of drift) {
        changed += this.#db
          .statement(
            'UPDATE pinned_tools SET drift = ? WHERE server = ? AND name = ? AND drift IS NOT ?',
          )
          .run(live, server, name, live).changes;
      }
      if (changed > 0) this.#note(server, event);
    }, 'full');
  }

  async replace(server: PinnedServer, event: EventDraft): Promise<void> {
    await this.#db.change(() => {
      this.#db.noteWrite();
      this.#db.statement('DELETE FROM pinned_servers WHERE server = ?').run(server.server);
      this.#insert(server);
      this.#note(server.server, event);
    }, 'full');
  }

  #note(server: string, event: EventDraft): void {
    this.#append(storableDraft({ ...event, server, epoch: nextEpoch(this.#db) }));
  }

  #insert(server: PinnedServer): void {
    this.#db.noteWrite();
    this.#db
      .statement(
        `INSERT INTO pinned_servers (server, era, revision, asked_with, server_info, capabilities,
           instructions, pinned_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        server.server,
        server.era,
        server.revision,
        stringifyJson(server.askedWith),
        stringifyJson(server.serverInfo),
        stringifyJson(server.capabilities),
        server.instructions === undefined ? null : stringifyJson(server.instructions),
        server.pinnedAt,
      );
    for (const tool of server.tools) {
      this.#db
        .statement(
          'INSERT INTO pinned_tools (server, name, definition, hash, drift) VALUES (?, ?, ?, ?, ?)',
        )
        .run(
          server.server,
          tool.name,
          stringifyJson(tool.definition),
          tool.hash,
          tool.drift ?? null,
        );
    }
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
    ...(row.instructions === null ? {} : { instructions: parseJson(row.instructions) as string }),
    tools: tools.map(toTool).sort((a, b) => (a.name < b.name ? -1 : 1)),
    pinnedAt: row.pinned_at,
  };
}

const toTool = (row: ToolRow): PinnedTool => ({
  name: row.name,
  definition: parseJson(row.definition) as JsonObject,
  hash: row.hash,
  ...(row.drift === null ? {} : { drift: row.drift }),
});
