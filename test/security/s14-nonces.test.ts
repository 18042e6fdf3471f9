import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callWithNonces, homeOfNonces, type NoncesReport } from '../support/live/nonces.ts';

const home = homeOfNonces();
let report: NoncesReport;
beforeAll(async () => {
  report = await callWithNonces(home, { calls: 2000 });
}, 60_000);
afterAll(() => home.remove());

describe('S14 fifty clients with the same ids and progress tokens', () => {
  it('each get their own results, whatever order they come in', () => {
    expect(report).toMatchObject({ calls: 2000, foreignResults: 0, lost: 0 });
    expect(report.results + report.cancelled + report.contended).toBe(2000);
    expect(report.overtaking).toBeGreaterThan(report.results / 20);
  });

  it('each hear their own progress under their own token', () => {
    expect(report.foreignProgress).toBe(0);
    expect(report.progress).toBeGreaterThanOrEqual(report.results);
    expect(report.results).toBeGreaterThan(500);
  });

  it('each cancel their own calls and nobody else’s of that id', () => {
    expect(report.cancelled).toBeGreaterThan(0);
    expect(report.cancelled).toBeLessThanOrEqual(200);
  });

  it('is recorded call by call, each under its own session', async () => {
    const events = await home.events();
    const intents = events.filter(({ code }) => code === 'TG1001');
    const sessions = Map.groupBy(intents, ({ session }) => session);
    expect(sessions.size).toBe(50);
    for (const own of sessions.values()) {
      expect(new Set(own.map(({ requestId }) => requestId)).size).toBe(own.length);
    }
    expect((await home.run(['audit', 'verify'])).code).toBe(0);
  });
});
