import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDiscreet, expectError } from '../support/cli/expect-error.ts';
import { Place, removePlaces, settledPlace } from '../support/cli/place.ts';
import { wordsToObeyModes } from '../support/cli/without-override.ts';

let settled: Place;
beforeAll(async () => {
  settled = await settledPlace();
});
afterAll(removePlaces);

/** Every way into the broker: none may be less careful than another. */
const COMMANDS: readonly (readonly string[])[] = [
  ['serve', '--port', '0'],
  ['stdio'],
  ['call', 's/echo', '--as', 'alice'],
  ['grant', 'apply'],
  ['session', 'open', '--subject', 'alice'],
  ['audit', 'verify'],
];

function sql(place: Place, ...statements: readonly string[]): void {
  const db = new Sqlite(place.database);
  for (const statement of statements) db.exec(statement);
  db.close();
}

function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

/** The page a table or index starts at, from 1. */
function rootPage(place: Place, name: string): number {
  const db = new Sqlite(place.database);
  const page = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(name);
  db.close();
  return Number(page);
}

const DAMAGED = 'is damaged or not a Toolgrant database';
const CASES: readonly (readonly [string, (place: Place) => void, string])[] = [
  [
    'of a newer version',
    (place) => sql(place, 'PRAGMA user_version = 99'),
    'has version 99, this program knows up to',
  ],
  [
    'of another program',
    (place) => {
      rmSync(place.database);
      sql(place, 'CREATE TABLE notes (text)', 'PRAGMA user_version = 1');
      chmodSync(place.database, 0o600);
    },
    DAMAGED,
  ],
  [
    'of random bytes',
    (place) => writeFileSync(place.database, Buffer.alloc(40_960, 0xa7)),
    DAMAGED,
  ],
  ['of text', (place) => writeFileSync(place.database, 'hello\n'), DAMAGED],
  [
    'cut in half',
    (place) => truncateSync(place.database, Math.floor(readFileSync(place.database).length / 2)),
    DAMAGED,
  ],
  ['cut within a page', (place) => truncateSync(place.database, 4096 + 100), DAMAGED],
  [
    'with a page of zeros',
    (place) =>
      overwrite(place.database, (rootPage(place, 'grants') - 1) * 4096, Buffer.alloc(4096)),
    DAMAGED,
  ],
  [
    'with a page of noise',
    (place) =>
      overwrite(place.database, (rootPage(place, 'events') - 1) * 4096, Buffer.alloc(4096, 0x5a)),
    DAMAGED,
  ],
  [
    'with a broken schema',
    (place) => overwrite(place.database, 100, Buffer.alloc(8, 0xff)),
    DAMAGED,
  ],
  ['without its epoch', (place) => sql(place, 'DELETE FROM rights'), DAMAGED],
  ['without its grants', (place) => sql(place, 'DROP TABLE grants'), DAMAGED],
  ['without its sessions', (place) => sql(place, 'DROP TABLE sessions'), DAMAGED],
  [
    'that is a folder',
    (place) => {
      rmSync(place.database);
      mkdirSync(place.database);
    },
    DAMAGED,
  ],
];

describe.concurrent('a database that cannot be used', () => {
  it.each(CASES.map((one, index) => [...one, COMMANDS[index % COMMANDS.length] ?? []] as const))(
    'ends with 4 and keeps every byte: %s',
    async (_, spoil, error, command) => {
      const place = new Place(settled);
      spoil(place);
      const before = place.files();
      expectError(await place.run(command), 4, error);
      expect(place.files()).toEqual(before);
    },
  );

  it.each([
    ['keys/session-0001.json', ['session', 'open', '--subject', 'alice']],
    ['keys/checkpoint.json', ['serve', '--port', '0']],
    ['broker-id', ['session', 'open', '--subject', 'alice']],
  ] as const)('is not used with a %s of nonsense, which stays', async (name, command) => {
    const place = new Place(settled);
    writeFileSync(join(place.state, name), '{"d":"written-canary-71c0f2aa"}');
    const [before, held] = [place.files(), place.held()];
    expectError(await place.run(command), 4, `${name} does not hold what it should`);
    expect([place.files(), place.held()]).toEqual([before, held]);
  });
});

