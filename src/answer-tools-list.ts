import type { Answering } from './answering.ts';
import { denyFields, requestFields } from './audit/call-events.ts';
import { exposedName } from './catalog/exposed-name.ts';
import type { BrokerReply, IncomingRequest } from './domain/broker.ts';
import type { Deny } from './domain/decision.ts';
import { BrokerError, errorCode } from './domain/errors.ts';
import type { JsonObject } from './domain/json.ts';
import type { DenyReason } from './domain/reasons.ts';
import { toEra } from './respond/era-form.ts';
import { respondToRefusal } from './respond/respond.ts';

const READS_AT_MOST = 3;

/**
 * Answers `tools/list` from pinned definitions: the same decision as for a call, once per tool.
 * Starts only servers never seen of which a rule gives something; one that does not start is left
 * out. Sorted, so that prompt caches hold; one page.
 */
export async function answerToolsList(
  incoming: IncomingRequest,
  broker: Answering,
): Promise<BrokerReply> {
  await startNeverSeen(incoming, broker);
  for (let reads = 0; reads < READS_AT_MOST; reads += 1) {
    const answer = await permittedTools(incoming, broker);
    if ('kind' in answer) {
      await broker.refusals.refused({
        ...requestFields(incoming),
        code: 'TG1004',
        method: 'tools/list',
        ...denyFields(answer),
      });
      // A halt is lifted again: a client that got an error would keep the old list, or give up.
      if (answer.reason === 'halted') return listOf([], incoming, broker);
      return respondToRefusal(answer.reason, { kind: 'method' });
    }
    // Read last, so that what is sent was true when the epoch was read.
    if (broker.store.epoch() !== answer.epoch) continue;
    return listOf(answer.tools, incoming, broker);
  }
  throw new BrokerError('ERR_STORE_CONTENDED', 'state changed under every read');
}

const listOf = (
  tools: readonly JsonObject[],
  { era }: IncomingRequest,
  { serverInfo }: Answering,
): BrokerReply => ({
  kind: 'result',
  result: toEra({ tools }, 'tools/list', '2025', era, serverInfo),
});

async function startNeverSeen(incoming: IncomingRequest, broker: Answering): Promise<void> {
  const { servers } = await broker.catalog.view();
  const starts: Promise<void>[] = [];
  for (const [server, { tools }] of servers) {
    if (tools !== undefined || !isInScope(incoming, server)) continue;
    const reach = await broker.decide(incoming.principal, { kind: 'server', server });
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

/**
 * What a client sees, as of one epoch (-1 when state moved between two reads), or the reason that holds
 * whatever it asks.
 */
export async function permittedTools(
  incoming: Pick<IncomingRequest, 'principal' | 'onlyServer'>,
  broker: Pick<Answering, 'catalog' | 'decider' | 'scrub'>,
): Promise<{ readonly epoch: number; readonly tools: readonly JsonObject[] } | Deny> {
  const { epoch, pinned, names } = await broker.catalog.view();
  const decide = await broker.decider(incoming.principal);
  // A session that ended, and a halt, say so of any request.
  const any = decide({ kind: 'method', method: 'tools/list' });
  if (any.kind === 'deny' && FOR_ALL.has(any.reason)) return any;
  const listed: { readonly name: string; readonly definition: JsonObject }[] = [];
  for (const { server, tools } of pinned.values()) {
    if (!isInScope(incoming, server)) continue;
    for (const { name: tool, definition } of tools) {
      const ref = { server, tool };
      if (incoming.onlyServer === undefined && !names.isUnique(ref)) continue;
      const decision = decide({ kind: 'tool', ...ref });
      if (decision.epoch !== epoch) return { epoch: -1, tools: [] };
      if (decision.kind === 'deny') continue;
      const name = incoming.onlyServer === undefined ? exposedName(ref) : tool;
      listed.push({ name, definition: broker.scrub({ ...definition, name }) });
    }
  }
  listed.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { epoch, tools: listed.map(({ definition }) => definition) };
}

/** Reasons that hold whatever was asked. */
const FOR_ALL: ReadonlySet<DenyReason> = new Set([
  'halted',
  'session_revoked',
  'session_suspended',
  'session_expired',
]);

/** Whether a reason says that the session itself is over, or rests. */
export const sessionHasEnded = (reason: DenyReason): boolean =>
  FOR_ALL.has(reason) && reason !== 'halted';

const isInScope = (incoming: Pick<IncomingRequest, 'onlyServer'>, server: string): boolean =>
  incoming.onlyServer === undefined || incoming.onlyServer === server;
