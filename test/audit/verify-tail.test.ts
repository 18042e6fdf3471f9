import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TailReport, verifyTail } from '../../src/audit/verify-tail.ts';
import { tamper, writeSampleChain } from '../support/sqlite/sample-chain.ts';
import { createStateDir, openTestStores, publicKey } from '../support/sqlite/test-stores.ts';

let place: ReturnType<typeof createStateDir>;
beforeEach(() => {
  place = createStateDir();
});
afterEach(() => place.remove());

async function tail(size: number, key: typeof publicKey = publicKey): Promise<TailReport> {
  const stores = await openTestStores(place.stateDir);
  try {
    return await verifyTail(stores.events, size, key);
  } finally {
    stores.close();
  }
}

/** Two events of rights, then two for each call; a checkpoint once a minute. */
const CALLS = 20;
const LAST = 2 + 2 * CALLS;

describe('verifyTail', () => {
  it('reads no more than it was asked to, and names the newest checkpoint', async () => {
    await writeSampleChain(place.stateDir, CALLS);
    const { checkpoint, ...report } = await tail(10);
    expect(report).toEqual({ events: 10, lastSeq: LAST, problems: [] });
    expect(checkpoint?.seq).toBeGreaterThan(0);
  });

  it('reads a whole log that is shorter', async () => {
    await writeSampleChain(place.stateDir, 1);
    expect(await tail(1000)).toMatchObject({ events: 4, lastSeq: 4, problems: [] });
  });

  it('has nothing to say of an empty log', async () => {
    (await openTestStores(place.stateDir)).close();
    expect(await tail(10)).toEqual({ events: 0, lastSeq: 0, problems: [] });
  });

  it.each([
    [
      'an edited event',
      `UPDATE events SET body = replace(body, 'alice', 'mallo') WHERE seq = ${LAST - 1}`,
      `the hash of event ${LAST - 1} is not that of its content`,
    ],
    [
      'a missing event',
      `DELETE FROM events WHERE seq = ${LAST - 3}`,
      `event ${LAST - 3} is missing`,
    ],
    ['a log cut off before its checkpoint', 'DELETE FROM events WHERE seq > 10', / is missing$/],
    [
      'a forged checkpoint',
      "UPDATE checkpoints SET signature = 'AAAA'",
      /^the signature of the checkpoint of event \d+ is not valid$/,
    ],
  ])('names %s', async (_, statement, problem) => {
    await writeSampleChain(place.stateDir, CALLS);
    tamper(place.stateDir, (db) => void db.exec(statement));
    expect((await tail(10)).problems).toContainEqual(
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    );
  });

  it('believes no checkpoint of a key it does not know', async () => {
    await writeSampleChain(place.stateDir, CALLS);
    const { problems, checkpoint } = await tail(10, () => undefined);
    expect([problems.length, checkpoint]).toEqual([1, undefined]);
  });
});
