import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  copyOf,
  ExaminedPlace,
  expectFound,
  type Spoiled,
  soundPlace,
} from '../support/cli/examined-place.ts';
import { removePlaces, SET_SECRET } from '../support/cli/place.ts';
import { wordsToObeyModes } from '../support/cli/without-override.ts';

let sound: ExaminedPlace;
beforeAll(async () => {
  sound = await soundPlace();
});
afterAll(removePlaces);

const through = wordsToObeyModes();

const CASES: readonly Spoiled[] = [
  {
    how: 'a configuration that is no JSON',
    spoil: (place) => place.writeConfig('{"mcpServers": {},}'),
    found: [['configuration_invalid', 'problem', 'mcp.config.json']],
    exit: 3,
  },
  {
    how: 'tool servers that are wrong, each in its own way',
    spoil(place) {
      writeFileSync(join(place.dir, 'token'), SET_SECRET, { mode: 0o644 });
      place.configure({
        both: { command: 'true', url: 'https://t.example' },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, which the product resolves
        ref: { command: 'true', env: { A: '${NOT_SET_ANYWHERE}', B: '${NOR_THIS}' } },
        reach: { command: 'true', args: [place.state] },
        odd: { command: 'true', autoApprove: [] },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, which the product resolves
        token: { command: 'true', env: { T: '${file:./token}' } },
      });
    },
    found: [
      ['configuration_invalid', 'problem', 'mcp.config.json'],
      ['reference_unresolved', 'problem', 'mcp.config.json'],
      ['server_reaches_us', 'problem', 'mcp.config.json'],
      ['configuration_odd', 'warning', 'mcp.config.json'],
      ['secret_exposed', 'warning', ''],
      // The one that is right is looked at all the same.
      ['tools', 'ok', 's'],
    ],
    exit: 3,
  },
  {
    how: 'a database of another kind',
    spoil: (place) => writeFileSync(place.database, 'hello\n'),
    found: [
      ['database', 'problem', 'toolgrant.db'],
      ['client', 'ok', '.claude.json'],
    ],
    exit: 1,
  },
  {
    how: 'a database of a newer version',
    spoil: (place) => place.sql('PRAGMA user_version = 99'),
    found: [['database', 'problem', 'toolgrant.db']],
    exit: 1,
  },
  {
    how: 'a database of an older version',
    spoil: (place) => place.sql('PRAGMA user_version = 1'),
    found: [['database_old', 'note', 'toolgrant.db']],
    exit: 0,
  },
  {
    how: 'a database that is older than its anchor, and a halt',
    spoil(place) {
      const anchor = { epoch: 1, seq: 999_999, hash: 'a'.repeat(64) };
      writeFileSync(join(place.state, 'anchor'), JSON.stringify(anchor), { mode: 0o600 });
      place.sql("UPDATE rights SET halted_at = 1, halt_reason = 'an incident'");
    },
    found: [
      ['database_rolled_back', 'problem', 'anchor'],
      ['halted', 'warning', ''],
    ],
    exit: 1,
  },
  {
    how: 'a database that was deleted',
    spoil(place) {
      const anchor = { epoch: 1, seq: 1, hash: 'a'.repeat(64) };
      writeFileSync(join(place.state, 'anchor'), JSON.stringify(anchor), { mode: 0o600 });
      rmSync(join(place.state, 'toolgrant.db'));
    },
    found: [
      ['database_missing', 'note', 'toolgrant.db'],
      ['grants_not_applied', 'note', 'grants'],
      ['database_rolled_back', 'problem', 'anchor'],
    ],
    exit: 1,
  },
  {
    how: 'no state, and a client that was connected with it',
    spoil: (place) => rmSync(place.state, { recursive: true }),
    found: [
      ['database_missing', 'note', 'toolgrant.db'],
      ['grants_not_applied', 'note', 'grants'],
      ['entry_profile', 'problem', '.claude.json'],
    ],
    exit: 1,
  },
  {
    how: 'a log somebody edited',
    spoil: (place) =>
      place.sql("UPDATE events SET body = replace(body, 'alice', 'mallo') WHERE seq = 1"),
    found: [['audit_broken', 'problem', 'audit']],
    exit: 1,
  },
  {
    how: 'an event that is gone, and one of the far future',
    spoil: (place) =>
      place.sql(
        'DELETE FROM events WHERE seq = 2',
        `UPDATE events SET body = json_set(body, '$.at', 9000000000000000)
         WHERE seq = (SELECT max(seq) FROM events)`,
      ),
    found: [
      ['audit_broken', 'problem', 'audit'],
      ['clock_behind', 'problem', ''],
    ],
    exit: 1,
  },
  {
    how: 'what a killed broker leaves, an open address and a file of tomorrow',
    spoil(place) {
      place.sql(
        "INSERT INTO live_brokers VALUES ('inst', 4194303, '/nowhere/x.sock', 1)",
        "INSERT INTO open_intents (seq, instance, session, server, tool) VALUES (1, 'other', 'ses', 's', 'read')",
      );
      place.configure({}, { listen: '0.0.0.0:0' });
      utimesSync(place.config, new Date(), new Date(Date.now() + 3_600_000));
    },
    found: [
      ['broker_dead', 'warning', 'process 4194303)'],
      ['intents_orphaned', 'warning', ''],
      ['file_from_future', 'warning', 'mcp.config.json'],
      ['listen_open', 'warning', '0.0.0.0:0'],
    ],
    exit: 0,
  },
  {
    how: 'an address of another machine',
    spoil: (place) =>
      place.configure({}, { listen: '203.0.113.9:7433', publicUrl: 'https://x.example' }),
    found: [['listen_absent', 'warning', '203.0.113.9:7433']],
    exit: 0,
  },
];

