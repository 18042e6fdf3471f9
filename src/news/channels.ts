import type { Timers } from '../dispatch/timers.ts';
import type { ClientChannel, ListKind } from '../domain/broker.ts';
import type { Clock } from '../domain/clock.ts';
import { errorCode } from '../domain/errors.ts';
import type { SessionId } from '../domain/ids.ts';
import type { Log } from '../domain/log.ts';
import type { Principal } from '../domain/principal.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { type LookAt, listOf, type SeenPart, type Sight } from './sight.ts';

const READS_AT_MOST = 3;
/** A clock that was set, or a machine that slept, moves an expiry away from its timer by no more than this. */
const LOOK_AT_MOST_MS = 60 * 60_000;
/** When state could not be read, or moved under every read. */
const LOOK_AGAIN_MS = 1_000;
const PARTS: readonly SeenPart[] = ['tools', 'prompts', 'templates', 'resources'];
const LIST_KINDS: readonly ListKind[] = ['tools', 'prompts', 'resources'];

const isEmpty = (shown: object): boolean => Object.keys(shown).length === 0;

/** Whose connection to a tool server something came on: as much of it as its isolation tells apart. */
export interface NewsOwner {
  readonly sessionId?: SessionId;
  readonly subject?: string;
}

/** Whether a connection's owner stands for this client. */
export const owns = (owner: NewsOwner, { sessionId, subject }: Principal): boolean =>
  (owner.sessionId ?? sessionId) === sessionId && (owner.subject ?? subject) === subject;

/** A client with an open channel. */
export interface Client {
  readonly channel: ClientChannel;
  readonly outbox: Outbox;
}

/** Clients with an open channel, and what each was last shown. */
export interface Channels {
  /** Clients that are told now, those of one session when given. */
  clients(sessionId?: SessionId): readonly Client[];
  /** @returns the client, and what stops telling it. */
  open(channel: ClientChannel): { readonly client: Client; readonly close: () => void };
  /**
   * Notes that a client is being answered a list, which may start a tool server never seen: what it is
   * shown by that is no change to it.
   *
   * @returns takes what it was shown, `undefined` when the list was refused; nothing when nobody is told.
   */
  listing(
    reader: Pick<ClientChannel, 'principal' | 'onlyServer'>,
    part: SeenPart,
  ): ((shown: string | undefined) => void) | undefined;
  /** Notes that what somebody's connections offer is another, without a word in the state. */
  listsChanged(owner: NewsOwner): void;
  /** Notes that a tool server said its resources are others. */
  resourcesChanged(server: string, owner: NewsOwner): void;
  /** Looks again at what each client sees, and tells those for whom it is another. Never rejects. */
  look(): Promise<void>;
}

interface Watched extends Client {
  /** What it saw last; `undefined` until that was read. */
  seen: Sight | undefined;
  /** Lists it was answered since. */
  shown: Partial<Record<SeenPart, string>>;
  /** Tool servers that said their resources are others, and of which it has not been told. */
  heard: Set<string>;
  /** Lists it is being answered. */
  listings: number;
  isBehind: boolean;
  /** What it sees may be another though the state is the same. */
  isDue: boolean;
  /** One look at a time: an earlier one that ends later would take back what a later one saw. */
  looking: Promise<void>;
  /** The look that has not begun, shared by all who want one. */
  next: Promise<void> | undefined;
  cancelTimer: (() => void) | undefined;
}

/**
 * Makes the register of channels. A client is told only of what its own grant lets it see: another's
 * tools come and go without a word. Nothing polls: whoever changes rights asks for a look, and what
 * runs out by itself has a timer.
 */
