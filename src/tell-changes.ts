import { tellBrokers } from './admin/tell-brokers.ts';
import type { CatalogStore } from './catalog/catalog-store.ts';
import type { OpenState } from './compose.ts';
import type { NewsHub } from './news-hub.ts';

/**
 * Has clients told when this broker changes what is known of a tool server: its own, and through their
 * brokers those of others on the same state. Nobody polls, so whoever changes it says so.
 */
export function tellChanges(
  { context, instance, stores }: OpenState,
  news: Pick<NewsHub, 'look'>,
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
    setLockBase: (server, base) => stores.catalog.setLockBase(server, base),
    async change(server, make) {
      const isWritten = await stores.catalog.change(server, make);
      if (isWritten) {
        void news.look();
        tellOthers();
      }
      return isWritten;
    },
  };
}
