import { afterAll, describe, expect, it } from 'vitest';
import { Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { type Asks, aftermath, callOf } from '../support/live/race.ts';

const CLIENTS = 32;
const CALLS = 25;

const at = new Home();
afterAll(() => at.remove());

describe('four brokers on one state', () => {
  it('lose no call, refuse none for contention, and revoke under that load', async () => {
    await at.applyGrants();
    const [first, second] = [await at.serve(), await at.serve()];
    const sessions = await Promise.all(Array.from({ length: 7 }, () => at.open()));
    const tokenOf = (n: number) => sessions[n]?.token ?? '';
    const https = [
      new HttpClient(first.port, tokenOf(0)),
      new HttpClient(second.port, tokenOf(1)),
    ] as const;
    const stdios = [at.stdio(tokenOf(2)), at.stdio(tokenOf(3))] as const;
    const clients: readonly Asks[] = [...https, ...stdios];
    // Each broker has its tool server before it counts.
    for (const [n, client] of clients.entries()) await client.ask(callOf(`warm-${n}`, 's__echo'));

    let answered = 0;
    const failed: unknown[] = [];
    async function run(client: Asks, name: string): Promise<void> {
      for (let turn = 0; turn < CALLS; turn += 1) {
        const id = `${name}-${turn}`;
        const answer = await client.ask(callOf(id, 's__echo'));
        answered += 1;
        if (answer?.result === undefined) failed.push({ id, answer });
      }
    }
    const load = Promise.all(
      Array.from({ length: CLIENTS }, (_, n) => run(clients[n % 4] as Asks, `c${n}`)),
    );
    // Under load: as many calls again are still to come.
    const revoked = until(() => (answered > (CLIENTS * CALLS) / 4 ? true : undefined)).then(
      async () => {
        const ends = [];
        for (const spare of sessions.slice(4)) {
          const startedMs = performance.now();
          const { code, stdout } = await at.run(['session', 'revoke', spare.id, '--json']);
          const { brokers } = JSON.parse(stdout) as { brokers: { elapsedMs: number } };
          ends.push({ code, brokers, ms: performance.now() - startedMs, id: spare.id });
        }
        return ends;
      },
    );
    await load;
    const ends = await revoked;
    console.log(
      `session revoke under load: ${ends.map(({ ms, brokers }) => `${Math.round(ms)} ms (brokers ${brokers.elapsedMs} ms)`).join(', ')}`,
    );

    expect(failed).toEqual([]);
    expect(answered).toBe(CLIENTS * CALLS);
    expect(ends.map(({ code, brokers }) => ({ code, brokers }))).toMatchObject(
      ends.map(() => ({ code: 0, brokers: { reached: 4, total: 4, silent: [] } })),
    );
    const calls = at.journal().filter(({ kind }) => kind === 'call');
    expect(calls).toHaveLength(CLIENTS * CALLS + 4);
    expect(new Set(calls.map(({ nonce }) => nonce)).size).toBe(calls.length);

    for (const client of https) client.close();
    for (const client of stdios) expect(await client.leave()).toMatchObject({ code: 0 });
    for (const broker of [first, second]) {
      expect(await broker.end('SIGTERM')).toMatchObject({ code: 0 });
    }
    const events = await at.events();
    const outcomes = events.filter(({ code }) => code === 'TG1002');
    expect(outcomes.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(outcomes).toHaveLength(calls.length);
    expect(events.filter(({ code }) => code === 'TG1003')).toEqual([]);
    expect(new Set(outcomes.map(({ instance }) => instance)).size).toBe(4);
    for (const { id } of ends) expect(aftermath(events, id).revokedAt).toBeGreaterThan(0);
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  }, 180_000);
});
