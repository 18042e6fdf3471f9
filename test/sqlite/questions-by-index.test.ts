import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_FIELDS, MARKED_FIELDS, NUMBER_FIELDS } from '../../src/audit/event-fields.ts';
import { STRETCH } from '../../src/audit/event-marks.ts';
import type { EventFilter } from '../../src/audit/event-store.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { type AgingLog, agingLog } from '../support/sqlite/aging-log.ts';
import { tamper } from '../support/sqlite/sample-chain.ts';
import { openTestStores } from '../support/sqlite/test-stores.ts';

let log: AgingLog;
let stores: Stores;

/** Two stretches that are indexed, in which no event can be read any more. */
beforeAll(async () => {
  log = await agingLog();
  await log.grow(1, 2 * STRETCH);
  await log.stores.events.completeIndex();
  log.stores.close();
  tamper(log.stateDir, (db) => {
    db.prepare("UPDATE events SET body = 'x' WHERE seq <= ?").run(2 * STRETCH);
  });
  stores = await openTestStores(log.stateDir);
}, 30_000);
afterAll(() => {
  stores.close();
  log.remove();
});

const ABSENT = 'a value no event has';
const questions: readonly (readonly [string, EventFilter])[] = [
  ...EVENT_FIELDS.map((field): [string, EventFilter] => [field, { [field]: ABSENT }]),
  ...NUMBER_FIELDS.map((field): [string, EventFilter] => [
    `the least ${field}`,
    { atLeast: { [field]: 1 } },
  ]),
  ...NUMBER_FIELDS.map((field): [string, EventFilter] => [
    `the largest ${field}`,
    { largest: field },
  ]),
  // Both are of every event or none: the AND of bits alone knows that they never meet.
  ...MARKED_FIELDS.map((field): [string, EventFilter] => [
    `${field} beside what every event has`,
    { code: 'TG1003', subject: 'alice', [field]: ABSENT },
  ]),
  ['a span', { subject: ABSENT, fromSeq: 5, toSeq: 2 * STRETCH - 5 }],
];

describe('a question without an answer', () => {
  it('would show it, did it read an event', async () => {
    await expect(stores.events.query({ subject: 'alice', limit: 1 })).rejects.toMatchObject({
      code: 'ERR_STORE_CORRUPT',
    });
  });

  it.each(questions)('reads none: %s', async (_, filter) => {
    for (const newest of [true, false]) {
      expect(await stores.events.query({ ...filter, newest, limit: 100 })).toEqual([]);
    }
  });

  it('is counted without any', async () => {
    const found = await stores.events.stats({ decision: 'deny' }, ['subject', 'hour', 'reason']);
    expect(found.get('all')).toMatchObject([
      { count: 2 * STRETCH, outcomes: { refused: 2 * STRETCH } },
    ]);
    expect(found.get('subject')).toMatchObject([{ value: 'alice', count: 2 * STRETCH }]);
  });
});
