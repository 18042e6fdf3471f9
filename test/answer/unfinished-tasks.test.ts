import { describe, expect, it } from 'vitest';
import { createUnfinishedTasks } from '../../src/answer/unfinished-tasks.ts';
import type { Lease } from '../../src/dispatch/dispatch-call.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import type { IntentReceipt } from '../../src/domain/intent-receipt.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { manualTimers } from '../support/tool-servers/harness.ts';

const TARGET = { kind: 'tool', server: 's', tool: 't' } as const;
const DENY: Decision = { kind: 'deny', request: TARGET, epoch: 1, reason: 'no_grant' };

/** Tasks on one connection that is kept as often as it says. */
function setUp() {
  const timers = manualTimers();
  const recorded: EventDraft[] = [];
  const cancelled: string[] = [];
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const seen = { kept: 0 };
  let tells = async (_id: string): Promise<void> => {};
  const lease = {
    connection: {
      closed,
      async cancelTask(id: string) {
        cancelled.push(id);
        await tells(id);
      },
    },
    keep() {
      seen.kept += 1;
      let isKept = true;
      return () => {
        if (isKept) seen.kept -= 1;
        isKept = false;
      };
    },
  } as unknown as Lease;
  const tasks = createUnfinishedTasks({
    timers,
    record: async (event) => void recorded.push(event),
  });
  const receipt = (method = 'tools/call', session = 'ses_a') =>
    ({ seq: 7, sessionId: session, subject: 'alice', target: TARGET, method }) as IntentReceipt;
  return {
    tasks,
    timers,
    recorded,
    cancelled,
    seen,
    close,
    hang: () => {
      tells = () => new Promise(() => {});
    },
    receipt,
    make(taskId: string, state: JsonObject = {}, decide = () => DENY, session?: string) {
      const made = { taskId, status: 'working', ...state };
      const of = receipt('tools/call', session);
      tasks.made({ receipt: of, state: made, capabilities: {}, decide }, lease);
    },
  };
}

describe('a task that is not known to be finished', () => {
  it('keeps its connection', () => {
    const { make, seen } = setUp();
    make('one');
    make('two');
    expect(seen.kept).toBe(2);
  });

  it.each<[string, string, JsonObject]>([
    ['says so', 'tasks/get', { status: 'completed' }],
    ['was cancelled', 'tasks/cancel', { status: 'cancelled' }],
    ['failed', 'tasks/get', { status: 'failed' }],
    ['has its result fetched', 'tasks/result', { content: [] }],
  ])('lets it go once it %s', (_, method, result) => {
    const { make, seen, tasks, receipt } = setUp();
    make('one');
    tasks.seen(receipt(method), 'one', { kind: 'result', result });
    expect([seen.kept, tasks.size]).toEqual([0, 0]);
  });

  it('lets it go once its server knows no such task', () => {
    const { make, seen, tasks, receipt } = setUp();
    make('one');
    const error = { code: -32602, message: 'x' };
    tasks.seen(receipt('tasks/get'), 'one', { kind: 'error', error });
    expect(seen.kept).toBe(0);
  });

  it('keeps it while it works, fails to answer, or another session looks', () => {
    const { make, seen, tasks, receipt } = setUp();
    make('one');
    tasks.seen(receipt('tasks/get'), 'one', { kind: 'result', result: { status: 'working' } });
    tasks.seen(receipt('tasks/get'), 'one', {
      kind: 'error',
      error: { code: -32603, message: 'x' },
    });
    const over: JsonObject = { status: 'completed' };
    tasks.seen(receipt('tasks/get', 'ses_b'), 'one', { kind: 'result', result: over });
    expect(seen.kept).toBe(1);
  });

  it.each<[string, JsonObject, number]>([
    ['2025', { ttl: 1_000 }, 1_000],
    ['2026', { ttlMs: 1_000 }, 1_000],
    ['that says nothing', {}, 86_400_000],
    ['without end', { ttl: null }, 86_400_000],
    ['longer than that', { ttl: 1e12 }, 86_400_000],
  ])('lets it go when its life (%s) is over', (_, state, lifeMs) => {
    const { make, seen, timers } = setUp();
    make('one', state);
    timers.advance(lifeMs - 1);
    expect(seen.kept).toBe(1);
    timers.advance(1);
    expect(seen.kept).toBe(0);
  });

  it('is forgotten with its connection', async () => {
    const { make, tasks, close, cancelled } = setUp();
    make('one');
    close();
    await Promise.resolve();
    await tasks.drain();
    expect([tasks.size, cancelled]).toEqual([0, []]);
  });

  it('is one of 64 of its session, of which the oldest is forgotten', () => {
    const { make, seen, tasks, receipt } = setUp();
    for (let n = 0; n <= 64; n += 1) make(`task ${n}`);
    make('other', {}, () => DENY, 'ses_b');
    expect([seen.kept, tasks.size]).toEqual([65, 65]);
    tasks.seen(receipt('tasks/result'), 'task 0', { kind: 'result', result: {} });
    expect(tasks.size).toBe(65);
  });

  it('is cancelled once when its right is gone, and on the record', async () => {
    const { make, tasks, cancelled, recorded, seen } = setUp();
    make('one');
    await tasks.drain();
    await tasks.drain();
    expect([cancelled, seen.kept]).toEqual([['one'], 0]);
    expect(recorded).toMatchObject([{ code: 'TG1009', intent: 7, reason: 'no_grant' }]);
  });

  it('is cancelled when state cannot be read', async () => {
    const { make, tasks, cancelled, recorded } = setUp();
    make('one', {}, () => {
      throw new Error('disk');
    });
    await tasks.drain();
    expect(cancelled).toEqual(['one']);
    expect(recorded).toMatchObject([{ reason: 'state_unreadable' }]);
  });

  it('holds a revocation up for half a second at most', async () => {
    const { make, tasks, hang, timers, cancelled } = setUp();
    hang();
    make('one');
    const drained = tasks.drain();
    await new Promise((go) => setImmediate(go));
    expect(cancelled).toEqual(['one']);
    timers.advance(500);
    await drained;
  });
});
