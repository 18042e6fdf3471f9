import { describe, expect, it } from 'vitest';
import { createInFlight } from '../../src/dispatch/in-flight.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';
import type { Decision, Permit } from '../../src/domain/decision.ts';

const request = { kind: 'tool', server: 's', tool: 't' } as const;
const incoming = (signal = new AbortController().signal) => ({ signal }) as IncomingRequest;
const permit = () => ({ kind: 'permit' }) as Permit;
const deny = (): Decision => ({
  kind: 'deny',
  request,
  epoch: 2,
  reason: 'session_revoked',
});

describe('in flight', () => {
  it('stops the calls whose right is gone, and waits for their end', async () => {
    const inFlight = createInFlight();
    const kept = inFlight.begin(incoming(), request, permit);
    const stopped = inFlight.begin(incoming(), request, deny);
    stopped.signal.addEventListener('abort', () => setImmediate(() => stopped.end()));
    expect(await inFlight.drain()).toBe(1);
    expect(kept.signal.aborted).toBe(false);
    expect(stopped.deny()).toMatchObject({ reason: 'session_revoked' });
    expect(inFlight.size).toBe(1);
  });

  it('stops a call when state cannot be read', async () => {
    const inFlight = createInFlight();
    const flight = inFlight.begin(incoming(), request, () => {
      throw new Error('disk');
    });
    flight.signal.addEventListener('abort', () => flight.end());
    expect(await inFlight.drain()).toBe(1);
    expect(flight.deny()).toMatchObject({ reason: 'state_unreadable' });
  });

  it('tells a client that cancels from a right that is gone', () => {
    const client = new AbortController();
    const flight = createInFlight().begin(incoming(client.signal), request, permit);
    client.abort();
    expect([flight.signal.aborted, flight.deny()]).toEqual([true, undefined]);
  });

  it('begins aborted when the client is gone already', () => {
    expect(
      createInFlight().begin(incoming(AbortSignal.abort()), request, permit).signal.aborted,
    ).toBe(true);
  });
});
