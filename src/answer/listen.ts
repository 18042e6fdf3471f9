import { cut, requestFields } from '../audit/call-events.ts';
import type {
  BrokerReply,
  ClientChannel,
  IncomingRequest,
  Listening,
  ListKind,
  SessionNews,
} from '../domain/broker.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import type { DenyReason, FormReason } from '../domain/reasons.ts';
import { MAX_SUBSCRIPTIONS } from '../news/subscriptions.ts';
import type { NewsHub } from '../news-hub.ts';
import { respondToRefusal } from '../respond/respond.ts';
import type { Answering } from './answering.ts';
import { sessionHasEnded } from './permitted-items.ts';
import { refuseParams } from './refuse-params.ts';
import { type AnswerUse, subscribe } from './subscribe.ts';

const LISTS: Readonly<Record<ListKind, string>> = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
};
const KNOWN: ReadonlySet<string> = new Set([...Object.values(LISTS), 'resourceSubscriptions']);

/**
 * Decides every entry of a `subscriptions/listen`. The changes of a list are honoured as the list is:
 * whoever may list, be it nothing yet, may hear that there is something. A resource is a use of its
 * own, decided, recorded and sent to its tool server; one that is refused, or not there, is left out.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export async function listen(
  incoming: IncomingRequest,
  tell: (news: SessionNews) => void,
  { channels, subscriptions }: Pick<NewsHub, 'channels' | 'subscriptions'>,
  broker: Answering,
  answer: AnswerUse,
): Promise<Listening | BrokerReply> {
  const { principal, onlyServer, request, signal } = incoming;
  const filter = readFilter(request.params);
  if (filter === undefined) {
    return refuseParams(incoming, broker);
  }
  const standing = broker.decide(principal, { kind: 'method', method: request.method });
  if (standing.kind === 'deny' && sessionHasEnded(standing.reason)) {
    await refuse(incoming, broker, standing.reason);
    return respondToRefusal(standing.reason, { kind: 'method' });
  }
  const { lists, uris, unknown } = filter;
  if (unknown.length > 0) await refuse(incoming, broker, 'surface_closed', { entries: unknown });
  const channel: ClientChannel = {
    principal,
    era: '2026',
    wants: new Set(lists),
    tell,
    ...(onlyServer === undefined ? {} : { onlyServer }),
  };
  const { client, close } = channels.open(channel);
  const stop = (): void => {
    close();
    subscriptions.forget(principal.sessionId, ({ stream }) => stream === client);
  };
  const subscribed: string[] = [];
  for (const uri of uris.slice(0, MAX_SUBSCRIPTIONS)) {
    const one = { ...request, method: 'resources/subscribe', params: { uri } };
    const asked = { ...incoming, request: one };
    const reply = await subscribe(asked, broker, answer, client).catch((error: unknown) => {
      stop();
      throw error;
    });
    if (reply.kind === 'result') subscribed.push(uri);
    if (reply.kind === 'session_ended' || signal.aborted) {
      stop();
      return reply.kind === 'session_ended' ? reply : { kind: 'cancelled' };
    }
  }
  const beyond = uris.length - MAX_SUBSCRIPTIONS;
  if (beyond > 0) await refuse(incoming, broker, 'subscriptions_exhausted', { count: beyond });
  const honoured: JsonObject = {
    ...Object.fromEntries(lists.map((kind) => [LISTS[kind], true])),
    ...(subscribed.length === 0 ? {} : { resourceSubscriptions: subscribed }),
  };
  return { kind: 'listening', honoured, stop };
}

/** The entries of a filter; `undefined` when it has not the form of one. */
function readFilter(params: JsonObject | undefined):
  | {
      readonly lists: readonly ListKind[];
      readonly uris: readonly string[];
      readonly unknown: readonly string[];
    }
  | undefined {
  const filter = member(params, 'notifications');
  if (!isJsonObject(filter)) return undefined;
  const kinds = Object.keys(LISTS) as ListKind[];
  const areFlags = kinds.every((kind) => isFlag(member(filter, LISTS[kind])));
  const uris = member(filter, 'resourceSubscriptions') ?? [];
  if (!areFlags || !isTexts(uris)) return undefined;
  return {
    lists: kinds.filter((kind) => member(filter, LISTS[kind]) === true),
    uris: [...new Set(uris)],
    unknown: Object.keys(filter)
      .filter((key) => !KNOWN.has(key))
      .slice(0, 8)
      .map(cut),
  };
}

const isFlag = (value: Json | undefined): boolean =>
  value === undefined || typeof value === 'boolean';

const isTexts = (value: Json): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

async function refuse(
  incoming: IncomingRequest,
  broker: Answering,
  reason: DenyReason | FormReason,
  detail?: Json,
): Promise<void> {
  await broker.refusals.refused({
    ...requestFields(incoming),
    code: 'TG1004',
    method: incoming.request.method,
    decision: 'deny',
    reason,
    ...(detail === undefined ? {} : { detail }),
  });
}
