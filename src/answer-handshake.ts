import type { Answering } from './answering.ts';
import type { BrokerReply, IncomingRequest } from './domain/broker.ts';
import { REVISION_2026 } from './domain/era.ts';
import type { JsonObject } from './domain/json.ts';
import { toEra } from './respond/era-form.ts';

/**
 * What this version offers, whatever a tool server behind it could. Changes of the list are told where
 * there is a channel for it: stdio, in the era that has no subscriptions.
 */
const capabilitiesFor = ({ origin, era }: IncomingRequest): JsonObject => ({
  tools: origin.transport === 'stdio' && era === '2025' ? { listChanged: true } : {},
});

const INSTRUCTIONS =
  'Toolgrant stands between you and the tool servers. The tools listed are the ones your grant ' +
  'allows for its purpose, until it ends; each call is authorized again and recorded. A tool that ' +
  'is not listed does not exist here: ask whoever issued the grant.';

/**
 * Answers `initialize` and `server/discover`. On `/mcp/<server>` the server's own pinned identity is
 * shown; nothing is started but a server never seen of which a rule gives something.
 */
export async function answerHandshake(
  incoming: IncomingRequest,
  broker: Answering,
): Promise<BrokerReply> {
  const serverInfo = await whoAnswers(incoming, broker);
  const common = { capabilities: capabilitiesFor(incoming), instructions: INSTRUCTIONS };
  if (incoming.era === '2025') {
    const result = { protocolVersion: incoming.revision, ...common, serverInfo };
    return { kind: 'result', result };
  }
  const result = { supportedVersions: [REVISION_2026], ...common };
  return {
    kind: 'result',
    result: toEra(result, 'server/discover', '2025', '2026', serverInfo),
  };
}

async function whoAnswers(incoming: IncomingRequest, broker: Answering): Promise<JsonObject> {
  const { onlyServer, principal } = incoming;
  if (onlyServer === undefined) return broker.serverInfo;
  const reach = await broker.decide(principal, { kind: 'server', server: onlyServer });
  if (reach.kind !== 'permit') return broker.serverInfo;
  const known = (await broker.catalog.view()).pinned.get(onlyServer);
  if (known !== undefined) return broker.scrub(known.serverInfo);
  await broker.firstUse(incoming, onlyServer);
  const seen = (await broker.catalog.view()).pinned.get(onlyServer)?.serverInfo;
  return broker.scrub(seen ?? broker.serverInfo);
}
