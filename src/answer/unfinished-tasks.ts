import { denyFields, targetFields } from '../audit/call-events.ts';
import type { Lease } from '../dispatch/dispatch-call.ts';
import type { Timers } from '../dispatch/timers.ts';
import type { ToolServerConnection } from '../dispatch/tool-server.ts';
import { decideOrDeny } from '../domain/decide-or-deny.ts';
import type { Decision, Deny } from '../domain/decision.ts';
import type { EventDraft } from '../domain/event.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { type JsonObject, member, stringMember } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';

/** Tasks of one session that are known, each of which keeps its connection; beyond, the oldest is forgotten. */
const MAX_PER_SESSION = 64;
/** In all; beyond, a new one is not known. */
const MAX_TASKS = 4_096;
/** Longest a task is known, milliseconds, whatever it says of its own life. */
const MAX_LIFE_MS = 24 * 60 * 60_000;
/** Milliseconds a revocation waits for tool servers to be told. */
const CANCEL_WAIT_MS = 500;

/** A task as the call that made it knows it. */
export interface MadeTask {
  readonly receipt: IntentReceipt;
  /** Its state as the tool server says it. */
  readonly state: JsonObject;
  /** The client capabilities the tool server was shown. */
  readonly capabilities: JsonObject;
  /** Whether the call that made it is permitted now. */
  readonly decide: () => Decision;
}

/** Tasks that calls of this process made and that are not known to be finished. */
export interface UnfinishedTasks {
  /** Keeps the connection of a task that was just made: the process that works on it is not idle. */
  made(task: MadeTask, lease: Lease): void;
  /** Takes note of what a tool server answers about a task. */
  seen(receipt: IntentReceipt, taskId: string, reply: RpcReply): void;
  /**
   * Decides again on every call that made one, and cancels the tasks of those whose right is gone.
   *
   * @returns settles when their tool servers have been told, or half a second later. Never rejects.
   */
  drain(): Promise<void>;
  readonly size: number;
}

interface Known extends MadeTask {
  readonly connection: ToolServerConnection;
  readonly taskId: string;
  forget(): void;
}

/**
 * Remembers tasks for as long as they may run, so that the process that works on one stays, and that
 * one does not outlive the right to the call that made it.
 *
 * Attack: a call that is made into a task right before its grant is revoked works on by itself.
 */
export function createUnfinishedTasks(deps: {
  readonly timers: Timers;
  /** Records an event whatever the state is. Never rejects. */
  readonly record: (event: EventDraft) => Promise<void>;
}): UnfinishedTasks {
  const known = new Map<string, Known>();

  const keyOf = ({ sessionId, target }: IntentReceipt, taskId: string): string =>
    JSON.stringify([sessionId, target.server, taskId]);

  /** It narrows, so it needs no permit; the tool server may be past it, or not listen. */
  async function cancel({ receipt, connection, taskId, capabilities }: Known, deny: Deny) {
    await deps.record({
      code: 'TG1009',
      session: receipt.sessionId,
      subject: receipt.subject,
      ...targetFields(receipt.target),
      intent: receipt.seq,
      ...denyFields(deny),
    });
    await connection.cancelTask(taskId, capabilities);
  }

  return {
    made(task, lease) {
      const { receipt, state } = task;
      const taskId = stringMember(state, 'taskId');
      if (taskId === undefined || isOver(state)) return;
      const key = keyOf(receipt, taskId);
      known.get(key)?.forget();
      const own = [...known.values()].filter((one) => one.receipt.sessionId === receipt.sessionId);
      if (own.length >= MAX_PER_SESSION) own[0]?.forget();
      if (known.size >= MAX_TASKS) return;
      const letGo = lease.keep();
      const cancelLife = deps.timers.after(lifeOf(state), () => one.forget());
      const one: Known = {
        ...task,
        connection: lease.connection,
        taskId,
        forget() {
          if (known.get(key) === one) known.delete(key);
          cancelLife();
          letGo();
        },
      };
      known.set(key, one);
      void lease.connection.closed.then(() => one.forget());
    },
    seen(receipt, taskId, reply) {
      const isFinished =
        reply.kind === 'error'
          ? reply.error.code === NO_SUCH_TASK
          : receipt.method === 'tasks/result' || isOver(reply.result);
      if (isFinished) known.get(keyOf(receipt, taskId))?.forget();
    },
    async drain() {
      const cancelling: Promise<void>[] = [];
      for (const one of [...known.values()]) {
        const decision = decideOrDeny(one.receipt.target, one.decide);
        if (decision.kind === 'permit') continue;
        one.forget();
        cancelling.push(cancel(one, decision));
      }
      if (cancelling.length === 0) return;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancelTimer = deps.timers.after(CANCEL_WAIT_MS, resolve);
      await Promise.race([Promise.all(cancelling), late]).finally(cancelTimer);
    },
    get size() {
      return known.size;
    },
  };
}

/** How a tool server says that it has no such task: it is over, and its time too. */
const NO_SUCH_TASK = -32602;

const isOver = (state: JsonObject): boolean =>
  ['completed', 'failed', 'cancelled'].includes(stringMember(state, 'status') ?? '');

/** Milliseconds; `ttl` in 2025 and `ttlMs` in 2026, from when it was made. */
function lifeOf(state: JsonObject): number {
  const said = member(state, 'ttl') ?? member(state, 'ttlMs');
  const isLife = typeof said === 'number' && said >= 0;
  return isLife ? Math.min(said, MAX_LIFE_MS) : MAX_LIFE_MS;
}
