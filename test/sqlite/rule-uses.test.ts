import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rate } from '../../src/domain/rule-terms.ts';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { writeSampleChain } from '../support/sqlite/sample-chain.ts';
import {
  createStateDir,
  createTestClock,
  openTestStores,
  type TestClock,
} from '../support/sqlite/test-stores.ts';

const HOUR = 3_600_000;

describe('uses of rules on SQLite', () => {
  let state: ReturnType<typeof createStateDir>;
  let clock: TestClock;
  let stores: Stores;
  let use: (ruleKey: string, rate: Rate) => Promise<string>;

  beforeEach(async () => {
    state = createStateDir();
    const sessionId = await writeSampleChain(state.stateDir, 0);
    clock = createTestClock();
    stores = await openTestStores(state.stateDir, { clock });
    use = async (ruleKey, rate) => {
      const rule = { grant: 'g', revision: 1, index: 0, file: 'g', line: 1 } as const;
      const intent = { code: 'TG1001', rule: { ...rule, effect: 'permit', pattern: '*' } } as const;
      const epoch = stores.admission.epoch();
      const terms = { ruleKey, rates: [rate] };
      return (await stores.admission.admit({ epoch, sessionId, intent, terms })).kind;
    };
  });
  afterEach(() => {
    stores.close();
    state.remove();
  });

  const kept = () => {
    const db = new Sqlite(join(state.stateDir, DATABASE_FILE), { readonly: true });
    const rows = db.prepare('SELECT rule_key, n FROM rule_uses ORDER BY rule_key, n').raw().all();
    db.close();
    return rows as readonly (readonly [string, number])[];
  };

  it('are kept as long as they count', async () => {
    for (let i = 0; i < 50; i += 1) {
      await use('k', { count: 10, windowMs: HOUR });
      clock.advance(HOUR / 10);
    }
    expect(kept().map(([, n]) => n)).toEqual([41, 42, 43, 44, 45, 46, 47, 48, 49, 50]);
  });

  it('are forgotten with the next uses of any rule when theirs is used no more', async () => {
    for (let i = 0; i < 12; i += 1) await use(`gone-${i}`, { count: 1, windowMs: HOUR });
    clock.advance(HOUR);
    for (let i = 0; i < 4; i += 1) await use('k', { count: 10, windowMs: HOUR });
    expect(kept().map(([key]) => key)).toEqual(['k', 'k', 'k', 'k']);
  });

  it('number on when all before were forgotten but one', async () => {
    const rate = { count: 2, windowMs: HOUR };
    await use('k', rate);
    clock.advance(HOUR - 1);
    await use('k', rate);
    clock.advance(1);
    expect(await use('k', rate)).toBe('appended');
    expect(await use('k', rate)).toBe('rate_spent');
    expect(kept()).toEqual([
      ['k', 2],
      ['k', 3],
    ]);
  });
});
