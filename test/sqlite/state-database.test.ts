import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Durability,
  databasePath,
  openDatabaseWaiting,
} from '../../src/sqlite/open-database.ts';
import { StateDatabase } from '../../src/sqlite/state-database.ts';
import { createStateDir, createTestClock } from '../support/sqlite/test-stores.ts';

describe('StateDatabase', () => {
  let state: ReturnType<typeof createStateDir>;
  let db: StateDatabase;

  beforeEach(() => {
    state = createStateDir();
  });
  afterEach(() => {
    db.close();
    state.remove();
  });

  async function open(durability: Durability): Promise<void> {
    const clock = createTestClock();
    const path = databasePath(state.stateDir);
    const connection = await openDatabaseWaiting(path, durability, clock);
    const nothing = () => {};
    const hooks = { fault: nothing, onLost: nothing };
    db = new StateDatabase({ db: connection, path, durability, clock, ...hooks });
  }

  const level = () => db.connection.pragma('synchronous', { simple: true });

  it.each(['power', 'process'] as const)(
    'syncs a narrowing change fully for durability "%s", and only that',
    async (durability) => {
      await open(durability);
      const before = level();
      expect(db.tryWrite(level, 'full')).toBe(2);
      expect(level()).toBe(before);
      expect(db.tryWrite(level)).toBe(before);
    },
  );

  it('keeps nothing of a transaction whose work was refused', async () => {
    await open('process');
    const epoch = () => db.read(() => db.statement('SELECT epoch FROM rights').get());
    const before = epoch();
    expect(() =>
      db.tryWrite(() => {
        db.statement('UPDATE rights SET epoch = 99').run();
        throw new Error('a bug');
      }),
    ).toThrow(expect.objectContaining({ code: 'ERR_STORE_FAILED' }));
    expect(epoch()).toEqual(before);
  });
});
