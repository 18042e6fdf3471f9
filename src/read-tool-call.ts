import type { Answering } from './answering.ts';
import { splitExposedName } from './catalog/exposed-name.ts';
import type { IncomingRequest } from './domain/broker.ts';
import { member } from './domain/json.ts';
import type { ToolRef } from './domain/tool-ref.ts';
import { NOTHING, readParams, type Use } from './use.ts';

/**
 * Reads a `tools/call`: finds the tool ref behind the name the client wrote. Everything but the name
 * and this hop's own members stays as it came.
 *
 * @throws BrokerError when the catalog cannot be read: a tool is never called unknown for that.
 */
export async function readToolCall(incoming: IncomingRequest, broker: Answering): Promise<Use> {
  const params = incoming.request.params ?? {};
  const name = member(params, 'name');
  const askedName = typeof name === 'string' ? name : '';
  const ref = await findRef(askedName, incoming.onlyServer, broker);
  const read = readParams(params);
  // In 2026 it means nothing; a tool server of 2025 would make a task of the call.
  const { task: _, ...plain } = read.params;
  const sent = incoming.era === '2026' ? plain : read.params;
  return {
    ...read,
    target: { kind: 'tool', ...ref },
    ...(Object.hasOwn(sent, 'task')
      ? { surface: { kind: 'method', method: 'tools/call#task' } }
      : {}),
    method: 'tools/call',
    params: { ...sent, name: ref.tool },
    args: member(params, 'arguments') ?? {},
    refused: { kind: 'tool', name: askedName, era: incoming.era },
  };
}

async function findRef(
  name: string,
  onlyServer: string | undefined,
  broker: Answering,
): Promise<ToolRef> {
  if (onlyServer !== undefined) return { server: onlyServer, tool: name };
  const { names, servers } = await broker.catalog.view();
  const found = names.resolve(name);
  if (found !== undefined) return found;
  const split = splitExposedName(name);
  // A pinned tool has its exposed name alone; any other is decided, and denied, as what it says.
  if (split !== undefined && !servers.get(split.server)?.tools?.has(split.tool)) return split;
  return { server: NOTHING, tool: name };
}
