import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/cli/expect-error.ts';
import { configOf, Place, removePlaces, settledPlace } from '../support/cli/place.ts';

const hasModes = process.platform !== 'win32';
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

let settled: Place;
beforeAll(async () => {
  settled = await settledPlace();
  await settled.json('connect', 'claude-code', '--subject', 'alice', '--print');
  // What a killed broker leaves beside its database, and a lock: there to be judged, never read here.
  for (const name of ['.toolgrant/toolgrant.db-wal', '.toolgrant/toolgrant.db-shm']) {
    writeFileSync(join(settled.dir, name), '', { mode: 0o600 });
  }
  writeFileSync(join(settled.dir, 'mcp.lock.json'), '{}', { mode: 0o644 });
});
afterAll(removePlaces);

const SERVE = ['serve', '--port', '0'];
const ELSEWHERE = 'outer/inner';

/** Refused with 3 and the command that mends it, and nothing is changed, opened or repaired. */
async function expectRefused(
  place: Place,
  command: readonly string[],
  error: string,
  hint: string,
): Promise<void> {
  const before = place.files();
  expectError(await place.run(command), 3, error, hint);
  expect(place.files()).toEqual(before);
}

/** A place whose grants, state or lock lie behind a way of two folders. */
function movedAway(what: 'grants' | '.toolgrant'): Place {
  const place = new Place(settled);
  mkdirSync(join(place.dir, ELSEWHERE), { recursive: true, mode: 0o755 });
  renameSync(join(place.dir, what), join(place.dir, ELSEWHERE, what));
  const key = what === 'grants' ? 'grants' : 'state';
  place.writeConfig(configOf({ [key]: `./${ELSEWHERE}/${what}` }));
  return place;
}

describe.runIf(hasModes).concurrent('S7 what others can reach', () => {
  it.each([
    ['a database', '.toolgrant/toolgrant.db', 0o622],
    ['a database the group can read', '.toolgrant/toolgrant.db', 0o640],
    ['a write-ahead log', '.toolgrant/toolgrant.db-wal', 0o602],
    ['the shared memory of the database', '.toolgrant/toolgrant.db-shm', 0o660],
    ['a key the group can write', '.toolgrant/keys/session-0001.json', 0o620],
    ['a key others can read', '.toolgrant/keys/checkpoint.json', 0o604],
    ['a profile the group can write', '.toolgrant/profiles/claude-code.json', 0o660],
    ['a folder of profiles', '.toolgrant/profiles', 0o777],
  ])('starts nothing with %s open to others', async (_, name, mode) => {
    const place = new Place(settled);
    const path = join(place.dir, name);
    chmodSync(path, mode);
    const said = `${path} is open to others (mode ${mode.toString(8).padStart(4, '0')})`;
    await expectRefused(place, SERVE, said, `hint: chmod go-rwx ${path}`);
  });

  it.each(['grants', '.toolgrant'] as const)(
    'starts nothing when a folder on the way to %s can be written by others',
    async (what) => {
      const place = movedAway(what);
      const outer = join(place.dir, 'outer');
      chmodSync(outer, 0o777);
      const said = `${outer} can be written by others (mode 0777)`;
      await expectRefused(place, SERVE, said, `hint: chmod go-w ${outer}`);
      chmodSync(outer, 0o1777);
      expect((await place.run(['grant', 'list'])).code).toBe(0);
    },
  );

  it('starts nothing when a link on the way leads through a folder others can write', async () => {
    const place = movedAway('grants');
    mkdirSync(join(place.dir, 'open'));
    renameSync(join(place.dir, 'outer'), join(place.dir, 'open', 'outer'));
    chmodSync(join(place.dir, 'open'), 0o757);
    symlinkSync('open/outer', join(place.dir, 'outer'));
    const said = `${join(place.dir, 'open')} can be written by others (mode 0757)`;
    await expectRefused(place, SERVE, said, `hint: chmod go-w ${join(place.dir, 'open')}`);
  });

  it.each([
    ['mcp.config.json', 'can be written by others (mode 0646)', 0o646],
    ['mcp.lock.json', 'can be written by others (mode 0646)', 0o646],
    ['grants/alice-s.yaml', 'can be written by others (mode 0646)', 0o646],
    ['.toolgrant/toolgrant.db', 'is open to others (mode 0640)', 0o640],
    ['.toolgrant/keys/session-0001.json', 'is open to others (mode 0640)', 0o640],
  ])('starts nothing when %s is a chain of links to such a file', async (name, said, mode) => {
    const place = new Place(settled);
    const [path, real, step] = [name, 'real', 'step'].map((one) => join(place.dir, one)) as [
      string,
      string,
      string,
    ];
    renameSync(path, real);
    chmodSync(real, mode);
    symlinkSync(real, step);
    symlinkSync(step, path);
    await expectRefused(place, SERVE, `${path} ${said}`, 'hint: chmod go-');
  });

  it
    .runIf(isRoot)
    .each([
      'mcp.config.json',
      'mcp.lock.json',
      'grants',
      '.toolgrant',
      '.toolgrant/toolgrant.db',
      '.toolgrant/toolgrant.db-wal',
      '.toolgrant/keys/session-0001.json',
      '.toolgrant/profiles/claude-code.json',
    ])('starts nothing when %s is another user’s', async (name) => {
    const place = new Place(settled);
    const path = join(place.dir, name);
    chownSync(path, NOBODY, 0);
    const said = `${path} belongs to user ${NOBODY}, not to 0`;
    await expectRefused(place, SERVE, said, `hint: chown 0 ${path}`);
  });

  it.runIf(isRoot)('starts nothing when another group can write the lock', async () => {
    const place = new Place(settled);
    const path = join(place.dir, 'mcp.lock.json');
    chownSync(path, 0, NOBODY);
    chmodSync(path, 0o664);
    const said = `${path} can be written by group ${NOBODY} (mode 0664)`;
    await expectRefused(place, SERVE, said, `hint: chmod g-w ${path}`);
  });
});

describe('S7 secrets', () => {
  it('are made anew for each state: two have none in common', async () => {
    const secrets = (place: Place): string[] => {
      const keys = join(place.state, 'keys');
      const files = readdirSync(keys).sort();
      expect(files).toEqual(['checkpoint.json', 'digest.key', 'session-0001.json']);
      return [...files.map((name) => join(keys, name)), join(place.state, 'broker-id')].map(
        (path) => readFileSync(path, 'hex'),
      );
    };
    const other = await settledPlace();
    await other.json('connect', 'claude-code', '--subject', 'alice', '--print');
    for (const place of [settled, other]) {
      // The key of the digests is made by the first broker.
      await place.run(['call', 's/x', '--as', 'alice']);
    }
    const [first, second] = [secrets(settled), secrets(other)];
    expect(new Set([...first, ...second]).size).toBe(8);
  });
});
