import type { Answering } from './answering.ts';
import { splitExposedName } from './catalog/exposed-name.ts';
import type { IncomingRequest } from './domain/broker.ts';
import { ENVELOPE_KEYS } from './domain/era.ts';
import { isJsonObject, type Json, type JsonObject, member } from './domain/json.ts';
import type { ToolRef } from './domain/tool-ref.ts';

/** A `tools/call` as the broker understands it. */
export interface ToolCall {
  /** The name as the client wrote it: refusals repeat it and nothing else. */
  readonly askedName: string;
  /** What it stands for. Both parts are the client's word until a decision permits them. */
  readonly ref: ToolRef;
  readonly args: Json;
  /** What goes to the tool server: its own name for the tool, everything else as it came. */
  readonly params: JsonObject;
  /** Whether the call asks for a task, a surface of its own. */
  readonly isTask: boolean;
  readonly wantsProgress: boolean;
  readonly onProgress: (params: JsonObject) => void;
  /** `traceparent` of the client, W3C Trace Context. */
  readonly trace: string | undefined;
}

/** A name that stands for nothing: no server key is empty, so nothing can be granted under it. */
const NOTHING = '';

/**
 * Reads a `tools/call`: finds the tool ref behind the name the client wrote, and takes this hop's own
 * members (envelope, progress token) out of `_meta`. Everything else stays as it came.
 *
 * @throws BrokerError when the catalog cannot be read: a tool is never called unknown for that.
 */
export async function readToolCall(
  incoming: IncomingRequest,
  broker: Answering,
): Promise<ToolCall> {
  const params: JsonObject = incoming.request.params ?? {};
  const name = member(params, 'name');
  const askedName = typeof name === 'string' ? name : '';
  const ref = await findRef(askedName, incoming.onlyServer, broker);
  const meta = member(params, '_meta');
  const { _meta: _, name: __, ...others } = params;
  const passedMeta = isJsonObject(meta) ? withoutHop(meta) : undefined;
  const trace = member(meta, 'traceparent');
  return {
    askedName,
    ref,
    args: member(params, 'arguments') ?? {},
    params: {
      ...others,
      name: ref.tool,
      ...(passedMeta === undefined ? {} : { _meta: passedMeta }),
    },
    isTask: Object.hasOwn(params, 'task'),
    wantsProgress: isJsonObject(meta) && Object.hasOwn(meta, 'progressToken'),
    onProgress: (progress) =>
      incoming.notify({ jsonrpc: '2.0', method: 'notifications/progress', params: progress }),
    trace: typeof trace === 'string' && trace.length <= 128 ? trace : undefined,
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

const HOP_KEYS: ReadonlySet<string> = new Set([...Object.values(ENVELOPE_KEYS), 'progressToken']);

function withoutHop(meta: JsonObject): JsonObject | undefined {
  const kept = Object.entries(meta).filter(([key]) => !HOP_KEYS.has(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
