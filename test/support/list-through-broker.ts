import { answerList } from '../../src/answer/answer-list.ts';
import type { Answering } from '../../src/answer/answering.ts';
import { decide } from '../../src/authorize/decide.ts';
import type { Asker, PolicyState } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';

/**
 * Asks the broker's own `tools/list` for everything an asker sees of a state: the refs listed, and the
 * servers it would have started for it. Definitions carry their ref in a member of their own, so that
 * nothing depends on the names clients see.
 */
export async function listThroughBroker(
  state: PolicyState,
  asker: Asker,
  now: number,
): Promise<{ readonly listed: readonly string[]; readonly started: readonly string[] }> {
  const started: string[] = [];
  const pinned = [...state.servers].flatMap(([server, { tools }]) =>
    tools === undefined
      ? []
      : [{ server, tools: [...tools.keys()].map((name) => definitionOf(server, name)) }],
  );
  const view = {
    epoch: state.epoch,
    servers: state.servers,
    pinned: new Map(pinned.map((each) => [each.server, each])),
    names: { isUnique: () => true },
  };
  const broker = {
    store: { epoch: () => state.epoch },
    catalog: { view: () => view },
    takenAway: { isTaken: () => false },
    decide: (_principal: unknown, request: AccessRequest) => decide(state, asker, request, now),
    decider: () => (request: AccessRequest) => decide(state, asker, request, now),
    firstUse: async (_incoming: unknown, server: string) => {
      started.push(server);
    },
    refusals: { refused: async () => {} },
    scrub: (value: unknown) => value,
    serverInfo: { name: 'toolgrant', version: '0.0.0' },
  };
  const incoming = {
    principal: asker,
    era: '2025',
    revision: '2025-11-25',
    origin: { transport: 'cli' },
    request: { id: 1, method: 'tools/list' },
  };
  const reply = await answerList('tools')(
    incoming as unknown as IncomingRequest,
    broker as unknown as Answering,
  );
  if (reply.kind !== 'result') throw new Error(`tools/list ended as ${reply.kind}`);
  const tools = (reply.result as unknown as { readonly tools: readonly { ref: string }[] }).tools;
  return { listed: tools.map((tool) => tool.ref).sort(), started: started.sort() };
}

const definitionOf = (server: string, name: string) => ({
  name,
  definition: { name, ref: `${server}/${name}`, inputSchema: { type: 'object' } },
});
