import { denyFields, requestFields } from '../audit/call-events.ts';
import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import type { Deny } from '../domain/decision.ts';
import { BrokerError, errorCode } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { toEra } from '../respond/era-form.ts';
import { respondToRefusal } from '../respond/respond.ts';
import type { Answering } from './answering.ts';
import { isInScope, type PinnedListKind, permittedItems } from './permitted-items.ts';

const READS_AT_MOST = 3;

const METHODS = {
  tools: { method: 'tools/list', key: 'tools' },
  prompts: { method: 'prompts/list', key: 'prompts' },
  templates: { method: 'resources/templates/list', key: 'resourceTemplates' },
} as const satisfies Record<PinnedListKind, { readonly method: string; readonly key: string }>;

/**
 * Answers a list from pinned definitions. Starts only servers never seen of which a rule gives
 * something; one that does not start is left out. One page: a cursor leads nowhere.
 */
export const answerList =
  (kind: PinnedListKind) =>
  async (incoming: IncomingRequest, broker: Answering): Promise<BrokerReply> => {
    const { method, key } = METHODS[kind];
    const listOf = (items: readonly JsonObject[]): BrokerReply => ({
      kind: 'result',
      result: toEra({ [key]: items }, method, '2025', incoming.era, broker.serverInfo),
    });
    if (Object.hasOwn(incoming.request.params ?? {}, 'cursor')) {
      return refuseList(incoming, broker, 'handle_invalid');
    }
    await startNeverSeen(incoming, broker);
    for (let reads = 0; reads < READS_AT_MOST; reads += 1) {
      const answer = permittedItems(kind, incoming, broker);
      if ('kind' in answer) {
        const refusal = await refuseList(incoming, broker, answer.reason, answer);
        // A halt is lifted again: a client that got an error would keep the old list, or give up.
        return answer.reason === 'halted' ? listOf([]) : refusal;
      }
      // Read last, so that what is sent was true when the epoch was read.
      if (broker.store.epoch() === answer.epoch) return listOf(answer.items);
    }
    throw new BrokerError('ERR_STORE_CONTENDED', 'state changed under every read');
  };

/** Records that a list is refused, and says so. */
export async function refuseList(
  incoming: IncomingRequest,
  broker: Answering,
  reason: DenyReason,
  deny?: Deny,
): Promise<BrokerReply> {
  await broker.refusals.refused({
    ...requestFields(incoming),
    code: 'TG1004',
    method: incoming.request.method,
    ...(deny === undefined ? { decision: 'deny', reason } : denyFields(deny)),
  });
  return respondToRefusal(reason, { kind: 'method' });
}

/**
 * Starts the servers never seen of which a rule gives something, each for itself.
 *
 * @param needs starts only those of which a rule gives a resource.
 */
export async function startNeverSeen(
  incoming: IncomingRequest,
  broker: Answering,
  needs?: 'resources',
): Promise<void> {
  const { servers } = broker.catalog.view();
  const starts: Promise<void>[] = [];
  for (const [server, { tools }] of servers) {
    if (tools !== undefined || !isInScope(incoming, server)) continue;
    const reach = broker.decide(incoming.principal, {
      kind: 'server',
      server,
      ...(needs === undefined ? {} : { needs }),
    });
    if (reach.kind === 'permit') {
      starts.push(
        broker.firstUse(incoming, server).catch((error) => {
          // Intentionally left out and not thrown: one server that fails takes nothing else down.
          broker.log.warn(
            { server, code: errorCode(error), error },
            'tool server left out of the list',
          );
        }),
      );
    }
  }
  await Promise.all(starts);
}
