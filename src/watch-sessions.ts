import type { Answering } from './answering.ts';
import type { ClientChannel } from './domain/broker.ts';
import { errorCode } from './domain/errors.ts';
import type { Json } from './domain/json.ts';
import type { Principal } from './domain/principal.ts';
import { permittedItems, sessionHasEnded } from './permitted-items.ts';

const READS_AT_MOST = 3;

/** Clients with an open channel, and what each was last shown. */
export interface SessionWatch {
  /** See `Broker.watch`. */
  watch(channel: ClientChannel): () => void;
  /** Notes what a client was just shown: its list may have started a tool server never seen. */
  shown(principal: Principal, tools: Json | undefined): void;
  /** Looks again at what each client sees, and tells those for whom it is another. Never rejects. */
  look(): Promise<void>;
}

/**
 * Makes the watch. A client is told only of what its own grant lets it see: another's tools come and
 * go without a word.
 */
export function createSessionWatch(
  broker: Pick<Answering, 'catalog' | 'decider' | 'scrub' | 'log'>,
): SessionWatch {
  interface Watched {
    readonly channel: ClientChannel;
    /** What it saw last; `undefined` until that was read. */
    seen: string | undefined;
    /** One look at a time: an earlier one that ends later would take back what a later one saw. */
    looking: Promise<void>;
  }
  const watched = new Set<Watched>();

  async function lookAt(client: Watched): Promise<void> {
    let answer = await permittedItems('tools', client.channel, broker);
    for (let reads = 1; !('kind' in answer) && answer.epoch === -1; reads += 1) {
      if (reads >= READS_AT_MOST) return;
      answer = await permittedItems('tools', client.channel, broker);
    }
    if (!watched.has(client)) return;
    if ('kind' in answer && sessionHasEnded(answer.reason)) {
      watched.delete(client);
      client.channel.tell({ kind: 'ended' });
      return;
    }
    const sees = JSON.stringify('kind' in answer ? [] : answer.items);
    const { seen } = client;
    client.seen = sees;
    if (seen !== undefined && seen !== sees && client.channel.wants.has('tools')) {
      client.channel.tell({ kind: 'list_changed', of: 'tools' });
    }
  }

  function look(client: Watched): Promise<void> {
    client.looking = client.looking
      .then(() => lookAt(client))
      .catch((error: unknown) =>
        broker.log.warn({ code: errorCode(error), error }, 'a client could not be told of changes'),
      );
    return client.looking;
  }

  return {
    watch(channel) {
      const client: Watched = { channel, seen: undefined, looking: Promise.resolve() };
      watched.add(client);
      void look(client);
      return () => watched.delete(client);
    },
    shown({ sessionId }, tools) {
      for (const client of watched) {
        if (client.channel.principal.sessionId === sessionId) client.seen = JSON.stringify(tools);
      }
    },
    async look() {
      await Promise.all([...watched].map(look));
    },
  };
}
