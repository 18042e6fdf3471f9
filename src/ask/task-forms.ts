import type { SessionId } from '../domain/ids.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { HandleBinding, Handles } from './handles.ts';

/** A task of a tool server, and the tool whose call made it. */
export interface TaskRef {
  readonly server: string;
  readonly tool: string;
  /** The tool server's own id. */
  readonly id: string;
  /** UTF-8 bytes of its result that may be released, as the call that made it was permitted. */
  readonly maxResultBytes?: number | undefined;
}

const bindingOf = (session: SessionId): HandleBinding => ({
  kind: 'task',
  session,
  method: 'tasks',
});

/** The id a client knows a task by: its session's alone, and always the same. */
export const sealTask = (
  handles: Handles,
  session: SessionId,
  { server, tool, id, maxResultBytes }: TaskRef,
): string => {
  const ref = [server, tool, id];
  const sealed = maxResultBytes === undefined ? ref : [...ref, maxResultBytes];
  return handles.seal(bindingOf(session), sealed, 0);
};

/** The task behind an id that a client brings; `undefined` for one that is not its session's. */
export function openTask(handles: Handles, session: SessionId, id: string): TaskRef | undefined {
  const opened = handles.open(bindingOf(session), id, 0);
  if (!Array.isArray(opened)) return undefined;
  const [server, tool, inner, bytes] = opened as readonly Json[];
  return typeof server === 'string' && typeof tool === 'string' && typeof inner === 'string'
    ? { server, tool, id: inner, ...(typeof bytes === 'number' ? { maxResultBytes: bytes } : {}) }
    : undefined;
}

/** Member of `_meta` that says which task a message of 2025 belongs to. */
const RELATED_TASK = 'io.modelcontextprotocol/related-task';

/** A message whose `_meta` names the task it belongs to, by the id its client knows. */
export function relateTask(message: JsonObject, seal: (id: string) => string): JsonObject {
  const meta = member(message, '_meta');
  const related = member(meta, RELATED_TASK);
  const id = stringMember(related, 'taskId');
  if (!isJsonObject(meta) || !isJsonObject(related) || id === undefined) return message;
  return { ...message, _meta: { ...meta, [RELATED_TASK]: { ...related, taskId: seal(id) } } };
}

/** A task's state whose id is the one its client knows. */
export function sealTaskId(task: JsonObject, seal: (id: string) => string): JsonObject {
  const id = stringMember(task, 'taskId');
  return id === undefined ? task : { ...task, taskId: seal(id) };
}
