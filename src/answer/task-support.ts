import type { PinnedServer } from '../domain/catalog-record.ts';
import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import type { RpcError } from '../domain/json-rpc.ts';
import { capabilityMissing } from '../respond/rpc-errors.ts';

/** The extension that has tasks in 2026. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** A set of capabilities with tasks, as 2026 declares them. */
export const TASKS_2026: JsonObject = { extensions: { [TASKS_EXTENSION]: {} } };

/** Whether a client of 2026 declares that it knows tasks. */
export const knowsTasks = (capabilities: JsonObject): boolean =>
  isJsonObject(member(member(capabilities, 'extensions'), TASKS_EXTENSION));

/** What a client of 2026 is told that does not declare what a task takes. */
export const tasksMissing = (): RpcError => capabilityMissing(TASKS_2026);

/** Whether a tool server says that it lacks a client that knows tasks, and nothing else. */
export function wantsTasks({ data }: RpcError): boolean {
  const required = member(data, 'requiredCapabilities');
  const extensions = member(required, 'extensions');
  return (
    isJsonObject(required) &&
    isJsonObject(extensions) &&
    Object.keys(required).length === 1 &&
    Object.keys(extensions).join() === TASKS_EXTENSION
  );
}

/**
 * Whether calls of a tool server's tools can become tasks, in its own era. Tasks stay in one era: the
 * two forms differ in who decides that there is one, and in how its end is fetched.
 */
export function makesTasks({ era, capabilities }: Pick<PinnedServer, 'era' | 'capabilities'>) {
  if (era === '2026') return knowsTasks(capabilities);
  const requests = member(member(capabilities, 'tasks'), 'requests');
  return isJsonObject(member(member(requests, 'tools'), 'call'));
}

/** Whether a 2025 tool server's tasks can be cancelled. */
export const cancelsTasks = ({ capabilities }: Pick<PinnedServer, 'capabilities'>): boolean =>
  isJsonObject(member(member(capabilities, 'tasks'), 'cancel'));
