import { relateTask, sealTask, sealTaskId } from '../ask/task-forms.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Era } from '../domain/era.ts';
import { BrokerError } from '../domain/errors.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import type { Answering } from './answering.ts';
import { knowsTasks } from './task-support.ts';

/** Seals the tool server's own task ids for the client of one use. */
export function taskSealer(
  { sessionId, target }: Pick<IntentReceipt, 'sessionId' | 'target'>,
  { handles }: Pick<Answering, 'handles'>,
): (id: string) => string {
  const { server } = target;
  const tool = target.kind === 'tool' ? target.tool : '';
  return (id) => sealTask(handles, sessionId, { server, tool, id });
}

/**
 * A reply whose task ids are the ones the client knows: a task a call was made into, a task's state, and
 * what a message says it belongs to.
 *
 * Attack: a tool server makes a task for a client that never said it knows them, and the client takes
 * the task for the result.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` for such a task, and for one that names no id.
 */
export function passTasks(
  reply: RpcReply,
  from: Era,
  { era, clientCapabilities, request }: IncomingRequest,
  receipt: IntentReceipt,
  broker: Pick<Answering, 'handles'>,
): RpcReply {
  if (reply.kind === 'error') return reply;
  const { result } = reply;
  const seal = taskSealer(receipt, broker);
  const passed = (sealed: JsonObject): RpcReply => ({ kind: 'result', result: sealed });
  if (receipt.method.startsWith('tasks/')) {
    return passed(sealTaskId(relateTask(result, seal), seal));
  }
  if (receipt.method !== 'tools/call') return reply;
  if (from === '2026') {
    if (member(result, 'resultType') !== 'task') return reply;
    const isAskedFor = era === '2026' && knowsTasks(clientCapabilities);
    if (!isAskedFor || stringMember(result, 'taskId') === undefined) throw unaskedTask();
    return passed(sealTaskId(result, seal));
  }
  const task = member(result, 'task');
  const isAskedFor = era === '2025' && isJsonObject(member(request.params, 'task'));
  if (!isAskedFor || !isJsonObject(task)) return reply;
  if (stringMember(task, 'taskId') === undefined) throw unaskedTask();
  return passed({ ...result, task: sealTaskId(task, seal) });
}

const unaskedTask = (): BrokerError =>
  new BrokerError('ERR_SERVER_PROTOCOL', 'a tool server made a task that its client cannot use');
