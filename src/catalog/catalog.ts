import type { PinnedServer, ServerOffer } from '../domain/catalog-record.ts';
import type { Clock } from '../domain/clock.ts';
import type { CatalogStore } from './catalog-store.ts';
import { type NameTable, nameTable } from './exposed-name.ts';
import { driftOf, pinOffer } from './pin-offer.ts';

/** What is pinned, as of one epoch. */
export interface CatalogView {
  readonly epoch: number;
  /** Configured and pinned servers by name. */
  readonly pinned: ReadonlyMap<string, PinnedServer>;
  /** What the decision needs: every configured server, pinned or not. */
  readonly servers: ReadonlyMap<
    string,
    {
      readonly tools:
        | ReadonlyMap<string, { readonly hash: string; readonly isDrifted: boolean }>
        | undefined;
    }
  >;
  readonly names: NameTable;
}

/** Pinned definitions as brokers obey them. */
export interface Catalog {
  /** The catalog as it is now; read again only when the epoch has moved. */
  view(): Promise<CatalogView>;
  /**
   * Takes note of what a running server offers, before anything is dispatched to it: pins a server
   * never seen, marks tools whose definition differs. Once per offer; later calls do nothing.
   *
   * @returns the names of tools newly marked as drifted.
   */
  observe(server: string, offer: ServerOffer): Promise<readonly string[]>;
}

/** Makes the catalog of the configured tool servers. */
export function createCatalog(deps: {
  readonly store: CatalogStore;
  readonly epoch: () => number;
  readonly configured: readonly string[];
  readonly clock: Clock;
}): Catalog {
  let current: CatalogView | undefined;
  const observed = new WeakSet<ServerOffer>();

  async function read(): Promise<CatalogView> {
    const snapshot = await deps.store.snapshot();
    const pinned = new Map<string, PinnedServer>();
    const servers: Map<
      string,
      { tools: Map<string, { hash: string; isDrifted: boolean }> | undefined }
    > = new Map();
    for (const server of deps.configured) {
      const found = snapshot.servers.get(server);
      if (found !== undefined) pinned.set(server, found);
      servers.set(server, {
        tools:
          found === undefined
            ? undefined
            : new Map(
                found.tools.map(({ name, hash, drift }) => [
                  name,
                  { hash, isDrifted: drift !== undefined },
                ]),
              ),
      });
    }
    return { epoch: snapshot.epoch, pinned, servers, names: nameTable(pinned) };
  }

  return {
    async view() {
      if (current === undefined || current.epoch !== deps.epoch()) current = await read();
      return current;
    },
    async observe(server, offer) {
      if (observed.has(offer)) return [];
      let known = (await deps.store.snapshot()).servers.get(server);
      if (known === undefined) {
        const pin = pinOffer(server, offer, deps.clock.now());
        const isFirst = await deps.store.pin(pin, {
          code: 'TG4001',
          server,
          revision: pin.revision,
          detail: { tools: pin.tools.map(({ name, hash }) => ({ name, hash })) },
        });
        // Another broker may have pinned it meanwhile, and differently.
        known = isFirst ? pin : (await deps.store.snapshot()).servers.get(server);
      }
      const drift = known === undefined ? new Map<string, string>() : driftOf(known, offer);
      if (drift.size > 0) {
        await deps.store.setDrift(server, drift, {
          code: 'TG4002',
          server,
          detail: { live: Object.fromEntries([...drift].sort(([a], [b]) => (a < b ? -1 : 1))) },
        });
      }
      observed.add(offer);
      return [...drift.keys()];
    },
  };
}
