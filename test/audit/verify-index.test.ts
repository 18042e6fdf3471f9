import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STRETCH } from '../../src/audit/event-marks.ts';
import { tamper, verifyState } from '../support/sqlite/sample-chain.ts';
import { createStateDir, openTestStores } from '../support/sqlite/test-stores.ts';

describe('an index that was edited', () => {
  let state: ReturnType<typeof createStateDir>;
  beforeEach(async () => {
    state = createStateDir();
    const stores = await openTestStores(state.stateDir);
    await Promise.all(
      Array.from({ length: STRETCH + 1 }, (_, at) =>
        stores.admission.record({ code: 'TG1003', subject: at === 7 ? 'mallory' : 'alice' }),
      ),
    );
    await stores.events.completeIndex();
    stores.close();
  });
  afterEach(() => state.remove());

  it.each([
    ['a value hidden', "DELETE FROM event_marks WHERE value = 'mallory'", 1],
    ['a value moved', "UPDATE event_marks SET marks = x'0100' WHERE value = 'mallory'", 1],
    ['a value added', "INSERT INTO event_marks VALUES ('subject', 'bob', 0, x'0100')", 0],
  ])('is found: %s', async (_, sql, seq) => {
    expect((await verifyState(state.stateDir)).ok).toBe(true);
    tamper(state.stateDir, (db) => db.exec(sql));
    const { problems } = await verifyState(state.stateDir);
    expect(problems.map((problem) => problem.seq)).toEqual([seq]);
    expect(problems[0]?.message).toContain('the index');
  });

  it('shows no event that is not one: the events have the last word', async () => {
    tamper(state.stateDir, (db) =>
      db.exec("INSERT INTO event_marks VALUES ('subject', 'bob', 0, x'0100')"),
    );
    const stores = await openTestStores(state.stateDir);
    expect(await stores.events.query({ subject: 'bob' })).toEqual([]);
    stores.close();
  });
});