describe.concurrent('doctor', () => {
  it('finds nothing to do where nothing is wrong, and changes nothing', async () => {
    const place = copyOf(sound);
    const before = place.files();
    const { ended, findings, bad } = await place.doctor(['--strict']);
    expect({ bad, code: ended.code, stderr: ended.stderr }).toEqual({
      bad: [],
      code: 0,
      stderr: '',
    });
    expect(findings.filter(({ level }) => level === 'ok').map(({ check }) => check)).toEqual([
      'node',
      'configuration',
      'files',
      'database',
      'audit',
      'brokers',
      'clock',
      'listen',
      'server',
      'environment',
      'tools',
      'grants',
      'client',
    ]);
    // What the tool server itself wrote is its own.
    const { 'journal.jsonl': _, ...kept } = before;
    const { 'journal.jsonl': __, ...after } = place.files();
    expect(after).toEqual(kept);
  });

  it.each(CASES)('tells of $how, and changes nothing', (row) => expectFound(sound, row));

  it('names everything that is open to others, not the first alone', async () => {
    const place = copyOf(sound);
    const open = [place.config, place.database, join(place.state, 'keys'), place.grants];
    for (const path of open) chmodSync(path, 0o777);
    const { ended, findings } = await place.doctor(['--no-start']);
    expect(ended.code).toBe(3);
    const found = findings.filter(({ check }) => check === 'open_to_others');
    expect(open.filter((path) => !found.some(({ what }) => what.startsWith(`${path} `)))).toEqual(
      [],
    );
  });

  it('names every reference that leads nowhere', async () => {
    const place = copyOf(sound);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, which the product resolves
    place.configure({ r: { command: 'true', args: ['${FIRST_X}'], env: { A: '${SECOND_X}' } } });
    const { findings } = await place.doctor(['--no-start']);
    const found = findings.filter(({ check }) => check === 'reference_unresolved');
    expect(found.map(({ what }) => what)).toEqual([
      'mcpServers.r.args[0]: FIRST_X is not set',
      'mcpServers.r.env.A: SECOND_X is not set',
    ]);
  });

  it('counts warnings only when it is told to', async () => {
    const place = copyOf(sound);
    place.configure({}, { listen: '0.0.0.0:0' });
    const { ended } = await place.doctor(['--no-start', '--strict']);
    expect(ended.code).toBe(1);
  });

  it('says what it can where there is no configuration', async () => {
    const place = copyOf(sound);
    rmSync(place.config);
    const { ended, findings } = await place.doctor();
    expect(ended.code).toBe(3);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['node', 'configuration_missing', 'entry_config']),
    );
  });

  it('does not wait long for a database that somebody holds, and looks at the rest', async () => {
    const place = copyOf(sound);
    const db = new Sqlite(place.database);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    try {
      const { ended, findings } = await place.doctor(['--no-start']);
      expect(ended.code).toBe(1);
      expect(findings.find(({ check }) => check === 'database')?.what).toContain('is locked');
      expect(findings.at(-1)?.area).toBe('clients');
    } finally {
      db.exec('ROLLBACK');
      db.close();
    }
  });

  it('says that somebody else is at the address', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const place = copyOf(sound);
    place.configure({}, { listen: `127.0.0.1:${port}` });
    const { bad } = await place.doctor(['--no-start']);
    other.close();
    expect(bad.map(({ check }) => check)).toEqual(['listen_taken']);
  });

  it('starts nothing that a file others can write names', async () => {
    const place = copyOf(sound);
    rmSync(join(place.dir, 'journal.jsonl'));
    chmodSync(place.config, 0o666);
    const { findings } = await place.doctor();
    expect(findings.map(({ check }) => check)).toContain('server_not_started');
    expect(existsSync(join(place.dir, 'journal.jsonl'))).toBe(false);
  });

  it('reads beside a program that writes, and leaves what is in the write-ahead log there', async () => {
    const place = copyOf(sound);
    const db = new Sqlite(place.database);
    db.exec("INSERT INTO live_brokers VALUES ('inst', 4194303, '/nowhere/x.sock', 1)");
    const parts = [place.database, `${place.database}-wal`];
    const before = parts.map((path) => readFileSync(path).toString('hex'));
    const { bad } = await place.doctor(['--no-start']);
    expect(bad.map(({ check }) => check)).toEqual(['broker_dead']);
    expect(parts.map((path) => readFileSync(path).toString('hex'))).toEqual(before);
    db.close();
  });

  it.runIf(through !== undefined)('tells a state it may not look at from none', async () => {
    const place = copyOf(sound);
    chmodSync(place.state, 0o000);
    const { ended, bad } = await place.doctor(['--no-start'], { through: through ?? [] });
    chmodSync(place.state, 0o700);
    expect(ended.code).toBe(3);
    expect(bad.find(({ check }) => check === 'database')?.what).toContain('EACCES');
  });

  it('makes no state where there is none', async () => {
    const place = new ExaminedPlace();
    mkdirSync(place.home);
    place.configure({});
    place.define([]);
    const { ended } = await place.doctor();
    expect([ended.code, existsSync(place.state)]).toEqual([0, false]);
  });
});
