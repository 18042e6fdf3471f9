import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkReach } from '../../src/config/check-reach.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { thrownBy, writeConfig } from './temp-config.ts';

const ENV = { PATH: '/usr/bin', HOME: '/home/nobody-here' };

function reach(entry: (dir: string) => Record<string, unknown>, home?: (dir: string) => string) {
  const path = writeConfig('{}');
  const dir = dirname(path);
  mkdirSync(join(dir, 'grants'));
  mkdirSync(join(dir, 'workspace'));
  mkdirSync(join(dir, '.toolgrant'));
  symlinkSync(dir, join(dir, 'workspace', 'link'));
  linkSync(path, join(dir, 'workspace', 'hard.json'));
  const content = { mcpServers: { files: { command: 'node', ...entry(dir) } } };
  const written = writeConfig(content);
  const env = { ...ENV, ...(home === undefined ? {} : { HOME: home(dir) }) };
  const specs = loadConfig(written, env).specs.map((spec) =>
    spec.kind === 'stdio' ? { ...spec, cwd: dir } : spec,
  );
  const base = loadConfig(written, env);
  const config = {
    ...base,
    specs,
    configPath: path,
    configDir: dir,
    grantsDir: join(dir, 'grants'),
    stateDir: join(dir, '.toolgrant'),
    lockPath: join(dir, 'mcp.lock.json'),
  };
  return { dir, check: () => checkReach(config, env) };
}

describe('checkReach', () => {
  it.each<[string, (dir: string) => string]>([
    ['the folder of the configuration', (dir) => dir],
    ['the folder with a slash behind it', (dir) => `${dir}/`],
    ['a folder around it', (dir) => dirname(dir)],
    ['the root', () => '/'],
    ['a way there and back', (dir) => `${dir}/workspace/..`],
    ['a link to it', (dir) => `${dir}/workspace/link`],
    ['the configuration itself', (dir) => `${dir}/mcp.config.json`],
    ['another hard link of it', (dir) => `${dir}/workspace/hard.json`],
    ['the lock, before it exists', (dir) => `${dir}/mcp.lock.json`],
    ['a file of the state', (dir) => `${dir}/.toolgrant/toolgrant.db`],
    ['a new file in the grants, through a link', (dir) => `${dir}/workspace/link/grants/new.yaml`],
    ['a flag with a value', (dir) => `--root=${dir}`],
    ['a flag with a relative value', () => '--root=grants'],
    ['a mount', (dir) => `${dir}:/data:rw`],
    ['a mount in long form', (dir) => `type=bind,src=${dir},dst=/data`],
    ['a file URL', (dir) => `file://${dir}`],
    ['a flag with a file URL', (dir) => `--root=file://${dir}`],
    ['a bare relative name', () => 'grants'],
  ])('refuses an argument that names %s: it is ERR_CONFIG', (_, arg) => {
    const { check } = reach((dir) => ({ args: ['server.js', arg(dir)] }));
    expect(thrownBy(check)).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(
        /^tool server files: mcpServers\.files\.args\[1\] reaches the /,
      ),
    });
  });

  it('refuses a variable that names it: it says which', () => {
    const { check, dir } = reach((folder) => ({ env: { ROOTS: `/tmp/x:${folder}` } }));
    expect(thrownBy(check).message).toBe(
      `tool server files: mcpServers.files.env.ROOTS reaches the configuration at ${join(dir, 'mcp.config.json')}`,
    );
  });

  it('refuses the home folder when the configuration lies in it: it expands ~', () => {
    const { check } = reach(
      () => ({ args: ['~'] }),
      (dir) => dirname(dir),
    );
    expect(thrownBy(check).code).toBe('ERR_CONFIG');
  });

  it.each<[string, (dir: string) => string]>([
    ['a folder beside', (dir) => `${dir}/workspace`],
    ['a name that only begins alike', (dir) => `${dir}-other`],
    ['a word', () => 'mcp-server-filesystem'],
    ['a web address', () => 'https://example.com/'],
    ['a flag', () => '--yes'],
    ['nothing', () => ''],
  ])('accepts an argument that names %s: it returns', (_, arg) => {
    expect(reach((dir) => ({ args: [arg(dir)] })).check).not.toThrow();
  });

  it('does not count what every tool server inherits: it returns', () => {
    expect(
      reach(
        () => ({ args: [] }),
        (dir) => dirname(dir),
      ).check,
    ).not.toThrow();
  });
});
