import { splitExposedName } from '../catalog/exposed-name.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { ToolRef } from '../domain/tool-ref.ts';
import type { Answering } from './answering.ts';
import { makesTasks } from './task-support.ts';
import { NOTHING, readParams, type Use } from './use.ts';

/**
 * Reads a `tools/call`: finds the tool ref behind the name the client wrote. Everything but the name
 * and this hop's own members stays as it came.
 *
 * @throws BrokerError when the catalog cannot be read: a tool is never called unknown for that.
 */
export function readToolCall(incoming: IncomingRequest, broker: Answering): Use {
  const params = incoming.request.params ?? {};
  const args = member(params, 'arguments') ?? {};
  const name = member(params, 'name');
  const askedName = typeof name === 'string' ? name : '';
  const ref = findRef(askedName, incoming.onlyServer, broker);
  const read = readParams(params);
  const isPlain = !Object.hasOwn(read.params, 'task') || mayBeTask(incoming, ref, broker);
  const sent = isPlain ? read.params : withoutTask(read.params);
  return {
    wantsProgress: read.wantsProgress,
    trace: read.trace,
    target: { kind: 'tool', server: ref.server, tool: ref.tool, args },
    method: 'tools/call',
    params: ref.tool === name ? sent : { ...sent, name: ref.tool },
    args,
    refused: { kind: 'tool', name: askedName, era: incoming.era },
  };
}

const withoutTask = ({ task: _, ...plain }: JsonObject): JsonObject => plain;

/**
 * Whether a call's `task` goes to the tool server. In 2026 it means nothing, and neither does it where
 * no task can be made: the call is then as if it did not ask for one.
 */
function mayBeTask({ era }: IncomingRequest, { server }: ToolRef, broker: Answering): boolean {
  if (era !== '2025') return false;
  const pinned = broker.catalog.view().pinned.get(server);
  return pinned?.era === '2025' && makesTasks(pinned);
}

function findRef(name: string, onlyServer: string | undefined, broker: Answering): ToolRef {
  if (onlyServer !== undefined) return { server: onlyServer, tool: name };
  const { names, servers } = broker.catalog.view();
  const found = names.resolve(name);
  if (found !== undefined) return found;
  const split = splitExposedName(name);
  // A pinned tool has its exposed name alone; any other is decided, and denied, as what it says.
  if (split !== undefined && !servers.get(split.server)?.tools?.has(split.tool)) return split;
  return { server: NOTHING, tool: name };
}
