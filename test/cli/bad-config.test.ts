import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { expectDiscreet, expectError } from '../support/cli/expect-error.ts';
import { configOf, Place, removePlaces, WRITTEN_SECRET } from '../support/cli/place.ts';

afterAll(removePlaces);

/** Every way into the broker: none may be less careful than another. */
const COMMANDS: readonly (readonly string[])[] = [
  ['grant', 'list'],
  ['serve', '--port', '0'],
  ['stdio'],
  ['call', 's/echo', '--as', 'alice'],
  ['session', 'open', '--subject', 'alice'],
  ['grant', 'apply'],
  ['connect', 'claude-code', '--subject', 'alice', '--print'],
];

/** A configuration with one entry changed. */
const entry = (changes: object) => configOf({ mcpServers: { s: { command: 'true', ...changes } } });
const mcpServers = { s: { command: 'true' } };
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: references, which the product resolves
const CASES: readonly (readonly [
  title: string,
  content: object | string | Buffer,
  error: RegExp | string,
  hint?: RegExp | string,
])[] = [
  ['an empty file', '', ':1:1: is empty', 'plain JSON'],
  ['text that ends too early', '{"mcpServers": {', ':1:17: the text ends where'],
  [
    'single quotes',
    `{"mcpServers": {"s": {"env": {"KEY": '${WRITTEN_SECRET}'}}}}`,
    'double quotes',
  ],
  ['a byte order mark', '\ufeff{"mcpServers": {}}', ':1:1: starts with a byte order mark'],
  ['bytes that are not UTF-8', Buffer.from('{"mcpServers": {"\xff": {}}}', 'latin1'), 'not UTF-8'],
  ['more than 1 MiB', `{"mcpServers": {}}${' '.repeat(1_100_000)}`, 'is larger than 1048576 bytes'],
  ['depth without end', `{"mcpServers": ${'['.repeat(5000)}`, 'nested more than 64 deep'],
  ['a list', '[]', 'the whole: invalid input'],
  ['no mcpServers', {}, 'mcpServers: invalid input'],
  ['an unknown key', { mcpServer: {} }, 'unknown key mcpServer', 'known key is mcpServers'],
  [
    'an unknown key of audit',
    { mcpServers, audit: { durabilty: 'power' } },
    'unknown key audit.durabilty',
    'known key is audit.durability',
  ],
  [
    'an unknown key of limits',
    { mcpServers, limits: { maxMember: 500 } },
    'unknown key limits.maxMember',
    'known key is limits.maxMembers',
  ],
  [
    'a limit of nothing',
    { mcpServers, limits: { maxInFlight: 0 } },
    'limits.maxInFlight: too small',
  ],
  [
    'a limit without end',
    { mcpServers, limits: { maxMessageBytes: 1e12 } },
    'limits.maxMessageBytes: too big',
  ],
  [
    'a share larger than its whole',
    { mcpServers, limits: { maxProcesses: 4, maxProcessesPerSubject: 5 } },
    'limits.maxProcessesPerSubject: is more than limits.maxProcesses, which is 4',
    'lower the one',
  ],
  [
    'an unknown key of ours in an entry',
    entry({ toolgrant: { timeoutMS: 5 } }),
    'unknown key mcpServers.s.toolgrant.timeoutMS',
    'known key is mcpServers.s.toolgrant.timeoutMs',
  ],
  [
    'a mistyped key of an entry',
    entry({ comand: 'x' }),
    'unknown key mcpServers.s.comand',
    'known key is mcpServers.s.command',
  ],
  [
    'a key of ours a level too high',
    entry({ timeoutMs: 5 }),
    'unknown key mcpServers.s.timeoutMs',
    'write it as mcpServers.s.toolgrant.timeoutMs',
  ],
  ['a value of another type', entry({ args: WRITTEN_SECRET }), 'mcpServers.s.args: invalid input'],
  [
    'a reference that is not set',
    entry({ env: { API_TOKEN: WRITTEN_SECRET, KEY: '${TG_NOT_SET}' } }),
    'mcpServers.s.env.KEY: TG_NOT_SET is not set',
    'set TG_NOT_SET in the environment',
  ],
  ['a reference that is set and empty', entry({ args: ['${TG_EMPTY}'] }), 'TG_EMPTY is not set'],
  [
    'a kind of reference nobody knows',
    entry({ args: ['${vault:x:-written-canary-71c0f2aa}'] }),
    'mcpServers.s.args[0]: a reference that is not known: "vault:x"',
  ],
  [
    'a duplicate server',
    '{"mcpServers": {"s": {"command": "a"},\n "\\u0073": {"command": "b"}}}',
    ':2:2: the key "s" is there twice',
  ],
  [
    'servers that differ only in case',
    { mcpServers: { files: { command: 'a' }, Files: { command: 'b' } } },
    'the names files and Files collide',
    'rename one',
  ],
  ['a key __proto__', '{"mcpServers": {"__proto__": {"command": "x"}}}', '"__proto__" is refused'],
  ['both command and url', entry({ url: 'https://example.com' }), 'has both command and url'],
  ['a listen that is no address', configOf({ listen: '7433' }), 'listen: not host:port'],
  ['a tool server told of the grants', entry({ args: ['./grants'] }), 'reaches the grants at'],
  ['a tool server told of all', entry({ args: ['--root=.'] }), 'reaches the configuration at'],
  ['issuers', configOf({ issuers: [] }), 'issuers is valid but not enforced'],
  ['a size without its unit', configOf({ audit: { maxSize: '10' } }), 'audit.maxSize'],
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

describe.concurrent('a configuration that cannot be used', () => {
  it.each(
    CASES.map(([title, content, error, hint], index) => ({
      title,
      content,
      error,
      hint,
      command: COMMANDS[index % COMMANDS.length] ?? [],
    })),
  )('ends with 3 and changes nothing: $title', async ({ content, error, hint, command }) => {
    const place = new Place();
    place.writeConfig(content);
    const before = place.files();
    const ended = await place.run(command, { env: { TG_EMPTY: '' } });
    expectError(ended, 3, error, hint);
    expect(place.files()).toEqual(before);
  });

  it.each(COMMANDS.slice(0, 4).map((command) => [command.join(' '), command] as const))(
    'is missed by %s when there is none',
    async (_, command) => {
      const place = new Place();
      rmSync(place.config);
      const before = place.files();
      expectError(await place.run(command), 3, `there is no configuration at ${place.config}`);
      expect(place.files()).toEqual(before);
    },
  );

  it('is no folder', async () => {
    const place = new Place();
    rmSync(place.config);
    mkdirSync(place.config);
    expectError(await place.run(['serve']), 3, `${place.config} is not a file`);
  });

  it.skipIf(process.platform === 'win32')('is no pipe, which would be waited for', async () => {
    const place = new Place();
    rmSync(place.config);
    execFileSync('mkfifo', ['-m', '600', place.config]);
    expectError(await place.run(['stdio']), 3, `${place.config} is not a file`);
  });

  it('is no link that leads nowhere', async () => {
    const place = new Place();
    rmSync(place.config);
    symlinkSync(join(place.dir, 'none'), place.config);
    expectError(await place.run(['serve']), 3, `there is no configuration at ${place.config}`);
  });

  it.skipIf(process.platform === 'win32')('is no link into a folder others can write', async () => {
    const place = new Place();
    const open = join(place.dir, 'open');
    mkdirSync(open);
    renameSync(place.config, join(open, 'real.json'));
    chmodSync(open, 0o777);
    symlinkSync(join(open, 'real.json'), place.config);
    const ended = await place.run(['serve']);
    expectError(ended, 3, `${open} can be written by others (mode 0777)`, `chmod go-w ${open}`);
  });

  it('may be a link: grants and state lie beside the link', async () => {
    const place = new Place();
    const away = mkdtempSync(join(tmpdir(), 'tg-away-'));
    renameSync(place.config, join(away, 'real.json'));
    symlinkSync(join(away, 'real.json'), place.config);
    const { code, stdout } = await place.run(['grant', 'apply', '--yes', '--json']);
    expect([code, JSON.parse(stdout).applied]).toEqual([0, ['alice-s']]);
    expect(place.held().grants).toHaveLength(1);
    rmSync(away, { recursive: true });
  });

  it('is used in spite of keys of other programs, which are warned about', async () => {
    const place = new Place();
    place.writeConfig(entry({ alwaysAllow: ['x'], env: { API_TOKEN: WRITTEN_SECRET } }));
    const ended = await place.run(['grant', 'list', '--json']);
    expectDiscreet(ended);
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([
      0,
      '[]\n',
      'warning: mcpServers.s.alwaysAllow is not read\n',
    ]);
  });
});

describe.concurrent('a configuration nobody named', () => {
  it('is never found in the working folder', async () => {
    const place = new Place();
    const home = mkdtempSync(join(tmpdir(), 'tg-home-'));
    const before = place.files();
    const running = { cwd: place.dir, env: { HOME: home }, namesConfig: false };
    const usual = join(home, '.config', 'toolgrant', 'mcp.config.json');
    expectError(await place.run(['serve'], running), 3, `there is no configuration at ${usual}`);
    expect(place.files()).toEqual(before);
    rmSync(home, { recursive: true });
  });

  it('is not guessed without HOME', async () => {
    const place = new Place();
    const running = { cwd: place.dir, env: { HOME: undefined }, namesConfig: false };
    const { code, stdout, stderr } = await place.run(['grant', 'list'], running);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^error: there is no configuration at \/\S+\/mcp\.config\.json\n/);
  });

  it('is not taken from a relative TOOLGRANT_CONFIG', async () => {
    const place = new Place();
    const env = { TOOLGRANT_CONFIG: 'mcp.config.json' };
    const ended = await place.run(['stdio'], { cwd: place.dir, env, namesConfig: false });
    expectError(ended, 3, 'error: TOOLGRANT_CONFIG is not an absolute path');
  });

  it('is not missed when --config is empty', async () => {
    const place = new Place();
    const env = { TOOLGRANT_CONFIG: place.config };
    const ended = await place.run(['--config', '', 'grant', 'list'], { env, namesConfig: false });
    expectError(ended, 3, '--config names nothing');
  });
});
