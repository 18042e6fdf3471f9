import type { UseTarget } from '../domain/access-request.ts';
import { BrokerError } from '../domain/errors.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';

/** Whether a method's params name the target it was permitted for. A method not here is never sent. */
const NAMES: Readonly<Record<string, (target: UseTarget, params: JsonObject) => boolean>> = {
  'tools/call': (target, params) =>
    target.kind === 'tool' &&
    stringMember(params, 'name') === target.tool &&
    hasArgs(target, params),
  'prompts/get': (target, params) =>
    target.kind === 'prompt' &&
    stringMember(params, 'name') === target.prompt &&
    hasArgs(target, params),
  'resources/read': namesResource,
  'resources/subscribe': namesResource,
  'resources/unsubscribe': namesResource,
  'resources/list': (target) => target.kind === 'server',
  'completion/complete': (target, params) => isReference(target, member(params, 'ref')),
  // The right to a task is the right to the call that made it.
  'tasks/get': namesTask,
  'tasks/result': namesTask,
  'tasks/update': namesTask,
  'tasks/cancel': namesTask,
};

/** Whether the arguments are those that were decided on: the very same, or none. */
function hasArgs({ args }: Extract<UseTarget, { kind: 'tool' | 'prompt' }>, params: JsonObject) {
  const sent = member(params, 'arguments') ?? undefined;
  if (sent !== undefined) return sent === args;
  return isJsonObject(args) && Object.keys(args).length === 0;
}

function namesResource(target: UseTarget, params: JsonObject): boolean {
  return target.kind === 'resource' && stringMember(params, 'uri') === target.uri;
}

function namesTask(target: UseTarget, params: JsonObject): boolean {
  return target.kind === 'tool' && stringMember(params, 'taskId') !== undefined;
}

function isReference(target: UseTarget, reference: unknown): boolean {
  const type = stringMember(reference, 'type');
  switch (target.kind) {
    case 'prompt':
      return type === 'ref/prompt' && stringMember(reference, 'name') === target.prompt;
    case 'template':
      return type === 'ref/resource' && stringMember(reference, 'uri') === target.template;
    case 'resource':
      return type === 'ref/resource' && stringMember(reference, 'uri') === target.uri;
    case 'tool':
    case 'server':
      return false;
  }
}

/**
 * Fails for params that name anything but what the receipt is for, or hold other arguments.
 *
 * Attack: a mistake anywhere before this line would send a permitted call to something else, or one whose
 * arguments no condition has seen.
 *
 * @throws BrokerError `ERR_INTERNAL`.
 */
export function assertTarget(server: string, receipt: IntentReceipt, params: JsonObject): void {
  const { method, target } = receipt;
  const names = Object.hasOwn(NAMES, method) ? NAMES[method] : undefined;
  if (target.server === server && names?.(target, params) === true) return;
  throw new BrokerError('ERR_INTERNAL', `the intent is not for this use of ${server}`);
}

/** Whether the definition a receipt was admitted on must be the live one. */
export const needsDefinition = ({ method, target }: IntentReceipt): boolean =>
  !method.startsWith('tasks/') &&
  (target.kind === 'tool' || target.kind === 'prompt' || target.kind === 'template');
