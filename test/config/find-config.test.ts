import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findConfig } from '../../src/config/find-config.ts';
import { tempFolder, thrownBy, writeConfig } from './temp-config.ts';

describe('findConfig', () => {
  it('takes --config before the variable, relative to where it was typed: it resolves', () => {
    const path = writeConfig({});
    const found = findConfig({
      explicit: 'mcp.config.json',
      env: { TOOLGRANT_CONFIG: '/elsewhere' },
      cwd: dirname(path),
    });
    expect(found).toBe(path);
  });

  it('takes TOOLGRANT_CONFIG when nothing was typed: it finds it', () => {
    const path = writeConfig({});
    expect(findConfig({ env: { TOOLGRANT_CONFIG: path } })).toBe(path);
  });

  it('takes the one under the home folder last: it finds it', () => {
    const home = tempFolder();
    const folder = join(home, '.config', 'toolgrant');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'mcp.config.json'), '{}');
    expect(findConfig({ env: {}, home })).toBe(join(folder, 'mcp.config.json'));
  });

  it('reads nothing in the working folder, hostile or not: it says that there is none (S7)', () => {
    const path = writeConfig({ mcpServers: { evil: { command: 'evil' } } });
    const home = tempFolder();
    expect(thrownBy(() => findConfig({ env: {}, home, cwd: dirname(path) }))).toEqual({
      code: 'ERR_CONFIG',
      message: `there is no configuration at ${join(home, '.config/toolgrant/mcp.config.json')}`,
      hint: 'make one with `toolgrant init`, or name another with --config or TOOLGRANT_CONFIG',
    });
  });

  it('refuses a relative TOOLGRANT_CONFIG, which would depend on the working folder: it is an error', () => {
    const path = writeConfig({});
    const env = { TOOLGRANT_CONFIG: 'mcp.config.json' };
    expect(thrownBy(() => findConfig({ env, cwd: dirname(path) })).message).toBe(
      'TOOLGRANT_CONFIG is not an absolute path',
    );
  });

  it('refuses a folder where a file should be: it says so', () => {
    const folder = tempFolder();
    expect(thrownBy(() => findConfig({ explicit: folder, env: {} })).message).toBe(
      `${folder} is not a file`,
    );
  });
});
