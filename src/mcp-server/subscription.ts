import type { Broker, BrokerReply, IncomingRequest, SessionNews } from '../domain/broker.ts';
import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import type { RequestId, RpcNotification } from '../domain/json-rpc.ts';
import { newsNotification } from './news.ts';
import { notificationText, replyText } from './wire.ts';

const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';
/** News that may wait for the acknowledgement; those beyond are dropped. */
const MAX_HELD = 64;

/** A `subscriptions/listen` that was acknowledged. */
export interface Subscription {
  readonly kind: 'open';
  /** Stops it. The text is the result that closes it, for a client that did not cancel it itself. */
  end(): string;
}

/**
 * Opens a subscription: acknowledged before anything else, then what is told, each message under the
 * client's own request id. One of which nothing is honoured is over as soon as it is acknowledged.
 *
 * @param onOver called once when the broker has nothing more to tell; the caller ends it.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export async function openSubscription(
  broker: Broker,
  incoming: IncomingRequest,
  write: (text: string) => void,
  onOver: () => void,
): Promise<Subscription | BrokerReply> {
  const { id } = incoming.request;
  let state: 'deciding' | 'open' | 'over' = 'deciding';
  const held: SessionNews[] = [];
  const tell = (news: SessionNews): void => {
    if (state === 'over') return;
    if (state === 'deciding') {
      if (held.length < MAX_HELD || news.kind === 'ended') held.push(news);
      return;
    }
    const notification = newsNotification(news);
    if (notification === undefined) onOver();
    else write(notificationText(tagged(notification, id)));
  };
  const answer = await broker.listen(incoming, tell);
  if (answer.kind !== 'listening') {
    state = 'over';
    return answer;
  }
  const { honoured } = answer;
  const params: JsonObject = { notifications: honoured };
  write(notificationText(tagged({ jsonrpc: '2.0', method: ACKNOWLEDGED, params }, id)));
  state = 'open';
  for (const news of held.splice(0)) tell(news);
  if (Object.keys(honoured).length === 0) onOver();
  return {
    kind: 'open',
    end() {
      state = 'over';
      answer.stop();
      const _meta = { [SUBSCRIPTION_ID]: id };
      return replyText(id, { kind: 'result', result: { resultType: 'complete', _meta } });
    },
  };
}

/** A notification of this subscription: an id in it that is not the client's is another hop's. */
function tagged(notification: RpcNotification, id: RequestId): RpcNotification {
  const meta = member(notification.params, '_meta');
  const _meta = { ...(isJsonObject(meta) ? meta : {}), [SUBSCRIPTION_ID]: id };
  return { ...notification, params: { ...notification.params, _meta } };
}
