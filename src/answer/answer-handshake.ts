import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import { REVISION_2026, REVISIONS_2025 } from '../domain/era.ts';
import type { JsonObject } from '../domain/json.ts';
import { toEra } from '../respond/era-form.ts';
import type { Answering } from './answering.ts';
import { approvedInfo } from './approved-info.ts';
import { instructionsFor } from './instructions.ts';
import { visible } from './visible-capabilities.ts';

/**
 * Answers `initialize` and `server/discover`. On `/mcp/<server>` the server's own pinned identity is
 * shown; nothing is started but a server never seen of which a rule gives something.
 */
export async function answerHandshake(
  incoming: IncomingRequest,
  broker: Answering,
): Promise<BrokerReply> {
  const serverInfo = await whoAnswers(incoming, broker);
  const { capabilities, instructions } = visible(incoming, broker);
  const common = {
    capabilities,
    instructions: instructionsFor(instructions, incoming.onlyServer),
  };
  if (incoming.era === '2025') {
    const result = { protocolVersion: incoming.revision, ...common, serverInfo };
    return { kind: 'result', result };
  }
  const result = { supportedVersions: [REVISION_2026, ...REVISIONS_2025], ...common };
  return {
    kind: 'result',
    result: toEra(result, 'server/discover', '2025', '2026', serverInfo),
  };
}

async function whoAnswers(incoming: IncomingRequest, broker: Answering): Promise<JsonObject> {
  const { onlyServer, principal } = incoming;
  if (onlyServer === undefined) return broker.serverInfo;
  const reach = broker.decide(principal, { kind: 'server', server: onlyServer });
  if (reach.kind !== 'permit') return broker.serverInfo;
  const { pinned } = broker.catalog.view();
  if (!pinned.has(onlyServer)) await broker.firstUse(incoming, onlyServer);
  return approvedInfo(onlyServer, broker);
}
