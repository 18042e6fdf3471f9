import { describe, expect, it } from 'vitest';
import type { Answering } from '../../src/answer/answering.ts';
import { clientHooks, hasKnownLogLevel } from '../../src/answer/client-hooks.ts';
import { createSessionMemory } from '../../src/answer/session-memory.ts';
import type { Use } from '../../src/answer/use.ts';
import { redactArguments } from '../../src/audit/redact.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { RpcNotification } from '../../src/domain/json-rpc.ts';

const permit = { kind: 'permit', epoch: 1 } as unknown as Decision;

function hooksOf(
  era: '2025' | '2026',
  { asked, set, decision = permit }: { asked?: string; set?: string; decision?: Decision } = {},
) {
  const told: RpcNotification[] = [];
  const memory = createSessionMemory();
  const principal = { sessionId: 'ses_a' } as unknown as IncomingRequest['principal'];
  if (set !== undefined) memory.setLogLevel(principal.sessionId, set);
  const incoming = {
    era,
    principal,
    request: { params: { _meta: asked === undefined ? {} : { [ENVELOPE_KEYS.logLevel]: asked } } },
    notify: (notification: RpcNotification) => told.push(notification),
  } as unknown as IncomingRequest;
  const broker = {
    store: { epoch: () => 1 },
    scrub: (value: Json) => redactArguments(value, 'full', ['hunter-2-secret']),
    memory,
  } as unknown as Answering;
  const hooks = clientHooks(
    incoming,
    { wantsProgress: true } as unknown as Use,
    broker,
    () => decision,
  );
  const log = async (params: JsonObject) => {
    hooks.onNotification?.({ jsonrpc: '2.0', method: 'notifications/message', params });
    return told.map(({ params: sent }) => sent);
  };
  return { hooks, log };
}

describe('log messages of a running use', () => {
  it('reach a 2025 client that set no level, without a credential of the tool server', async () => {
    const { hooks, log } = hooksOf('2025');
    expect(await log({ level: 'debug', data: 'got hunter-2-secret' })).toEqual([
      { level: 'debug', data: 'got [redacted:known]' },
    ]);
    expect(hooks.logLevel).toBeUndefined();
  });

  it('reach a 2025 client from the level its session set', async () => {
    const { hooks, log } = hooksOf('2025', { set: 'warning' });
    expect(await log({ level: 'notice', data: 1 })).toEqual([]);
    expect(await log({ level: 'error', data: 2 })).toEqual([{ level: 'error', data: 2 }]);
    expect(hooks.logLevel).toBe('warning');
  });

  it('reach no 2026 client that did not ask, though its session once set a level', async () => {
    const { hooks, log } = hooksOf('2026', { set: 'debug' });
    expect(await log({ level: 'emergency', data: 1 })).toEqual([]);
    expect(hooks.logLevel).toBeUndefined();
  });

  it('reach a 2026 client as it asked in its envelope', async () => {
    const { hooks, log } = hooksOf('2026', { asked: 'info' });
    expect(await log({ level: 'debug', data: 1 })).toEqual([]);
    expect(await log({ level: 'info', data: 2 })).toEqual([{ level: 'info', data: 2 }]);
    expect(hooks.logLevel).toBe('info');
  });

  it('of no known level reach nobody who named one', async () => {
    expect(await hooksOf('2026', { asked: 'everything' }).log({ level: 'error' })).toEqual([]);
    const odd = {
      era: '2026',
      request: { params: { _meta: { [ENVELOPE_KEYS.logLevel]: 'loud' } } },
    };
    expect(hasKnownLogLevel(odd as unknown as IncomingRequest)).toBe(false);
    expect(await hooksOf('2026', { asked: 'debug' }).log({ level: 'loud' })).toEqual([]);
  });

  it('reach nobody once the right is gone', async () => {
    const gone = { kind: 'deny', epoch: 1 } as unknown as Decision;
    expect(await hooksOf('2025', { decision: gone }).log({ level: 'error' })).toEqual([]);
  });

  it('are all that is passed on: other notifications have their own way', async () => {
    const { hooks, log } = hooksOf('2025');
    hooks.onNotification?.({ jsonrpc: '2.0', method: 'notifications/tasks/status', params: {} });
    expect(await log({ level: 'info' })).toEqual([{ level: 'info' }]);
  });
});
