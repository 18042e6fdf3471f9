import type { UseTarget } from '../domain/access-request.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import type { Label } from '../domain/label.ts';
import type { FindShapes } from './find-secrets.ts';
import { inspectReply } from './inspect-result.ts';
import type { Inspection } from './inspection.ts';
import type { ResultSettings } from './result-settings.ts';

/** Looks at what a tool server answered to one use. */
export type InspectResult = (
  use: { readonly target: UseTarget; readonly method: string },
  reply: RpcReply,
) => Inspection;

/** Methods whose answers a model reads. Of lists that of resources alone: the others are looked at before approval. */
const READ: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/list',
  'resources/read',
  'completion/complete',
  'tasks/get',
  'tasks/result',
]);

/** Methods whose answers have the result of a tool call, which its output schema is for. */
const OF_CALLS: ReadonlySet<string> = new Set(['tools/call', 'tasks/get', 'tasks/result']);

/** Makes the look at results, by the settings and labels of each tool server's tools. */
export function resultInspector(parts: {
  /** @param tool absent: what the server answers to anything but a tool call. */
  readonly settingsOf: (server: string, tool?: string) => ResultSettings;
  readonly labelsOf: (server: string, tool: string) => readonly Label[];
  /** The output schema of a tool as it was approved. */
  readonly outputSchemaOf: (server: string, tool: string) => Json | undefined;
  readonly findShapes: FindShapes;
  readonly sizeOf: (value: Json) => number;
}): InspectResult {
  const { findShapes, sizeOf } = parts;
  return ({ target, method }, reply) => {
    if (!READ.has(method)) return { reply };
    const { server } = target;
    const tool = target.kind === 'tool' ? target.tool : undefined;
    const outputSchema =
      tool === undefined || !OF_CALLS.has(method) ? undefined : parts.outputSchemaOf(server, tool);
    const settings = parts.settingsOf(server, tool);
    const isTaskState = method === 'tasks/get';
    const found = inspectReply(reply, {
      settings,
      outputSchema,
      isTaskState,
      findShapes,
      sizeOf,
    });
    const labels = tool === undefined ? [] : parts.labelsOf(server, tool);
    if (labels.length === 0) return found;
    const detail: JsonObject = { labels, ...found.detail };
    return { ...found, detail };
  };
}
