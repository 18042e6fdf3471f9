import { openTask } from '../ask/task-forms.ts';
import { requestFields } from '../audit/call-events.ts';
import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import { member } from '../domain/json.ts';
import { handleUse, type UseReply } from '../handle-request.ts';
import { respondToRefusal } from '../respond/respond.ts';
import { plainReply } from './answer-use.ts';
import type { Answering } from './answering.ts';
import { knowsTasks, tasksMissing } from './task-support.ts';
import { readParams } from './use.ts';

/**
 * Answers a method about a task: the right to it is the right to the call that made it, decided anew
 * each time, and it is a use of its own. The id is sealed: it says which tool made the task, and opens
 * in the session that made it alone.
 *
 * A client of 2026 that does not say it knows tasks is told so, whatever it asks about.
 */
export async function answerTask(
  incoming: IncomingRequest,
  broker: Answering,
): Promise<BrokerReply> {
  const { era, principal, request } = incoming;
  const { method } = request;
  const params = request.params ?? {};
  if (era === '2026' && !knowsTasks(incoming.clientCapabilities)) {
    await refused(incoming, broker, 'client_incapable');
    return { kind: 'error', error: tasksMissing() };
  }
  const id = member(params, 'taskId');
  const task =
    typeof id === 'string' ? openTask(broker.handles, principal.sessionId, id) : undefined;
  if (task === undefined) {
    await refused(incoming, broker, 'handle_invalid');
    return respondToRefusal('handle_invalid', { kind: 'task' });
  }
  const read = readParams(params);
  const reply: UseReply = await handleUse(
    incoming,
    {
      ...read,
      target: { kind: 'tool', server: task.server, tool: task.tool },
      method,
      params: { ...read.params, taskId: task.id },
      args: {},
      ...(task.maxResultBytes === undefined ? {} : { maxResultBytes: task.maxResultBytes }),
      refused: { kind: 'task' },
    },
    broker,
  );
  return plainReply(reply);
}

const refused = (
  incoming: IncomingRequest,
  broker: Answering,
  reason: 'client_incapable' | 'handle_invalid',
): Promise<void> =>
  broker.refusals.refused({
    ...requestFields(incoming),
    code: 'TG1004',
    method: incoming.request.method,
    decision: 'deny',
    reason,
  });
