import { describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../src/domain/log.ts';
import { createScrubber } from '../src/log/scrub-text.ts';
import { sendAlerts } from '../src/send-alerts.ts';

const SECRET = 'canary-secret-0123456789';
const alert = { code: 'TG4002', server: 'files', detail: { count: 1 } } as const;

/** Alerts to a webhook that fails so many times, and then gets what it is sent. */
function sending(failures = 0, why: unknown = Object.assign(new Error(SECRET), { code: 'E' })) {
  const got: { readonly [name: string]: unknown }[] = [];
  const waits: number[] = [];
  const said: string[] = [];
  let left = failures;
  const alerts = sendAlerts({
    async post(body) {
      if (left > 0) {
        left -= 1;
        throw why;
      }
      got.push(JSON.parse(body));
    },
    wait: async (ms) => void waits.push(ms),
    clock: { now: () => 0 },
    log: { ...SILENT_LOG, warn: (fields, text) => void said.push(JSON.stringify([fields, text])) },
    scrub: createScrubber([SECRET]),
  });
  return { alerts, got, waits, said };
}

describe('an alert', () => {
  it('says what happened, in order, without waiting', async () => {
    const { alerts, got } = sending();
    alerts.raise(alert);
    alerts.raise({ ...alert, server: 'mail' });
    expect(got.length).toBeLessThan(2);
    await alerts.idle();
    const one = {
      version: 1,
      at: '1970-01-01T00:00:00.000Z',
      code: 'TG4002',
      name: 'catalog.drifted',
      server: 'files',
      detail: { count: 1 },
    };
    expect(got).toEqual([one, { ...one, server: 'mail' }]);
  });

  it('is tried again, later each time', async () => {
    const { alerts, got, waits, said } = sending(7);
    alerts.raise(alert);
    await alerts.idle();
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000]);
    expect(got).toHaveLength(1);
    expect(said).toHaveLength(1);
  });

  it('is given up in the end, and the next one sent; nothing is said of why but a code', async () => {
    const { alerts, got, said } = sending(8);
    alerts.raise(alert);
    alerts.raise({ ...alert, server: 'next' });
    await alerts.idle();
    expect(got.map(({ server }) => server)).toEqual(['next']);
    expect(said.join()).not.toContain(SECRET);
    expect(said.at(-1)).toContain('given up');
  });

  it('holds no secret, whatever a tool server calls its tools', async () => {
    const { alerts, got } = sending();
    alerts.raise({ ...alert, detail: { drifted: { [SECRET]: 'x' }, appeared: [SECRET] } });
    await alerts.idle();
    expect(JSON.stringify(got)).toContain('appeared');
    expect(JSON.stringify(got)).not.toContain(SECRET);
  });

  it('that is too large goes without its detail', async () => {
    const { alerts, got } = sending();
    const names = Array.from({ length: 90 }, (_, at) => `${at}${'n'.repeat(1000)}`);
    alerts.raise({ ...alert, detail: { appeared: names } });
    await alerts.idle();
    expect(got).toMatchObject([{ code: 'TG4002', server: 'files' }]);
    expect(got[0]).not.toHaveProperty('detail');
  });

  it('gives way to newer ones when more wait than are kept', async () => {
    const { alerts, got } = sending();
    for (let at = 0; at < 300; at += 1) alerts.raise({ ...alert, server: String(at) });
    await alerts.idle();
    expect(got).toHaveLength(257);
    expect(got.at(-1)?.server).toBe('299');
  });

  it('is not sent once the broker ends', async () => {
    const { alerts, got, waits } = sending(3);
    alerts.raise(alert);
    alerts.raise(alert);
    alerts.end();
    alerts.raise(alert);
    await alerts.idle();
    expect([got, waits]).toEqual([[], []]);
  });
});
