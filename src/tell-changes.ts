import { tellBrokers } from './admin/tell-brokers.ts';
import type { CatalogStore } from './catalog/catalog-store.ts';
import type { OpenState } from './compose.ts';
import type { Alert, RaiseAlert } from './domain/alert.ts';
import type { EventCode } from './domain/event-codes.ts';
import type { NewsHub } from './news-hub.ts';

/** What an operator is told of: a server pinned at first use, one that differs, one that offers more. */
const TOLD: ReadonlySet<EventCode> = new Set(['TG4001', 'TG4002', 'TG4004']);

/**
 * Has clients told when this broker changes what is known of a tool server: its own, and through their
 * brokers those of others on the same state; and whoever gets alerts. Nobody polls, so whoever changes it says so.
 */
export function tellChanges(
  { context, instance, stores }: OpenState,
  news: Pick<NewsHub, 'look'>,
  raise: RaiseAlert,
): CatalogStore {
  let telling: Promise<void> = Promise.resolve();
  let isWanted = false;

  function tellOthers(): void {
    if (isWanted) return;
    isWanted = true;
    telling = telling.then(() => {
      isWanted = false;
      return tellBrokers(context, instance);
    });
  }

  return {
    snapshot: () => stores.catalog.snapshot(),
    definitions: (hashes) => stores.catalog.definitions(hashes),
    setLockBase: (server, base) => stores.catalog.setLockBase(server, base),
    async change(server, make) {
      let alert: Alert | undefined;
      const isWritten = await stores.catalog.change(server, (current) => {
        const change = make(current);
        const { code, detail } = change?.event ?? {};
        // It may run several times: what was made last is what was written.
        alert =
          code === undefined || !TOLD.has(code)
            ? undefined
            : { code, server, ...(detail === undefined ? {} : { detail }) };
        return change;
      });
      if (isWritten) {
        if (alert !== undefined) raise(alert);
        void news.look();
        tellOthers();
      }
      return isWritten;
    },
  };
}
