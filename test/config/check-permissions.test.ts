import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPermissions } from '../../src/config/check-permissions.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { thrownBy, writeConfig } from './temp-config.ts';

const uid = process.getuid?.();

function layout() {
  const config = loadConfig(writeConfig({ mcpServers: {} }), {});
  mkdirSync(config.grantsDir, { mode: 0o755 });
  mkdirSync(config.stateDir, { mode: 0o700 });
  mkdirSync(join(config.stateDir, 'keys'), { mode: 0o700 });
  const grant = join(config.grantsDir, 'alice.yaml');
  const key = join(config.stateDir, 'keys', 'session-0001.json');
  writeFileSync(grant, '', { mode: 0o644 });
  writeFileSync(key, '', { mode: 0o600 });
  writeFileSync(config.lockPath, '{}', { mode: 0o644 });
  return { ...config, grant, key };
}

describe.skipIf(uid === undefined)('checkPermissions (S7)', () => {
  it('accepts what only its owner can write: it returns', () => {
    expect(() => checkPermissions(layout(), uid)).not.toThrow();
  });

  it('accepts what does not exist yet: it returns', () => {
    expect(() =>
      checkPermissions(loadConfig(writeConfig({ mcpServers: {} }), {}), uid),
    ).not.toThrow();
  });

  it.each([
    ['configPath', 0o646, 'can be written by others (mode 0646)', 'go-w'],
    ['configDir', 0o757, 'can be written by others (mode 0757)', 'go-w'],
    ['grantsDir', 0o777, 'can be written by others (mode 0777)', 'go-w'],
    ['grant', 0o666, 'can be written by others (mode 0666)', 'go-w'],
    ['lockPath', 0o666, 'can be written by others (mode 0666)', 'go-w'],
    ['stateDir', 0o705, 'is open to others (mode 0705)', 'go-rwx'],
    ['stateDir', 0o750, 'is open to others (mode 0750)', 'go-rwx'],
    ['key', 0o640, 'is open to others (mode 0640)', 'go-rwx'],
    ['key', 0o604, 'is open to others (mode 0604)', 'go-rwx'],
  ] as const)(
    'refuses %s with mode %i: it names path, mode and remedy',
    (which, mode, what, fix) => {
      const paths = layout();
      chmodSync(paths[which], mode);
      expect(thrownBy(() => checkPermissions(paths, uid))).toEqual({
        code: 'ERR_STATE_UNSAFE',
        message: `${paths[which]} ${what}`,
        hint: `chmod ${fix} ${paths[which]}`,
      });
    },
  );

  it('tolerates a folder others can add to when the sticky bit keeps what is there: it returns', () => {
    const paths = layout();
    chmodSync(paths.configDir, 0o1777);
    expect(() => checkPermissions(paths, uid)).not.toThrow();
  });

  it.runIf(uid === 0)(
    'refuses a group that can write unless it is the user alone: it names the group',
    () => {
      const paths = layout();
      chmodSync(paths.configPath, 0o664);
      expect(() => checkPermissions(paths, uid)).not.toThrow();
      chownSync(paths.configPath, 0, 4321);
      expect(thrownBy(() => checkPermissions(paths, uid)).message).toBe(
        `${paths.configPath} can be written by group 4321 (mode 0664)`,
      );
    },
  );

  it.runIf(uid === 0)("refuses another user's file whatever its mode: it names both", () => {
    const paths = layout();
    chownSync(paths.grant, 4321, 4321);
    expect(thrownBy(() => checkPermissions(paths, uid))).toEqual({
      code: 'ERR_STATE_UNSAFE',
      message: `${paths.grant} belongs to user 4321, not to 0`,
      hint: `chown 0 ${paths.grant}`,
    });
  });

  it('judges where a link leads: it names the link', () => {
    const paths = layout();
    const elsewhere = join(dirname(paths.configDir), 'elsewhere.yaml');
    writeFileSync(elsewhere, '');
    chmodSync(elsewhere, 0o666);
    symlinkSync(elsewhere, join(paths.grantsDir, 'bob.yaml'));
    expect(thrownBy(() => checkPermissions(paths, uid)).message).toBe(
      `${join(paths.grantsDir, 'bob.yaml')} can be written by others (mode 0666)`,
    );
  });

  it('judges the folder a link leads into: it refuses one others can write', () => {
    const paths = layout();
    const shared = join(dirname(paths.configDir), 'shared');
    mkdirSync(shared);
    writeFileSync(join(shared, 'x.yaml'), '', { mode: 0o644 });
    chmodSync(shared, 0o777);
    symlinkSync(join(shared, 'x.yaml'), join(paths.grantsDir, 'bob.yaml'));
    expect(thrownBy(() => checkPermissions(paths, uid)).message).toBe(
      `${shared} can be written by others (mode 0777)`,
    );
  });

  it('checks nothing where there are no users: it returns', () => {
    const paths = layout();
    chmodSync(paths.stateDir, 0o777);
    expect(() => checkPermissions(paths, undefined)).not.toThrow();
  });
});
