import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSecretFiles } from '../../src/keystore/open-secret-files.ts';
import { thrownBy } from '../config/temp-config.ts';

function temp() {
  const configDir = mkdtempSync(join(tmpdir(), 'tg-secrets-'));
  onTestFinished(() => rmSync(configDir, { recursive: true, force: true }));
  const files = openSecretFiles({ configDir, uid: process.getuid?.(), entropy: randomBytes });
  return { configDir, files };
}
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);

describe('openSecretFiles', () => {
  it('gives back what was written, lines and all', () => {
    const { files } = temp();
    files.write('key.pem', 'one\r\ntwo');
    files.write('B', 'three');
    expect([files.names(), files.read('key.pem'), files.read('none')]).toEqual([
      ['B', 'key.pem'],
      'one\r\ntwo',
      undefined,
    ]);
  });

  it.runIf(process.platform !== 'win32')('opens nothing to others, and keeps out of git', () => {
    const { configDir, files } = temp();
    files.write('a', 'value');
    expect([mode(join(configDir, 'secrets')), mode(files.pathOf('a'))]).toEqual(['700', '600']);
    expect(readFileSync(join(configDir, 'secrets', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it.runIf(process.platform !== 'win32')('writes into no folder others can read', () => {
    const { configDir, files } = temp();
    files.write('a', 'value');
    chmodSync(join(configDir, 'secrets'), 0o755);
    expect(thrownBy(() => files.write('b', 'value')).code).toBe('ERR_STATE_UNSAFE');
    expect(files.names()).toEqual(['a']);
  });

  it('makes nothing before something is written, and removes what there is', () => {
    const { files } = temp();
    expect([files.names(), files.remove('a')]).toEqual([[], false]);
    files.write('a', 'value');
    expect([files.remove('a'), files.names()]).toEqual([true, []]);
  });

  it.each(['../a', '/etc/passwd', '.gitignore', ''])('has no file for the name %j', (name) => {
    expect(thrownBy(() => temp().files.write(name, 'value')).code).toBe('ERR_USAGE');
  });
});