describe.concurrent('a database somebody holds', () => {
  it.each(COMMANDS.slice(0, 3).map((command) => ({ command })))(
    'ends with 4 and loses nothing: $command',
    async ({ command }) => {
      const place = new Place(settled);
      const held = place.held();
      const db = new Sqlite(place.database);
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      try {
        expectError(await place.run(command), 4, `${place.database} is locked by another program`);
      } finally {
        db.exec('ROLLBACK');
        db.close();
      }
      expect(place.held()).toEqual(held);
    },
  );

  it('for writing ends a change with 4, and takes back the file of the grant', async () => {
    const place = new Place(settled);
    const [before, held] = [place.files(), place.held()];
    const db = new Sqlite(place.database);
    db.exec('BEGIN IMMEDIATE');
    let ended: Awaited<ReturnType<Place['run']>>;
    try {
      ended = await place.run(['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '8h']);
    } finally {
      db.exec('ROLLBACK');
      db.close();
    }
    expectError(ended, 4, 'not committed: the store stayed busy', 'nothing was changed');
    expect(place.held()).toEqual(held);
    expect(Object.keys(place.files())).toEqual(Object.keys(before));
  });

  it('for writing ends a revocation with 4, and leaves the grant in force', async () => {
    const place = new Place(settled);
    const [before, held] = [place.files(), place.held()];
    const db = new Sqlite(place.database);
    db.exec('BEGIN IMMEDIATE');
    let ended: Awaited<ReturnType<Place['run']>>;
    try {
      ended = await place.run(['grant', 'revoke', 'alice-s']);
    } finally {
      db.exec('ROLLBACK');
      db.close();
    }
    expectError(ended, 4, 'not committed: the store stayed busy');
    expect(place.held()).toEqual(held);
    expect(place.files()['grants/alice-s.yaml']).toBe(before['grants/alice-s.yaml']);
  });

  it('is used as soon as it is let go', async () => {
    const place = new Place(settled);
    const db = new Sqlite(place.database);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const running = place.run(['session', 'list', '--json']);
    setTimeout(() => db.close(), 700);
    const ended = await running;
    expectDiscreet(ended);
    expect([ended.code, JSON.parse(ended.stdout)]).toEqual([
      0,
      [expect.objectContaining({ subject: 'alice' })],
    ]);
  });
});

const through = wordsToObeyModes();
const title = through === undefined ? ' (skipped: nothing holds this root to modes)' : '';

describe.runIf(through !== undefined).concurrent(`a state that cannot be written${title}`, () => {
  it.each([
    ['a file', (place: Place) => chmodSync(place.database, 0o400), ['serve', '--port', '0']],
    ['a folder', (place: Place) => chmodSync(place.state, 0o500), ['stdio']],
    [
      'a file, for a call',
      (place: Place) => chmodSync(place.database, 0o400),
      ['call', 's/echo', '--as', 'alice'],
    ],
    [
      'a folder, for a change',
      (place: Place) => chmodSync(place.state, 0o500),
      ['grant', 'revoke', 'alice-s'],
    ],
  ] as const)('ends with 4: %s', async (_, close, command) => {
    const place = new Place(settled);
    close(place);
    const [before, held] = [place.files(), place.held()];
    const ended = await place.run(command, { through: through ?? [] });
    expectError(ended, 4, `${place.database} cannot be written`, 'writable for the user that runs');
    expect([place.files(), place.held()]).toEqual([before, held]);
    chmodSync(place.state, 0o700);
  });

  it('ends with 4 when it cannot even be read', async () => {
    const place = new Place(settled);
    chmodSync(place.database, 0);
    const ended = await place.run(['audit', 'verify'], { through: through ?? [] });
    expectError(ended, 4, `${place.database} cannot be written`);
  });

  it('ends with 4 when it cannot be made', async () => {
    const place = new Place();
    chmodSync(place.dir, 0o500);
    const ended = await place.run(['grant', 'apply'], { through: through ?? [] });
    chmodSync(place.dir, 0o700);
    expectError(ended, 4, `${place.state}: EACCES`);
  });

  it('keeps a grant from being created when its file cannot be', async () => {
    const place = new Place(settled);
    const held = place.held();
    chmodSync(place.grants, 0o555);
    const ended = await place.run(['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '8h'], {
      through: through ?? [],
    });
    chmodSync(place.grants, 0o755);
    expectError(ended, 3, 'cannot write grants/bob-s.yaml: EACCES');
    expect(place.held()).toEqual(held);
  });
});
