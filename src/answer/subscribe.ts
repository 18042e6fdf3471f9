import { cutUri, requestFields } from '../audit/call-events.ts';
import type { Lease } from '../dispatch/dispatch-call.ts';
import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import { stringMember } from '../domain/json.ts';
import type { Client } from '../news/channels.ts';
import type { Subscribed, SubscribedOn } from '../news/subscriptions.ts';
import { respondToRefusal } from '../respond/respond.ts';
import type { Answering } from './answering.ts';

/** Answers a use of a resource named by its URI, at the tool server that has it. */
export type AnswerUse = (incoming: IncomingRequest, broker: Answering) => Promise<BrokerReply>;

/**
 * Subscribes to a resource: a use like any other, after which the connection it went over is kept and
 * what the tool server says of the resource is told.
 *
 * @param stream the `subscriptions/listen` that wants it; without one the session's channels hear it.
 */
export async function subscribe(
  incoming: IncomingRequest,
  broker: Answering,
  answer: AnswerUse,
  stream?: Client,
): Promise<BrokerReply> {
  const { principal, onlyServer, era } = incoming;
  const uri = stringMember(incoming.request.params, 'uri') ?? '';
  const giveBack = broker.subscriptions.takeRoom(principal.sessionId);
  if (giveBack === undefined) {
    const reason = 'subscriptions_exhausted';
    await broker.refusals.refused({
      ...requestFields(incoming),
      code: 'TG1003',
      method: incoming.request.method,
      resource: cutUri(uri),
      decision: 'deny',
      reason,
    });
    return respondToRefusal(reason, { kind: 'resource', uri, era });
  }
  try {
    const held = holdLease(broker);
    const reply = await answer(incoming, { ...broker, acquire: held.acquire });
    const on = held.on();
    if (on === undefined) return reply;
    if (reply.kind === 'result') {
      const subscribed: Subscribed = {
        principal,
        server: on.server,
        uri,
        ...(onlyServer === undefined ? {} : { onlyServer }),
        ...(stream === undefined ? {} : { stream }),
      };
      broker.subscriptions.add(subscribed, on);
    } else if (on.isTaken && !broker.subscriptions.isHeld(on.connection, uri)) {
      // It is subscribed there, and the right went before the client was told.
      void on.connection.unsubscribe(uri).finally(on.letGo);
    } else on.letGo();
    return reply;
  } finally {
    giveBack();
  }
}

interface Held extends SubscribedOn {
  readonly server: string;
  /** Whether the tool server did what it was asked. */
  isTaken: boolean;
}

/** Keeps the connection of the last server that was asked beyond its use. */
function holdLease(broker: Answering): {
  readonly acquire: Answering['acquire'];
  on(): Held | undefined;
} {
  let held: Held | undefined;
  return {
    async acquire(...asked): Promise<Lease> {
      const lease = await broker.acquire(...asked);
      const { connection } = lease;
      held?.letGo();
      const now: Held = { server: asked[0], connection, letGo: lease.keep(), isTaken: false };
      held = now;
      const watched = Object.assign(Object.create(connection) as typeof connection, {
        async call(...sent: Parameters<typeof connection.call>) {
          const reply = await connection.call(...sent);
          now.isTaken = reply.kind === 'result';
          return reply;
        },
      });
      return { ...lease, connection: watched };
    },
    on: () => held,
  };
}

/**
 * Takes a subscription back, a use like any other: what somebody else holds on the same connection is
 * not taken back at the tool server. The client hears no more of it, whatever comes of that.
 *
 * Attack: a session takes back what it never had, and another's that shares the connection hears no
 * more.
 */
export async function unsubscribe(
  incoming: IncomingRequest,
  broker: Answering,
  answer: AnswerUse,
): Promise<BrokerReply> {
  const { principal, onlyServer } = incoming;
  const { sessionId } = principal;
  const uri = stringMember(incoming.request.params, 'uri') ?? '';
  const isMeant = (one: Subscribed): boolean =>
    one.stream === undefined && one.onlyServer === onlyServer && one.uri === uri;
  const server = broker.subscriptions.find(sessionId, isMeant)?.server;
  // Where it is subscribed, and not where it would be found now.
  const there = server === undefined ? incoming : { ...incoming, onlyServer: server };
  const isOthers = (one: Subscribed): boolean =>
    one.principal.sessionId !== sessionId || !isMeant(one);
  const acquire: Answering['acquire'] = async (...asked) => {
    const lease = await broker.acquire(...asked);
    const { connection } = lease;
    if (!broker.subscriptions.isHeld(connection, uri, isOthers)) return lease;
    const spared = Object.assign(Object.create(connection) as typeof connection, {
      call: async () => ({ kind: 'result', result: {} }) as const,
    });
    return { ...lease, connection: spared };
  };
  const reply = await answer(there, { ...broker, acquire });
  broker.subscriptions.forget(sessionId, isMeant, reply.kind === 'result');
  return reply;
}
