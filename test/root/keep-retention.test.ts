import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { keepRetention } from '../../src/keep-retention.ts';
import { type AgingLog, agingLog } from '../support/sqlite/aging-log.ts';

const DAY_MS = 86_400_000;

let log: AgingLog;
beforeEach(async () => {
  log = await agingLog();
  await log.grow(5, 10);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
  log.remove();
});

const keep = (retention: object) =>
  keepRetention({
    config: { audit: { retention } },
    context: log.context,
    log: SILENT_LOG,
  } as never);

it('removes what is too old once the broker has run for a minute', async () => {
  const stop = keep({ maxAgeMs: 2 * DAY_MS });
  const hasStartAt = async (seq: number) => {
    const isThere = async () => expect((await log.stores.events.start())?.seq).toBe(seq);
    await vi.waitFor(isThere, { timeout: 20_000 });
  };
  vi.advanceTimersByTime(59_999);
  expect(await log.stores.events.start()).toBeUndefined();
  vi.advanceTimersByTime(1);
  await hasStartAt(20);
  await stop();
  expect((await log.stores.events.query({ code: 'TG6005' }))[0]?.actor).toBeUndefined();
  expect((await log.verify()).ok).toBe(true);
});

it('does nothing where nothing is configured', async () => {
  const stop = keep({});
  expect(vi.getTimerCount()).toBe(0);
  await stop();
});
