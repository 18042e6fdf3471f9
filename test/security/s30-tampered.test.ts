import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STRETCH } from '../../src/audit/event-marks.ts';
import { seeded } from '../support/fuzz/random.ts';
import { writeSampleChain } from '../support/sqlite/sample-chain.ts';
import { INDEX_TAMPERINGS, TAMPERINGS, TamperedLog } from '../support/sqlite/tampering.ts';
import { createStateDir, openTestStores } from '../support/sqlite/test-stores.ts';

/** A hundredth of what `npm run torture` does. */
const TIMES = 9;
const INDEX_TIMES = 1;

let short: ReturnType<typeof createStateDir>;
let long: ReturnType<typeof createStateDir>;
let log: TamperedLog;
let indexed: TamperedLog;

beforeAll(async () => {
  short = createStateDir();
  await writeSampleChain(short.stateDir, 40);
  log = await TamperedLog.open(short.stateDir);
  long = createStateDir();
  const stores = await openTestStores(long.stateDir);
  const subject = (at: number) => (at === 7 ? 'mallory' : 'alice');
  await Promise.all(
    Array.from({ length: STRETCH + 9 }, (_, at) =>
      stores.admission.record({ code: 'TG1003', subject: subject(at), requestId: `${at}` }),
    ),
  );
  await stores.events.completeIndex();
  stores.close();
  indexed = await TamperedLog.open(long.stateDir);
}, 60_000);
afterAll(() => {
  log.close();
  indexed.close();
  short.remove();
  long.remove();
});

describe('S30 a log that was tampered with', () => {
  it('is sound before and after', async () => {
    expect(await log.verify()).toMatchObject({ ok: true, events: 82 });
    expect(await indexed.verify()).toMatchObject({ ok: true, events: STRETCH + 9 });
  });

  it.each(Object.entries(TAMPERINGS))('is found, the row named: %s', async (name, tampering) => {
    const random = seeded(name.length);
    for (let time = 0; time < TIMES; time += 1) {
      expect(await log.try(tampering, random)).toBeUndefined();
    }
    expect(await log.verify()).toMatchObject({ ok: true });
  });

  it.each(Object.entries(INDEX_TAMPERINGS))('is found in its index: %s', async (_, tampering) => {
    for (let time = 0; time < INDEX_TIMES; time += 1) {
      expect(await indexed.try(tampering, seeded(time))).toBeUndefined();
    }
    expect(await indexed.verify()).toMatchObject({ ok: true });
  });
});
