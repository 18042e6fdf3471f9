import { afterAll, describe, expect, it } from 'vitest';
import { loadFourBrokers } from '../support/live/four-brokers.ts';
import { Home } from '../support/live/home.ts';
import { aftermath } from '../support/live/race.ts';

const CLIENTS = 32;
const CALLS_EACH = 25;
/** Some 130 calls a second in all: a fraction of what one core does. `npm run torture` saturates. */
const PAUSE_MS = 500;
/** The clients' calls and one more for each broker, which starts its tool server. */
const CALLS = CLIENTS * CALLS_EACH + 4;

const at = new Home();
afterAll(() => at.remove());

describe('four brokers on one state', () => {
  it('lose no call, refuse none for contention, and revoke under that load', async () => {
    const report = await loadFourBrokers(at, {
      clients: CLIENTS,
      callsEach: CALLS_EACH,
      revocations: 3,
      pauseMs: PAUSE_MS,
    });
    const { answered, events, exits, failed, revoked } = report;
    for (const { tookMs, brokers } of revoked) {
      console.log(`session revoke under load: ${Math.round(tookMs)} ms`, brokers.elapsedMs);
    }
    expect(failed).toEqual([]);
    expect(answered).toBe(CLIENTS * CALLS_EACH);
    expect(revoked).toMatchObject(
      Array(3).fill({ code: 0, brokers: { reached: 4, total: 4, silent: [] } }),
    );
    expect(exits).toEqual([0, 0, 0, 0]);

    const calls = at.journal().filter(({ kind }) => kind === 'call');
    expect(calls).toHaveLength(CALLS);
    expect(new Set(calls.map(({ nonce }) => nonce)).size).toBe(CALLS);
    const outcomes = events.filter(({ code }) => code === 'TG1002');
    expect(outcomes.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(outcomes).toHaveLength(CALLS);
    expect(events.filter(({ code }) => code === 'TG1003')).toEqual([]);
    expect(new Set(outcomes.map(({ instance }) => instance)).size).toBe(4);
    for (const { session } of revoked) {
      expect(aftermath(events, session).revokedAt).toBeGreaterThan(0);
    }
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  }, 180_000);
});
