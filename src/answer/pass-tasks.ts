import { relateTask, sealTask, sealTaskId } from '../ask/task-forms.ts';
import type { Lease } from '../dispatch/dispatch-call.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Era } from '../domain/era.ts';
import { BrokerError } from '../domain/errors.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import type { Answering } from './answering.ts';
import type { RunningUse } from './ask-client.ts';
import { knowsTasks } from './task-support.ts';
import type { Use } from './use.ts';

type TaskMaker = Pick<IntentReceipt, 'sessionId' | 'target' | 'maxResultBytes'>;

/** Seals the tool server's own task ids for the client of one use. */
export function taskSealer(
  { sessionId, target, maxResultBytes }: TaskMaker,
  { handles }: Pick<Answering, 'handles'>,
): (id: string) => string {
  const { server } = target;
  const tool = target.kind === 'tool' ? target.tool : '';
  return (id) => sealTask(handles, sessionId, { server, tool, id, maxResultBytes });
}

/**
 * The task a call was made into, as the tool server says it; `undefined` for any other reply.
 *
 * Attack: a tool server makes a task for a client that never said it knows them, and the client takes
 * the task for the result.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL` for such a task, and for one that names no id.
 */
export function madeTask(
  reply: RpcReply,
  from: Era,
  { era, clientCapabilities, request }: IncomingRequest,
  { method }: IntentReceipt,
): JsonObject | undefined {
  if (reply.kind === 'error' || method !== 'tools/call') return undefined;
  const { result } = reply;
  const task = from === '2026' ? result : member(result, 'task');
  if (from === '2026') {
    if (member(result, 'resultType') !== 'task') return undefined;
    if (era !== '2026' || !knowsTasks(clientCapabilities)) throw unaskedTask();
  } else if (era !== '2025' || !isJsonObject(member(request.params, 'task'))) return undefined;
  if (!isJsonObject(task)) return undefined;
  if (stringMember(task, 'taskId') === undefined) throw unaskedTask();
  return task;
}

/**
 * A reply whose task ids are the ones the client knows: a task a call was made into, a task's state, and
 * what a message says it belongs to.
 *
 * @throws BrokerError as `madeTask`.
 */
export function passTasks(
  reply: RpcReply,
  from: Era,
  incoming: IncomingRequest,
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
  const task = madeTask(reply, from, incoming, receipt);
  if (task === undefined) return reply;
  const sealed = sealTaskId(task, seal);
  return passed(from === '2026' ? sealed : { ...result, task: sealed });
}

/** Remembers a task that a call was just made into, and what is heard of one. */
export function noteTask(
  reply: RpcReply,
  lease: Lease,
  { incoming, receipt, capabilities, spent }: RunningUse,
  { params }: Use,
  broker: Pick<Answering, 'tasks' | 'decide'>,
): void {
  const { principal } = incoming;
  const { target, method } = receipt;
  const taskId = stringMember(params, 'taskId');
  if (method.startsWith('tasks/') && taskId !== undefined) {
    broker.tasks.seen(receipt, taskId, reply);
  }
  const state = madeTask(reply, lease.connection.offer.era, incoming, receipt);
  if (state === undefined) return;
  const decide = () => broker.decide(principal, target, spent);
  broker.tasks.made({ receipt, state, capabilities, decide }, lease);
}

const unaskedTask = (): BrokerError =>
  new BrokerError('ERR_SERVER_PROTOCOL', 'a tool server made a task that its client cannot use');
