import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import type { Decision } from '../domain/decision.ts';
import { type Json, member } from '../domain/json.ts';
import { handleUse, type UseReply } from '../handle-request.ts';
import { startNeverSeen } from './answer-list.ts';
import { answerUse } from './answer-use.ts';
import type { Answering } from './answering.ts';
import { NOTHING, readParams, type Use } from './use.ts';

/** A URI's use at each tool server that may have it, the likeliest first; one at least. */
type Candidates = readonly [Use, ...Use[]];

/**
 * Answers a method that names a resource by its URI. On `/mcp` nothing in a URI says whose it is: the
 * servers the client may have it from are asked in turn, and the first that has it answers.
 *
 * Attack: a server that is asked for what another has, answers in its place. It can do so only for
 * URIs that the client is granted of it; one that listed or gave the URI before comes first.
 *
 * @throws BrokerError when catalog or rights cannot be read.
 */
export function answerResource(incoming: IncomingRequest, broker: Answering): Promise<BrokerReply> {
  return answerUse(incoming, (request) => askInTurn(request, broker), broker);
}

async function askInTurn(incoming: IncomingRequest, broker: Answering): Promise<UseReply> {
  const { sessionId } = incoming.principal;
  const uses = await readResource(incoming, broker);
  let refusal: UseReply | undefined;
  for (const use of uses) {
    const reply = await handleUse(incoming, use, broker);
    if (reply.kind === 'result' || reply.kind === 'input_required')
      noteHome(use, broker, sessionId);
    if (reply.kind !== 'error') return reply;
    refusal ??= reply;
  }
  // Intentionally the first one's: what the others said is of resources they do not have.
  return refusal ?? handleUse(incoming, uses[0], broker);
}

function noteHome(
  { target, method }: Use,
  { memory }: Answering,
  session: IncomingRequest['principal']['sessionId'],
): void {
  // A server may accept a subscription to whatever it is asked for.
  if (target.kind === 'resource' && method === 'resources/read') {
    memory.noteHome(session, target.uri, target.server);
  }
}

async function readResource(incoming: IncomingRequest, broker: Answering): Promise<Candidates> {
  const { era, request, onlyServer } = incoming;
  const params = request.params ?? {};
  const said = member(params, 'uri');
  const uri = typeof said === 'string' ? said : '';
  // Giving something back needs no more than that it could have been had.
  const args = request.method === 'resources/unsubscribe' ? {} : { args: { uri } };
  const use = (server: string): Use => ({
    ...readParams(params),
    target: { kind: 'resource', server, uri, ...args },
    method: request.method,
    args: {},
    refused: { kind: 'resource', uri, era },
  });
  if (onlyServer !== undefined) return [use(onlyServer)];
  const [first = NOTHING, ...others] = await serversOf(uri, incoming, broker);
  return [use(first), ...others.map(use)];
}

/**
 * The servers a client may have a URI from. When there is none: the one whose refusal says most, for the
 * audit; the client is told the same of every one.
 */
async function serversOf(
  uri: string,
  incoming: IncomingRequest,
  broker: Answering,
): Promise<readonly string[]> {
  await startNeverSeen(incoming, broker, 'resources');
  const { pinned, servers } = broker.catalog.view();
  const decide = broker.decider(incoming.principal);
  const decideAll = (args: { readonly args?: Json }) =>
    [...servers.keys()].map((server): [string, Decision] => [
      server,
      decide({ kind: 'resource', server, uri, ...args }),
    ]);
  const permittedBy = (all: readonly [string, Decision][]): readonly string[] =>
    all.filter(([, { kind }]) => kind === 'permit').map(([name]) => name);
  const decisions = decideAll({});
  const readable = permittedBy(decideAll({ args: { uri } }));
  // What only a condition or the hour refuses is told so, and not that it does not exist.
  const permitted = readable.length > 0 ? readable : permittedBy(decisions);
  if (permitted.length === 0) {
    const telling = decisions.find(([, { rule }]) => rule !== undefined);
    return telling === undefined ? [] : [telling[0]];
  }
  const home = broker.memory.home(incoming.principal.sessionId, uri);
  const likeliness = (server: string): number => {
    if (server === home) return Number.POSITIVE_INFINITY;
    const templates = pinned.get(server)?.templates ?? [];
    return Math.max(-1, ...templates.map(({ name }) => literalMatch(name, uri)));
  };
  // Stable: otherwise in the order of the configuration.
  return permitted
    .map((server) => ({ server, rank: likeliness(server) }))
    .sort((a, b) => (a.rank === b.rank ? 0 : b.rank - a.rank))
    .map(({ server }) => server);
}

/** How much of a URI a template spells out in front of its first expression; -1 when it is another's. */
function literalMatch(template: string, uri: string): number {
  const [literal = ''] = template.split('{', 1);
  return uri.startsWith(literal) ? literal.length : -1;
}
