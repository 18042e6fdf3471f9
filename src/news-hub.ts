import type { Answering } from './answer/answering.ts';
import { isInScope } from './answer/permitted-items.ts';
import { whatAClientSees } from './answer/what-a-client-sees.ts';
import type { ServerNews } from './dispatch/pool-news.ts';
import type { Timers } from './dispatch/timers.ts';
import type { AccessRequest } from './domain/access-request.ts';
import type { ClientChannel, SessionNews } from './domain/broker.ts';
import { errorCode } from './domain/errors.ts';
import type { SessionId } from './domain/ids.ts';
import { type JsonObject, stringMember } from './domain/json.ts';
import type { RpcNotification } from './domain/json-rpc.ts';
import { isWorthTelling } from './domain/log-level.ts';
import { type Channels, createChannels, type NewsOwner } from './news/channels.ts';
import { createSubscriptions, type Subscriptions } from './news/subscriptions.ts';
import { createTakenAway, type TakenAway } from './news/taken-away.ts';

/** What clients hear unasked: all of it passes here, each word by the right its client has now. */
export interface NewsHub {
  readonly channels: Channels;
  readonly subscriptions: Subscriptions;
  readonly takenAway: TakenAway;
  /** See `Broker.watch`. */
  watch(channel: ClientChannel): () => void;
  /** Takes what a tool server said that belongs to no call. */
  said(server: string, owner: NewsOwner, news: ServerNews): void;
  /** Looks again at what each client sees and is subscribed to. Never rejects. */
  look(): Promise<void>;
}

/** What the hub decides and reads with. */
export type NewsParts = Pick<
  Answering,
  | 'catalog'
  | 'clock'
  | 'decide'
  | 'decider'
  | 'log'
  | 'memory'
  | 'readPolicy'
  | 'scrub'
  | 'store'
  | 'takenAway'
>;

/** Makes the hub. `answering` is first asked when a client opens a channel: it needs the hub in turn. */
export function createNewsHub(
  { clock, log, store, timers }: Pick<NewsParts, 'clock' | 'log' | 'store'> & { timers: Timers },
  answering: () => NewsParts,
): NewsHub {
  const channels = createChannels({
    lookAt: (channel) => whatAClientSees(channel, answering()),
    epoch: () => store.epoch(),
    clock,
    timers,
    log,
    onLooked({ channel }, has) {
      const { sessionId } = channel.principal;
      if (has === 'ended') subscriptions.forget(sessionId, () => true);
      else void review(sessionId);
    },
  });
  const subscriptions = createSubscriptions({
    decide: async (principal, request) => answering().decide(principal, request),
    clients: channels.clients,
    scrub: (params) => answering().scrub(params),
  });

  async function review(sessionId: SessionId): Promise<void> {
    await subscriptions.review(sessionId).catch((error: unknown) => {
      // Nothing is told meanwhile: each update is decided by itself.
      log.warn({ code: errorCode(error), error }, 'subscriptions were not decided again');
    });
  }

  /**
   * Tells the session whose own connection it came on. Attack: what one session's calls make a shared
   * server say would reach the others. 2026 has no form for it outside a call.
   */
  function tellSession(
    server: string,
    { sessionId }: NewsOwner,
    request: AccessRequest,
    { method, params }: RpcNotification,
  ): void {
    if (sessionId === undefined) return;
    const told = channels
      .clients(sessionId)
      .filter(({ channel }) => channel.era === '2025' && isInScope(channel, server));
    if (told.length === 0) return;
    const scrubbed = params === undefined ? {} : { params: answering().scrub(params) };
    const news: SessionNews = {
      kind: 'notification',
      notification: { jsonrpc: '2.0', method, ...scrubbed },
    };
    for (const { channel, outbox } of told) {
      outbox.push(
        async () => answering().decide(channel.principal, request),
        () => channel.tell(news),
      );
    }
  }

  /** Whether a log message is one its session has not asked to be spared. */
  function isWanted({ sessionId }: NewsOwner, params: JsonObject): boolean {
    const wanted = sessionId === undefined ? undefined : answering().memory.logLevel(sessionId);
    return wanted === undefined || isWorthTelling(stringMember(params, 'level') ?? '', wanted);
  }

  return {
    channels,
    subscriptions,
    takenAway: createTakenAway((_server, owner) => {
      channels.listsChanged(owner);
      void channels.look();
    }),
    watch(channel) {
      const { close } = channels.open(channel);
      return () => {
        close();
        const { principal, onlyServer } = channel;
        const others = channels.clients(principal.sessionId);
        if (others.some((other) => isAlike(other.channel, channel))) return;
        // There is nobody left to tell.
        subscriptions.forget(
          principal.sessionId,
          (one) => one.stream === undefined && one.onlyServer === onlyServer,
        );
      };
    },
    said(server, owner, news) {
      switch (news.kind) {
        case 'resource_updated':
          subscriptions.updated(server, owner, news.params);
          return;
        case 'message': {
          const { params } = news;
          if (!isWanted(owner, params)) return;
          const message = { jsonrpc: '2.0', method: 'notifications/message', params } as const;
          tellSession(server, owner, { kind: 'server', server }, message);
          return;
        }
        case 'notification': {
          const { notification } = news;
          if (notification.method !== 'notifications/elicitation/complete') return;
          tellSession(server, owner, { kind: 'ask', server, ask: 'elicitation' }, notification);
        }
      }
    },
    async look() {
      await channels.look();
      await Promise.all(subscriptions.sessions().map(review));
    },
  };
}

const isAlike = (one: ClientChannel, other: ClientChannel): boolean =>
  one.era === other.era && one.onlyServer === other.onlyServer;
