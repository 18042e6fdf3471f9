import { afterAll, describe, expect, it } from 'vitest';
import { callAgainstLimit, limitedHome } from '../support/live/limited.ts';

describe('a limit of 100 an hour', () => {
  const at = limitedHome('100/h');
  afterAll(() => at.remove());

  it('lets exactly 100 of 1,000 calls through that are made at once over four brokers', async () => {
    const report = await callAgainstLimit(at, { calls: 1_000 });
    console.log(`1,000 calls against 100/h: ${Math.round(report.tookMs)} ms`, report);
    expect(report).toMatchObject({ dispatched: 100, results: 100, refusals: 900 });
    // Who was kept from the database for 250 ms, on a machine whose cores others hold, was refused too.
    expect(report.saysWhen).toBe(900 - report.contended);
    expect(report.retryAt).toBe(report.firstUseAt + 3_600_000);
    expect(report.exits).toEqual([0, 0, 0, 0]);
    expect((await at.run(['audit', 'verify'])).code).toBe(0);
  }, 60_000);
});
