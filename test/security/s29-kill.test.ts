import { afterAll, describe, expect, it } from 'vitest';
import { Home, until } from '../support/live/home.ts';
import { type Killed, killUnderLoad } from '../support/live/kill.ts';
import { isAlive } from '../support/tool-servers/harness.ts';

const ROUNDS = 15;
const CALLERS = 8;

const at = new Home();
afterAll(() => at.remove());

describe('S29 a broker killed under load', () => {
  const killed: Killed[] = [];

  it('is followed by one that starts and closes its open calls as unknown', async () => {
    let served = await at.serve();
    for (let round = 0; round < ROUNDS; round += 1) {
      const result = await killUnderLoad(at, served, { prefix: `r${round}`, callers: CALLERS });
      served = result.next;
      killed.push(result);
    }
    await served.end('SIGTERM');
    expect(killed.map(({ verified, open }) => ({ verified, open }))).toEqual(
      killed.map(() => ({ verified: true, open: 0 })),
    );
    const unknown = killed.map(
      ({ events }) => events.filter(({ outcome }) => outcome === 'unknown').length,
    );
    // Otherwise no broker was killed in the middle of a call, and nothing was shown.
    expect(unknown.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    for (const { events } of killed) {
      const dead = events.find(({ code }) => code === 'TG1001')?.instance;
      const lost = events.filter(({ code }) => code === 'TG5003');
      expect(lost.map(({ detail }) => detail)).toEqual([
        {
          instance: dead,
          intents: events.filter(({ outcome }) => outcome === 'unknown').length,
        },
      ]);
    }
  }, 600_000);

  it('has every call whose result a client saw in the log, with intent and outcome', () => {
    expect(killed).toHaveLength(ROUNDS);
    for (const { delivered, events } of killed) {
      expect(delivered.length).toBeGreaterThan(0);
      const outcomes = new Map(events.map(({ intent, outcome }) => [intent, outcome]));
      const released = new Set(
        events.filter(({ seq }) => outcomes.get(seq) === 'ok').map(({ requestId }) => requestId),
      );
      expect(delivered.filter((id) => !released.has(id))).toEqual([]);
    }
  });

  it('has nothing of it tried again', () => {
    const calls = at.journal().filter(({ kind }) => kind === 'call');
    expect(calls.length).toBeGreaterThanOrEqual(
      killed.flatMap(({ delivered }) => delivered).length,
    );
    expect(new Set(calls.map(({ nonce }) => nonce)).size).toBe(calls.length);
  });

  it('has only calls at the tool server whose intent is in the log', () => {
    const intents = new Set(
      killed
        .flatMap(({ events }) => events)
        .filter(({ code }) => code === 'TG1001')
        .map(({ requestId }) => requestId),
    );
    const calls = at.journal().filter(({ kind }) => kind === 'call');
    expect(calls.filter(({ nonce }) => !intents.has(nonce))).toEqual([]);
  });

  it('leaves no tool server behind', async () => {
    const pids = at.journal().flatMap(({ kind, pid }) => (kind === 'start' ? [pid] : []));
    expect(pids.length).toBeGreaterThanOrEqual(ROUNDS);
    await until(() => (pids.some(isAlive) ? undefined : true));
  });
});
