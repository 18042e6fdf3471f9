import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import { TO_VERSION_12, TO_VERSION_13 } from '../support/sqlite/older-layouts.ts';
import { sampleCall, verifyState, writeSampleChain } from '../support/sqlite/sample-chain.ts';
import { createStateDir, createTestClock, openTestStores } from '../support/sqlite/test-stores.ts';

/** Takes a database of this version back to the layout of version 1, with a tool that had drifted. */
const TO_VERSION_1 = `${TO_VERSION_12}
  DROP TABLE shipped;
  DROP TABLE monitor_clients;
  DROP TABLE monitor_profiles;
  DROP TABLE log_start;
  DROP TABLE anchored;
  DROP TABLE event_stretches;
  DROP TABLE event_marks;
  DROP TABLE event_numbers;
  CREATE INDEX events_subject ON events (subject);
  CREATE INDEX events_tool ON events (server, tool);
  CREATE INDEX events_code ON events (code);
  CREATE INDEX events_reason ON events (reason) WHERE reason IS NOT NULL;
  CREATE INDEX events_outcome ON events (outcome) WHERE outcome <> 'ok';
  DROP TABLE definitions;
  ALTER TABLE pinned_servers DROP COLUMN origin;
  ALTER TABLE pinned_servers DROP COLUMN changed;
  DROP TABLE grant_revisions;
  ALTER TABLE rights DROP COLUMN revisions_since;
  DROP TABLE rule_uses;
  DROP TABLE approvals;
  ALTER TABLE sessions DROP COLUMN interactive;
  DROP TABLE grant_uses;
  DROP INDEX open_intents_use;
  ALTER TABLE open_intents DROP COLUMN grant_id;
  DROP TABLE retired_keys;
  DROP INDEX sessions_key;
  ALTER TABLE sessions DROP COLUMN key_id;
  DROP INDEX sessions_suspended;
  ALTER TABLE rights DROP COLUMN halted_at;
  ALTER TABLE rights DROP COLUMN halt_reason;
  DROP TABLE lock_entries;
  DROP TABLE pinned_items;
  ALTER TABLE pinned_servers ADD COLUMN instructions TEXT;
  CREATE TABLE pinned_tools (
    server TEXT NOT NULL REFERENCES pinned_servers (server) ON DELETE CASCADE,
    name TEXT NOT NULL, definition TEXT NOT NULL, hash TEXT NOT NULL, drift TEXT,
    PRIMARY KEY (server, name)
  ) STRICT;
  INSERT INTO pinned_servers (server, era, revision, asked_with, server_info, capabilities,
      instructions, pinned_at)
    VALUES ('files', '2025', '2025-11-25', '{}', '{}', '{}', '"be kind"', 7);
  INSERT INTO pinned_tools (server, name, definition, hash, drift)
    VALUES ('files', 'a', '{"name":"a"}', 'h1', 'h2'), ('files', 'b', '{"name":"b"}', 'h3', NULL);
  INSERT INTO grants (id, subject, revision, file, document, applied_at, state)
    VALUES ('g', 'alice', 3, 'grants/g.yaml', '{"id":"g"}', 7, 'live'),
      ('h', 'alice', 1, 'grants/h.yaml', '{"id":"h"}', 7, 'revoked');
  UPDATE rights SET epoch = 9;
  PRAGMA user_version = 1;
`;

describe('a database of version 1', () => {
  let state: ReturnType<typeof createStateDir>;
  beforeEach(() => {
    state = createStateDir();
  });
  afterEach(() => state.remove());

  it('knows the grants it had as of then, and none of before', async () => {
    (await openTestStores(state.stateDir)).close();
    const db = new Sqlite(join(state.stateDir, DATABASE_FILE));
    db.exec(TO_VERSION_1);
    db.close();
    const { grants, close } = await openTestStores(state.stateDir);
    const then = { id: 'g', revision: 3, file: 'grants/g.yaml', appliedAt: 7 };
    expect([
      await grants.asOf('alice', 8),
      await grants.asOf('alice', 9),
      await grants.revision('g', 3),
      await grants.revision('g', 2),
    ]).toEqual([undefined, [then], then, undefined]);
    close();
  });

  it('keeps its tools and the marks of those that had drifted, and no instructions nobody approved', async () => {
    (await openTestStores(state.stateDir)).close();
    const db = new Sqlite(join(state.stateDir, DATABASE_FILE));
    db.exec(TO_VERSION_1);
    db.close();
    const stores = await openTestStores(state.stateDir);
    const { servers, lockBases } = stores.catalog.snapshot();
    stores.close();
    expect(servers.get('files')?.about).toBeUndefined();
    expect(servers.get('files')?.tools).toEqual([
      {
        name: 'a',
        definition: { name: 'a' },
        hash: 'h1',
        quarantine: { reason: 'drifted', liveHash: 'h2' },
      },
      { name: 'b', definition: { name: 'b' }, hash: 'h3' },
    ]);
    expect(lockBases).toEqual(new Map());
  });
});

describe('a database of version 13', () => {
  it('has its log as before, and says what a session touched', async () => {
    const state = createStateDir();
    const id = await writeSampleChain(state.stateDir, 3);
    const db = new Sqlite(join(state.stateDir, DATABASE_FILE));
    db.exec(TO_VERSION_13);
    db.close();
    const stores = await openTestStores(state.stateDir);
    expect((await stores.events.touched([id], 9)).get(id)).toEqual({
      tools: [{ server: 'files', tool: 'read', calls: 3 }],
      isWhole: true,
    });
    stores.close();
    expect(await verifyState(state.stateDir)).toMatchObject({ ok: true });
    state.remove();
  });
});

describe('a database of version 12', () => {
  it('has its log and the calls of its sessions as before, and goes on counting them', async () => {
    const state = createStateDir();
    const id = await writeSampleChain(state.stateDir, 3);
    const db = new Sqlite(join(state.stateDir, DATABASE_FILE));
    const lastCallAt = db.prepare('SELECT max(last_at) FROM grant_uses').pluck().get() as number;
    // Calls were counted twice over, and some are from before grants had limits.
    db.prepare('UPDATE sessions SET calls = 5, last_call_at = ?').run(lastCallAt);
    db.exec(TO_VERSION_12);
    db.close();
    const clock = createTestClock(lastCallAt + 1);
    const stores = await openTestStores(state.stateDir, { clock });
    expect(stores.sessions.find(id)).toMatchObject({ calls: 5, lastCallAt });
    await sampleCall(stores, id);
    expect(await stores.sessions.list()).toMatchObject([{ calls: 6, lastCallAt: lastCallAt + 1 }]);
    stores.close();
    expect(await verifyState(state.stateDir)).toMatchObject({ ok: true });
    state.remove();
  });
});
