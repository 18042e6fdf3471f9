import type { PinnedServer, ServerOffer } from '../domain/catalog-record.ts';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { JsonObject } from '../domain/json.ts';
import type { ServerOrigin } from '../domain/server-origin.ts';
import type { ToolRef } from '../domain/tool-ref.ts';
import type { CatalogStore } from './catalog-store.ts';
import { type NameTable, nameTable, type PromptRef, promptNameTable } from './exposed-name.ts';
import { lookFirst } from './flag-offer.ts';
import type { LockEntry } from './lock-entry.ts';
import { changeOf, noteOffer, offeredItems, pinOffer } from './note-offer.ts';
import { pinnedDetail } from './pinned-detail.ts';
import { type CatalogServer, serverView } from './server-view.ts';

/** What is known of tool servers, as of one epoch. */
export interface CatalogView {
  readonly epoch: number;
  /** Configured servers that were seen, by name. */
  readonly pinned: ReadonlyMap<string, PinnedServer>;
  /** What the decision needs: every configured server, seen or not. */
  readonly servers: ReadonlyMap<string, CatalogServer>;
  /** Names of tools on `/mcp` and stdio. */
  readonly names: NameTable<ToolRef>;
  /** Names of prompts there. */
  readonly promptNames: NameTable<PromptRef>;
}

/** Known definitions as brokers obey them. */
export interface Catalog {
  /**
   * The catalog as it is now; read again only when the epoch has moved.
   *
   * @throws BrokerError when it cannot be read.
   */
  view(): CatalogView;
  /**
   * Asked before a server never seen is started: what is in the lock file would decide on its items.
   *
   * @throws BrokerError for a lock file that cannot be read.
   */
  assertPinnable(server: string): Promise<void>;
  /**
   * Asked before a server is started or dialled. One that would be started from something else than was
   * approved is marked as another server, whole, and not started: what it is would run with the
   * credentials of what it was.
   *
   * @throws BrokerError `ERR_SERVER_START` for such a server; when the catalog cannot be read or written.
   */
  assertSame(server: string): Promise<void>;
  /**
   * Takes note of what a running server offers, before anything is dispatched to it: pins a server
   * never seen, unless it waits for approval; marks items whose definition differs or that nobody
   * approved. Once per offer; later calls do nothing.
   */
  observe(server: string, offer: ServerOffer): Promise<void>;
  /** Whether note was taken of an offer, so that there is nothing left to wait for. */
  isObserved(offer: ServerOffer): boolean;
}

/** Names of an event's detail: a hostile server's are many. */
const MAX_NAMES = 200;

/** Makes the catalog of the configured tool servers. */
export function createCatalog(deps: {
  readonly store: CatalogStore;
  readonly epoch: () => number;
  readonly configured: readonly string[];
  /** Servers that are not started before an admin approved them (`trust: ask`). */
  readonly asksFirst: ReadonlySet<string>;
  /** What the lock file says of a server never seen. @throws BrokerError for a file that cannot be read. */
  readonly reviewed: (server: string) => Promise<LockEntry | undefined>;
  /** Told when a server was pinned: the lock file lacks it. */
  readonly onPinned: () => void;
  /** What a server is started from or reached at. Never rejects. */
  readonly originOf?: (server: string) => Promise<ServerOrigin>;
  readonly clock: Clock;
}): Catalog {
  let current: CatalogView | undefined;
  const observed = new WeakSet<ServerOffer>();

  function read(): CatalogView {
    const { epoch, servers } = deps.store.snapshot();
    const pinned = new Map<string, PinnedServer>();
    for (const server of deps.configured) {
      const found = servers.get(server);
      if (found !== undefined) pinned.set(server, found);
    }
    const views = deps.configured.map(
      (server) => [server, serverView(pinned.get(server), deps.asksFirst.has(server))] as const,
    );
    return {
      epoch,
      pinned,
      servers: new Map(views),
      names: nameTable(pinned),
      promptNames: promptNameTable(pinned),
    };
  }

  function view(): CatalogView {
    if (current === undefined || current.epoch !== deps.epoch()) current = read();
    return current;
  }

  async function firstUse(server: string, offer: ServerOffer): Promise<void> {
    const options = {
      now: deps.clock.now(),
      reviewed: await deps.reviewed(server),
      first: await lookFirst(server, offeredItems(offer), view().pinned),
    };
    // Another broker may pin it meanwhile, and differently: then the offer is compared with that.
    const isWritten = await deps.store.change(server, (known) => {
      if (known !== undefined) return noted(known, offer);
      const next = pinOffer(server, offer, options);
      return { next, event: pinnedEvent(next) };
    });
    if (isWritten) deps.onPinned();
  }

  return {
    view,
    async assertPinnable(server) {
      await deps.reviewed(server);
    },
    async assertSame(server) {
      const known = view().pinned.get(server);
      if (known?.origin === undefined || deps.originOf === undefined) return;
      const origin = await deps.originOf(server);
      if (changeOf(known, { origin }) === undefined) return;
      await deps.store.change(server, (now) => now && noted(now, unchangedBut(now, origin)));
      throw new BrokerError(
        'ERR_SERVER_START',
        `tool server ${server} would not be started from what was approved`,
      );
    },
    isObserved: (offer) => observed.has(offer),
    async observe(server, said) {
      if (observed.has(said)) return;
      const origin = await deps.originOf?.(server);
      const offer = origin === undefined ? said : { ...said, origin };
      const known = view().pinned.get(server);
      if (known !== undefined) {
        if (noteOffer(known, offer) !== undefined) {
          await deps.store.change(server, (now) =>
            now === undefined ? undefined : noted(now, offer),
          );
        }
      } else if (deps.asksFirst.has(server)) return;
      else await firstUse(server, offer);
      observed.add(said);
    },
  };
}

/** An offer of all that is known already, from elsewhere. */
const unchangedBut = (known: PinnedServer, origin: ServerOrigin): ServerOffer => {
  const { era, revision, askedWith, serverInfo, capabilities } = known;
  const lists = { tools: [], prompts: [], templates: [] };
  return { era, revision, askedWith, serverInfo, capabilities, ...lists, origin };
};

function noted(known: PinnedServer, offer: ServerOffer) {
  const found = noteOffer(known, offer);
  if (found === undefined) return undefined;
  const { next, drifted, appeared, changed } = found;
  const event: EventDraft = {
    code: drifted.size > 0 || changed !== undefined ? 'TG4002' : 'TG4004',
    server: known.server,
    detail: {
      ...(drifted.size > 0
        ? { drifted: Object.fromEntries([...drifted].slice(0, MAX_NAMES)) }
        : {}),
      ...(appeared.length > 0 ? { appeared: appeared.slice(0, MAX_NAMES) } : {}),
      ...(changed === undefined
        ? {}
        : { changed: changed as JsonObject, approvedFrom: (known.origin ?? {}) as JsonObject }),
      count: drifted.size + appeared.length,
    },
  };
  return { next, event };
}

const pinnedEvent = (next: PinnedServer): EventDraft => ({
  code: 'TG4001',
  server: next.server,
  revision: next.revision,
  detail: pinnedDetail(next),
});
