import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withDisabled, withEntries } from '../../src/config/edit-config.ts';
import { entryProblem } from '../../src/config/entry-problem.ts';
import { isSameServer } from '../../src/config/same-server.ts';
import { writeConfigFile } from '../../src/config/write-config-file.ts';

/** A reference, which the product resolves. */
const reference = (name: string): string => `\${${name}}`;
const dirs: string[] = [];
const newDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'tg-init-'));
  dirs.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

describe('editing a configuration', () => {
  it('makes a new one', () => {
    expect(JSON.parse(withEntries(undefined, { a: { command: 'x' } }))).toEqual({
      mcpServers: { a: { command: 'x' } },
    });
  });

  it.each([
    [
      'spaces',
      '{\n    "listen": "127.0.0.1:1",\n    "mcpServers": {\n        "a": { "command":   "x" }\n    }\n}\n',
    ],
    ['tabs and CRLF', '{\r\n\t"mcpServers": {\r\n\t\t"a": {}\r\n\t}\r\n}\r\n'],
    ['one line', '{"mcpServers":{"a":{}}}'],
  ])('adds to one written with %s and keeps what is there', (_, text) => {
    const edited = withEntries(text, { b: { command: 'y' } });
    const at = edited.search(/,\s*"b"/);
    expect(at).toBeGreaterThan(0);
    const tail = text.slice(at);
    expect([edited.slice(0, at), edited.slice(-tail.length)]).toEqual([text.slice(0, at), tail]);
    expect(JSON.parse(edited).mcpServers.b).toEqual({ command: 'y' });
    expect(edited.includes('\r\n')).toBe(text.includes('\r\n'));
  });

  it.each([
    ['', '"disabled": true'],
    [', "disabled": false', '"disabled": true'],
  ])('switches an entry off that says %j', (said, expected) => {
    const text = `{"mcpServers":{"a":{"command":"x"},"b":{"command":"y"${said}}}}`;
    const edited = withDisabled(text, ['b']);
    expect(edited).toBe(`{"mcpServers":{"a":{"command":"x"},"b":{"command":"y", ${expected}}}}`);
  });

  it('switches entries of its own making off', () => {
    const text = withEntries(undefined, { a: { command: 'x' }, b: { command: 'y' } });
    expect(JSON.parse(withDisabled(text, ['b'])).mcpServers).toEqual({
      a: { command: 'x' },
      b: { command: 'y', disabled: true },
    });
  });
});

describe('writing a configuration', () => {
  it('makes file and folder its owner’s alone', () => {
    const path = join(newDir(), 'in', 'mcp.config.json');
    writeConfigFile(path, undefined, '{}', 'x');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it('keeps mode and link of one that is there', () => {
    const dir = newDir();
    mkdirSync(join(dir, 'far'));
    writeFileSync(join(dir, 'far', 'c.json'), 'old', { mode: 0o640 });
    symlinkSync(join(dir, 'far', 'c.json'), join(dir, 'c.json'));
    writeConfigFile(join(dir, 'c.json'), 'old', 'new', 'x');
    expect(readFileSync(join(dir, 'far', 'c.json'), 'utf8')).toBe('new');
    expect(statSync(join(dir, 'far', 'c.json')).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['changed', 'before'],
    ['appeared', undefined],
  ])('writes nothing over a file that %s meanwhile', (_, before) => {
    const path = join(newDir(), 'c.json');
    writeFileSync(path, 'theirs');
    expect(() => writeConfigFile(path, before, 'ours', 'x')).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG', message: `${path} was changed meanwhile` }),
    );
    expect(readFileSync(path, 'utf8')).toBe('theirs');
  });
});

describe('an entry’s problem', () => {
  const dir = '/h/.config/toolgrant';
  const places = {
    configDir: dir,
    configPath: `${dir}/mcp.config.json`,
    grantsDir: `${dir}/grants`,
    stateDir: `${dir}/.toolgrant`,
    lockPath: `${dir}/mcp.lock.json`,
  };
  const problem = (entry: object) => entryProblem(places, 's', entry, { HOME: '/h', IS_SET: 'x' });

  it.each([
    [
      'a variable that is not set',
      { command: 'x', env: { A: reference('NOT_SET') } },
      /NOT_SET is not set/,
    ],
    ['a reference of a client', { command: 'x', args: [reference('input:t')] }, /not known/],
    ['a folder around its own grants', { command: 'x', args: ['/h'] }, /reaches/],
    ['an address that is none', { type: 'http', url: 'nowhere' }, /not a URL/],
  ])('is %s', (_, entry, expected) => {
    expect(problem(entry)).toMatch(expected);
  });

  it('is none of one that would start', () => {
    expect(
      problem({ command: 'x', args: ['/h/work'], env: { A: reference('IS_SET') } }),
    ).toBeUndefined();
  });
});

describe('two entries', () => {
  const none = { ok: false, why: 'none' } as const;
  const keychain = {
    read: () => none,
    has: () => none,
    write: () => none,
    remove: () => none,
  };
  const compare = (one: object, other: object) =>
    isSameServer(one, other, { configDir: '/h', env: { HOME: '/h', TOKEN_A: 'aaa' }, keychain });
  const withToken = (token: string) => ({ command: 'x', args: [], env: { T: token } });

  it.each([
    ['alike', { command: 'x', cwd: '/a', disabled: true }, { command: 'x' }, true],
    ['alike once resolved', withToken(reference('TOKEN_A')), withToken('aaa'), true],
    ['different by their credentials', withToken(reference('TOKEN_A')), withToken('bbb'), false],
    ['different by their arguments', { command: 'x', args: ['1'] }, { command: 'x' }, false],
    ['not comparable', withToken(reference('keychain:t')), withToken('aaa'), undefined],
  ])('are %s', (_, one, other, expected) => {
    expect(compare(one, other)).toBe(expected);
  });
});
