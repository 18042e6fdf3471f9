import { beforeEach } from 'vitest';
import { createPool, type Pool, type PoolEvent } from '../../src/dispatch/pool.ts';
import type { LeaseOwner } from '../../src/dispatch/pool-entry.ts';
import type {
  ConnectionEvents,
  ToolServerConnection,
  ToolServerConnector,
  ToolServerSpec,
} from '../../src/dispatch/tool-server.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import { type ManualTimers, manualTimers, stdioSpec } from '../support/tool-servers/harness.ts';

/** One start that a test settles as it likes. */
export interface Start {
  readonly spec: ToolServerSpec;
  readonly events: ConnectionEvents;
  readonly knownEra: string | undefined;
  readonly signal: AbortSignal;
  succeed(): void;
  fail(code: 'ERR_SERVER_START' | 'ERR_SERVER_TIMEOUT'): void;
  /** The connection ends by itself. */
  crash(): Promise<void>;
  closes: number;
}

/** What the pool started in this test, in order. */
export let starts: Start[];
/** What it reported. */
export let events: PoolEvent[];
let now: number;
export let timers: ManualTimers;

beforeEach(() => {
  starts = [];
  events = [];
  now = 1_000_000;
  timers = manualTimers();
});

function connector(isAutomatic: boolean): ToolServerConnector {
  return {
    connect(spec, connectionEvents, { knownEra, signal }) {
      const started = Promise.withResolvers<ToolServerConnection>();
      const closed = Promise.withResolvers<void>();
      const start: Start = {
        spec,
        events: connectionEvents,
        knownEra,
        signal,
        closes: 0,
        succeed() {
          started.resolve({
            offer: {
              era: '2026',
              revision: '',
              askedWith: {},
              serverInfo: {},
              capabilities: {},
              prompts: [],
              templates: [],
              tools: [],
            },
            closed: closed.promise,
            call: async () => ({ kind: 'not_sent' }),
            unsubscribe: async () => undefined,
            cancelTask: async () => undefined,
            refresh: () => Promise.reject(new Error('unused')),
            async close() {
              start.closes += 1;
              closed.resolve();
            },
          });
        },
        fail: (code) => started.reject(new BrokerError(code, 'test')),
        async crash() {
          closed.resolve();
          await settled();
        },
      };
      signal.addEventListener('abort', () => {
        started.reject(new BrokerError('ERR_SERVER_CLOSED', 'given up'));
      });
      starts.push(start);
      if (isAutomatic) start.succeed();
      return started.promise;
    },
  };
}

/** Once what is due has happened. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
export const EIGHT_HOURS = 8 * 60 * 60_000;
export const ownerIn = (id: string, subject: string): LeaseOwner => ({
  sessionId: id as SessionId,
  subject,
  sessionExpiresAt: 1_000_000 + EIGHT_HOURS,
});
export const alice = ownerIn('ses_a', 'alice');
export const aliceAgain = ownerIn('ses_a2', 'alice');
export const bob = ownerIn('ses_b', 'bob');
export const signal = new AbortController().signal;
export const capabilities = {};

/** Moves the clock alone, as while a machine sleeps: no timer runs. */
export function moveClock(ms: number): void {
  now += ms;
}

/** Lets time pass, in steps no longer than a timer waits. */
export function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 60 * 60_000) {
    const step = Math.min(left, 60 * 60_000);
    now += step;
    timers.advance(step);
  }
}

/** A pool whose starts succeed at once, or as the test settles them (`isManual`). */
export function pool(
  more: {
    readonly specs?: readonly ToolServerSpec[];
    readonly maxProcesses?: number;
    readonly maxProcessesPerSubject?: number;
    readonly isManual?: boolean;
  } = {},
): Pool {
  return createPool({
    connector: connector(more.isManual !== true),
    specs: more.specs ?? [stdioSpec('x')],
    clock: { now: () => now, nowMicros: () => now * 1_000, monotonicMs: () => now },
    timers,
    onAsk: async (server, owner, { method }) => ({
      code: 1,
      message: JSON.stringify([server, owner, method]),
    }),
    onListChanged: () => undefined,
    onNews: () => undefined,
    onServerEvent: (event) => events.push(event),
    ...(more.maxProcesses === undefined ? {} : { maxProcesses: more.maxProcesses }),
    ...(more.maxProcessesPerSubject === undefined
      ? {}
      : { maxProcessesPerSubject: more.maxProcessesPerSubject }),
  });
}