export function createChannels(deps: {
  readonly lookAt: LookAt;
  readonly epoch: () => number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Told after each look at a client that still has a session, and when its session is over. */
  readonly onLooked: (client: Client, has: 'session' | 'ended') => void;
}): Channels {
  const { clock, epoch, log, timers } = deps;
  const watched = new Set<Watched>();

  async function lookAt(client: Watched): Promise<void> {
    const { seen, channel } = client;
    const isSame = seen !== undefined && seen.epoch === epoch() && clock.now() < seen.changesAt;
    if (isSame && !client.isDue && client.heard.size === 0 && isEmpty(client.shown)) return;
    client.isDue = false;
    for (let reads = 0; reads < READS_AT_MOST; reads += 1) {
      const found = await deps.lookAt(channel);
      if (!watched.has(client)) return;
      if (found.kind === 'ended') return over(client);
      if (found.kind === 'moving' || found.epoch !== epoch()) continue;
      return noteSeen(client, found);
    }
    client.isDue = true;
    arm(client, LOOK_AGAIN_MS);
  }

  function over(client: Watched): void {
    forget(client);
    client.channel.tell({ kind: 'ended' });
    deps.onLooked(client, 'ended');
  }

  function noteSeen(client: Watched, now: Sight): void {
    arm(client, now.changesAt - clock.now());
    const before: Partial<Record<SeenPart, string>> = { ...client.seen?.parts, ...client.shown };
    const others = PARTS.filter(
      (part) => before[part] !== undefined && before[part] !== now.parts[part],
    );
    const isOtherwise = client.seen !== undefined && client.seen.conditions !== now.conditions;
    // At once. Attack: a client that lists without a pause would keep what was said before a revocation.
    if (others.length > 0 || isOtherwise) client.channel.letGo?.();
    if (client.listings > 0) {
      client.isBehind = true;
      client.isDue = true;
      return;
    }
    const { heard } = client;
    client.seen = now;
    client.shown = {};
    client.heard = new Set();
    deps.onLooked(client, 'session');
    const changed = new Set<ListKind>(others.map(listOf));
    if ([...heard].some((server) => now.resourceServers.has(server))) changed.add('resources');
    for (const of of LIST_KINDS) {
      if (changed.has(of) && client.channel.wants.has(of)) {
        client.channel.tell({ kind: 'list_changed', of });
      }
    }
  }

  function arm(client: Watched, ms: number): void {
    client.cancelTimer?.();
    client.cancelTimer = timers.after(Math.min(Math.max(ms, 0), LOOK_AT_MOST_MS), () => {
      void look(client);
    });
  }

  function forget(client: Watched): void {
    watched.delete(client);
    client.cancelTimer?.();
  }

  function look(client: Watched): Promise<void> {
    client.next ??= client.looking.then(async () => {
      client.next = undefined;
      await lookAt(client).catch((error: unknown) => {
        log.warn({ code: errorCode(error), error }, 'a client could not be told of changes');
        client.isDue = true;
        if (watched.has(client)) arm(client, LOOK_AGAIN_MS);
      });
    });
    client.looking = client.next;
    return client.next;
  }

  const readersOf = ({ principal, onlyServer }: Pick<ClientChannel, 'principal' | 'onlyServer'>) =>
    [...watched].filter(
      ({ channel }) =>
        channel.principal.sessionId === principal.sessionId && channel.onlyServer === onlyServer,
    );

  return {
    clients(sessionId) {
      return [...watched].filter(
        ({ channel }) => sessionId === undefined || channel.principal.sessionId === sessionId,
      );
    },
    open(channel) {
      const client: Watched = {
        channel,
        outbox: createOutbox(epoch),
        seen: undefined,
        shown: {},
        heard: new Set(),
        listings: 0,
        isBehind: false,
        isDue: false,
        looking: Promise.resolve(),
        next: undefined,
        cancelTimer: undefined,
      };
      watched.add(client);
      void look(client);
      return { client, close: () => forget(client) };
    },
    listing(reader, part) {
      const readers = readersOf(reader);
      if (readers.length === 0) return undefined;
      for (const client of readers) client.listings += 1;
      return (shown) => {
        for (const client of readers) {
          client.listings -= 1;
          if (shown !== undefined) client.shown[part] = shown;
          if (client.listings > 0 || !client.isBehind) continue;
          client.isBehind = false;
          if (watched.has(client)) void look(client);
        }
      };
    },
    listsChanged(owner) {
      for (const client of watched) {
        if (owns(owner, client.channel.principal)) client.isDue = true;
      }
    },
    resourcesChanged(server, owner) {
      for (const client of watched) {
        if (owns(owner, client.channel.principal)) client.heard.add(server);
      }
    },
    async look() {
      await Promise.all([...watched].map(look));
    },
  };
}
