import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import type { Decision } from '../domain/decision.ts';
import { BrokerError } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import { handleUse } from '../handle-request.ts';
import { jointMark, MARK } from '../inspect/inspection.ts';
import { toEra } from '../respond/era-form.ts';
import { refuseList, startNeverSeen } from './answer-list.ts';
import { plainReply } from './answer-use.ts';
import type { Answering } from './answering.ts';
import { deniesAll, isInScope } from './permitted-items.ts';
import { readParams, type Use } from './use.ts';

const METHOD = 'resources/list';
const READS_AT_MOST = 3;
/** Longest cursor of a tool server that is handed on, UTF-16 code units. */
const MAX_CURSOR_LENGTH = 4_096;

/** Where each tool server's list goes on. */
type Cursors = ReadonlyMap<string, string>;

/** One tool server's part of a page. */
interface Part {
  readonly server: string;
  readonly result: JsonObject;
}

/**
 * Answers `resources/list`: a use of each tool server of which a rule could give a resource, and each
 * listed resource decided by its URI. On `/mcp` a page is the next page of every server that has one,
 * in the order of the configuration, and a URI that two of them list is the first one's; a server that
 * fails is left out, and its failure recorded. Cursors are sealed.
 */
export async function answerResourcesList(
  incoming: IncomingRequest,
  broker: Answering,
): Promise<BrokerReply> {
  const cursors = openCursor(incoming, broker);
  if (cursors === 'invalid') return refuseList(incoming, broker, 'handle_invalid');
  await startNeverSeen(incoming, broker, 'resources');
  const servers = await serversToAsk(incoming, broker, cursors);
  const replies = await Promise.all(
    servers.map(async (server) => {
      const use = readList(incoming, server, cursors?.get(server), servers.length === 1);
      return { server, reply: plainReply(await handleUse(incoming, use, broker)) };
    }),
  );
  const parts: Part[] = [];
  for (const { server, reply } of replies) {
    if (reply.kind === 'result') parts.push({ server, result: reply.result });
    else if (reply.kind !== 'error' || incoming.onlyServer !== undefined) return reply;
  }
  return merge(incoming, broker, parts);
}

async function serversToAsk(
  incoming: IncomingRequest,
  broker: Answering,
  cursors: Cursors | undefined,
): Promise<readonly string[]> {
  const { servers } = broker.catalog.view();
  const decide = broker.decider(incoming.principal);
  return [...servers]
    .filter(
      ([server, { hasResources }]) =>
        hasResources &&
        isInScope(incoming, server) &&
        (cursors === undefined || cursors.has(server)) &&
        decide({ kind: 'server', server, needs: 'resources' }).kind === 'permit',
    )
    .map(([server]) => server);
}

function readList(
  incoming: IncomingRequest,
  server: string,
  cursor: string | undefined,
  isAlone: boolean,
): Use {
  const read = readParams(incoming.request.params ?? {});
  const { cursor: _, ...others } = read.params;
  return {
    ...read,
    target: { kind: 'server', server, needs: 'resources' },
    method: METHOD,
    params: cursor === undefined ? others : { ...others, cursor },
    args: {},
    refused: { kind: 'method' },
    // Of several servers' progress a client could make nothing: it has one token.
    wantsProgress: read.wantsProgress && isAlone,
    narrow: (result, decide) => ({ ...result, resources: permitted({ server, result }, decide) }),
  };
}

/** The listed resources that the decision permits. One without a URI cannot be decided, so it is not. */
function permitted({ server, result }: Part, decide: Decider): readonly Json[] {
  const listed = member(result, 'resources');
  return (Array.isArray(listed) ? (listed as readonly Json[]) : []).filter((resource) => {
    const uri = stringMember(resource, 'uri');
    return uri !== undefined && decide({ kind: 'resource', server, uri }).kind === 'permit';
  });
}

type Decider = (request: Parameters<Answering['decide']>[1]) => Decision;

/**
 * Puts the parts of a page together, decided once more as of one epoch: a slow server must not keep
 * alive what was revoked since a quick one answered.
 */
async function merge(
  incoming: IncomingRequest,
  broker: Answering,
  parts: readonly Part[],
): Promise<BrokerReply> {
  const { onlyServer, era, principal } = incoming;
  for (let reads = 0; reads < READS_AT_MOST; reads += 1) {
    const decide = broker.decider(principal);
    const any = decide({ kind: 'method', method: METHOD });
    const denial = deniesAll(any);
    if (denial !== undefined) {
      const refusal = await refuseList(incoming, broker, denial.reason, denial);
      // As of the other lists: a halt is lifted again. Nothing is permitted meanwhile.
      if (denial.reason !== 'halted') return refusal;
    }
    const found = new Map<string, Json>();
    for (const part of parts) {
      for (const resource of permitted(part, decide)) {
        const uri = stringMember(resource, 'uri') ?? '';
        if (onlyServer === undefined && found.has(uri)) continue;
        if (onlyServer === undefined) broker.memory.noteHome(principal.sessionId, uri, part.server);
        found.set(onlyServer === undefined ? uri : `${found.size}`, resource);
      }
    }
    const next = sealCursor(incoming, broker, parts);
    const page = {
      resources: [...found.values()],
      ...(next === undefined ? {} : { nextCursor: next }),
    };
    // Read last, so that what is sent was true when the epoch was read.
    if (broker.store.epoch() !== any.epoch) continue;
    const [only] = parts;
    if (onlyServer === undefined || only === undefined) {
      const mark = jointMark(parts.map(({ result }) => result));
      const marked = mark === undefined ? page : { ...page, _meta: { [MARK]: mark } };
      return { kind: 'result', result: toEra(marked, METHOD, '2025', era, broker.serverInfo) };
    }
    const { nextCursor: _, ...whole } = only.result;
    return { kind: 'result', result: { ...whole, ...page } };
  }
  throw new BrokerError('ERR_STORE_CONTENDED', 'state changed under every read');
}

const bindingOf = ({ principal, onlyServer }: IncomingRequest) =>
  ({
    kind: 'cursor',
    session: principal.sessionId,
    method: METHOD,
    target: { kind: 'server', server: onlyServer ?? '' },
  }) as const;

function sealCursor(
  incoming: IncomingRequest,
  broker: Answering,
  parts: readonly Part[],
): string | undefined {
  const cursors: Record<string, string> = {};
  for (const { server, result } of parts) {
    const cursor = stringMember(result, 'nextCursor');
    if (cursor === undefined) continue;
    if (cursor.length <= MAX_CURSOR_LENGTH) cursors[server] = cursor;
    else broker.log.warn({ server }, 'a list ends early: its cursor is too long');
  }
  if (Object.keys(cursors).length === 0) return undefined;
  return broker.handles.seal(bindingOf(incoming), cursors, broker.clock.now());
}

/** The cursors in what the client brings back; `undefined` for the first page. */
function openCursor(incoming: IncomingRequest, broker: Answering): Cursors | undefined | 'invalid' {
  const params = incoming.request.params ?? {};
  if (!Object.hasOwn(params, 'cursor')) return undefined;
  const cursor = stringMember(params, 'cursor');
  if (cursor === undefined) return 'invalid';
  const opened = broker.handles.open(bindingOf(incoming), cursor, broker.clock.now());
  if (!isJsonObject(opened)) return 'invalid';
  return new Map(Object.entries(opened).map(([server, at]) => [server, String(at)]));
}
