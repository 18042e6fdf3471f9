import { chmodSync, chownSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/cli/expect-error.ts';
import { Place, removePlaces, runProgram, settledPlace, TOOLGRANT } from '../support/cli/place.ts';

let settled: Place;
beforeAll(async () => {
  settled = await settledPlace();
  await settled.json('connect', 'claude-code', '--subject', 'alice', '--print');
});
afterAll(removePlaces);

const hasModes = process.platform !== 'win32';
const isRoot = process.getuid?.() === 0;
const OPEN = ['session', 'open', '--subject', 'alice'];
const STDIO = ['stdio', '--profile', 'claude-code'];

describe.runIf(hasModes).concurrent('files others can reach', () => {
  it.each([
    ['a state directory anybody can read', '.toolgrant', 0o755, 'is open to others', ['serve']],
    ['a state directory the group can enter', '.toolgrant', 0o710, 'is open to others', STDIO],
    ['a folder of keys anybody can list', '.toolgrant/keys', 0o755, 'is open to others', OPEN],
    [
      'a key anybody can read',
      '.toolgrant/keys/session-0001.json',
      0o644,
      'is open to others',
      OPEN,
    ],
    [
      'a key the group can read',
      '.toolgrant/keys/checkpoint.json',
      0o640,
      'is open to others',
      ['serve'],
    ],
    [
      'a profile anybody can write',
      '.toolgrant/profiles/claude-code.json',
      0o622,
      'is open to others',
      STDIO,
    ],
    ['an id anybody can read', '.toolgrant/broker-id', 0o644, 'is open to others', OPEN],
    [
      'a configuration anybody can write',
      'mcp.config.json',
      0o666,
      'can be written by others',
      ['serve'],
    ],
    [
      'a folder of the configuration anybody can write',
      '.',
      0o777,
      'can be written by others',
      STDIO,
    ],
    [
      'a folder of grants anybody can write',
      'grants',
      0o757,
      'can be written by others',
      ['grant', 'apply'],
    ],
    [
      'a grant anybody can write',
      'grants/alice-s.yaml',
      0o646,
      'can be written by others',
      ['grant', 'apply'],
    ],
    ['a lock anybody can write', 'mcp.lock.json', 0o666, 'can be written by others', ['serve']],
  ] as const)('end with 3 and are not repaired: %s', async (_, name, mode, error, command) => {
    const place = new Place(settled);
    const path = join(place.dir, name);
    if (!existsSync(path)) writeFileSync(path, '{}');
    chmodSync(path, mode);
    const [before, held] = [place.files(), place.held()];
    const ended = await place.run(command);
    const letters = error === 'is open to others' ? 'go-rwx' : 'go-w';
    expectError(
      ended,
      3,
      `${path === `${place.dir}/` ? place.dir : path} ${error} (mode ${mode.toString(8).padStart(4, '0')})`,
      `hint: chmod ${letters} `,
    );
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it('are put right by the command in the hint', async () => {
    const place = new Place(settled);
    chmodSync(place.state, 0o755);
    const { stderr } = await place.run(OPEN);
    const command = /^hint: (chmod .*)$/m.exec(stderr)?.[1] ?? 'false';
    expect((await runProgram(['sh', '-c', command])).code).toBe(0);
    expect((await place.run(OPEN)).code).toBe(0);
  });

  it.runIf(isRoot)('end with 3 when they are another user’s', async () => {
    const place = new Place(settled);
    const path = join(place.grants, 'alice-s.yaml');
    chownSync(path, 12_345, 0);
    const ended = await place.run(['grant', 'apply']);
    expectError(ended, 3, `${path} belongs to user 12345, not to 0`, `hint: chown 0 ${path}`);
  });

  it.runIf(isRoot)('end with 3 when another group can write them', async () => {
    const place = new Place(settled);
    chownSync(place.config, 0, 12_345);
    chmodSync(place.config, 0o664);
    expectError(
      await place.run(STDIO),
      3,
      'can be written by group 12345 (mode 0664)',
      'chmod g-w',
    );
  });

  it('may lie in a folder with the sticky bit', async () => {
    const place = new Place(settled);
    chmodSync(place.dir, 0o1777);
    expect((await place.run(OPEN)).code).toBe(0);
  });

  it('are never made, whatever the umask', async () => {
    const place = new Place();
    const words = [process.execPath, TOOLGRANT, '--config', place.config];
    for (const command of [OPEN, ['connect', 'claude-code', '--subject', 'alice', '--print']]) {
      await place.run(['grant', 'apply', '--yes'], {
        through: ['sh', '-c', 'umask 0; exec "$@"', 'sh'],
      });
      await runProgram([...words, ...command], {
        through: ['sh', '-c', 'umask 0; exec "$@"', 'sh'],
      });
    }
    const modes = Object.entries(place.files()).filter(([name]) => name.startsWith('.toolgrant'));
    expect(modes.length).toBeGreaterThan(7);
    expect(
      modes.filter(([name, how]) => !how.startsWith(name.endsWith('/') ? '700' : '600')),
    ).toEqual([]);
  });

  it('are refused before a state directory is made among them', async () => {
    const place = new Place();
    chmodSync(place.dir, 0o777);
    expectError(await place.run(OPEN), 3, `${place.dir} can be written by others (mode 0777)`);
    expect(existsSync(place.state)).toBe(false);
  });

  it('are not made of a state that is a file', async () => {
    const place = new Place();
    writeFileSync(place.state, 'mine', { mode: 0o600 });
    const before = place.files();
    expectError(await place.run(OPEN), 3, `${place.state} is not a folder`);
    expect(place.files()).toEqual(before);
  });

  it('are not made of a key that is a folder', async () => {
    const place = new Place();
    mkdirSync(join(place.state, 'keys', 'session-0001.json'), { recursive: true, mode: 0o700 });
    expect(statSync(place.state).mode & 0o777).toBe(0o700);
    expectError(
      await place.run(['grant', 'apply', '--yes']).then(() => place.run(OPEN)),
      3,
      'is not a file',
    );
  });
});
