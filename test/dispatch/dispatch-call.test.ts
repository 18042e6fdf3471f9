import { describe, expect, it } from 'vitest';
import { dispatchCall } from '../../src/dispatch/dispatch-call.ts';
import type { DispatchReply, ToolServerConnection } from '../../src/dispatch/tool-server.ts';
import type { Decision, Deny, Permit } from '../../src/domain/decision.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import type { IntentReceipt } from '../../src/domain/intent-receipt.ts';

const request = { kind: 'tool', server: 's', tool: 't' } as const;
const permit = { kind: 'permit', request, epoch: 1 } as unknown as Permit;
const expired: Deny = { kind: 'deny', request, epoch: 1, reason: 'grant_expired' };

function dispatching(
  reply: DispatchReply,
  decisions: Decision[],
  { read = { tools: [{ name: 't', description: 'changed' }] as object[] }, epoch = 1 } = {},
) {
  const seen = { calls: 0, observed: [] as unknown[] };
  const first = { tools: [{ name: 't' }] as object[] };
  const connection = {
    offer: first,
    async call() {
      seen.calls += 1;
      connection.offer = read;
      return reply;
    },
  };
  const end = dispatchCall({
    receipt: { target: { kind: 'tool', server: 's', tool: 't' } } as unknown as IntentReceipt,
    params: { name: 't' },
    hooks: { signal: new AbortController().signal },
    acquire: async () => ({
      connection: connection as unknown as ToolServerConnection,
      release: () => {},
      keep: () => () => {},
      hold: () => () => {},
    }),
    isObserved: () => false,
    onLent: () => {},
    observe: async (offer) => seen.observed.push(offer),
    epoch: () => epoch,
    decideAgain: () => decisions.shift() ?? permit,
    onReply: () => {},
  });
  return { end, seen, first, read };
}

describe('dispatchCall', () => {
  it('sends nothing when the grant ran out while the server started', async () => {
    const { end, seen } = dispatching({ kind: 'result', result: {} }, [expired]);
    expect(await end).toEqual({ kind: 'denied', deny: expired });
    expect(seen.calls).toBe(0);
  });

  it('takes note of the definitions for which a call was held back', async () => {
    const { end, seen, first, read } = dispatching({ kind: 'not_sent' }, []);
    expect(await end).toMatchObject({ kind: 'denied', deny: { reason: 'tool_drifted' } });
    expect(seen.observed).toEqual([first, read]);
  });

  it('sends nothing to a tool that is not in the list as it was read anew', async () => {
    const read = { tools: [{ name: 'other' }] };
    const { end, seen } = dispatching({ kind: 'not_sent' }, [], { read, epoch: 2 });
    expect(await end).toMatchObject({ kind: 'denied', deny: { reason: 'tool_unknown' } });
    expect(seen.calls).toBe(1);
  });

  it.each<[string, Decision, object]>([
    ['refused, when that took the right away', expired, { kind: 'denied', deny: expired }],
    ['failed, when it did not', permit, { code: 'ERR_SERVER_START' }],
  ])('for a server that is not started is %s', async (_, now, end) => {
    const dispatched = dispatchCall({
      receipt: { target: request } as unknown as IntentReceipt,
      params: { name: 't' },
      hooks: { signal: new AbortController().signal },
      acquire: () => Promise.reject(new BrokerError('ERR_SERVER_START', 'not started')),
      isObserved: () => false,
      onLent: () => {},
      observe: async () => {},
      epoch: () => 1,
      decideAgain: () => now,
      onReply: () => {},
    });
    expect(await dispatched.catch((error: unknown) => error)).toMatchObject(end);
  });

  it('is cancelled, not failed, when it is given up while the server starts', async () => {
    const giveUp = new AbortController();
    const end = dispatchCall({
      receipt: { target: { kind: 'tool', server: 's', tool: 't' } } as unknown as IntentReceipt,
      params: { name: 't' },
      hooks: { signal: giveUp.signal },
      async acquire() {
        giveUp.abort();
        throw new Error('given up');
      },
      isObserved: () => false,
      onLent: () => {},
      observe: async () => {},
      epoch: () => 1,
      decideAgain: () => permit,
      onReply: () => {},
    });
    expect(await end).toEqual({ kind: 'cancelled' });
  });
});
