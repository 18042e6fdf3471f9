import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { fakeClientFiles } from '../support/fakes/fake-client-files.ts';

const SECRET = 'sk-live-canary';
const CURSOR = `{\n  // mine\n  "mcpServers": {\n    "gh": { "command": "gh", "env": { "T": "${SECRET}" } },\n  },\n}\n`;

/** A CLI and a person whose Cursor has one server with a secret. */
function setUp() {
  const home = mkdtempSync(join(tmpdir(), 'tg-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const cli = fakeCli({ clientFiles: async () => fakeClientFiles(home) });
  const path = join(home, '.cursor/mcp.json');
  mkdirSync(dirname(path));
  writeFileSync(path, CURSOR);
  return {
    ...cli,
    home,
    path,
    text: () => readFileSync(path, 'utf8'),
    live: () =>
      [...cli.state.profiles.values()]
        .filter(({ revokedAt }) => revokedAt === undefined)
        .map(({ name }) => name),
  };
}

const CONNECT = ['connect', 'cursor', '--subject', 'alice'];

describe('toolgrant connect and disconnect', () => {
  it('writes the entry, says what is left to do, and takes it out again', async () => {
    const at = setUp();
    const made = await at.run(...CONNECT);
    expect([made.code, at.live()]).toEqual([0, ['cursor']]);
    expect(made.stdout).toBe(
      `${at.path}\n+ tg\n  {\n    "mcpServers": {\n      "tg": {\n        "command": "/n/node",\n` +
        '        "args": [\n          "/t/cli.js",\n          "stdio",\n          "--profile",\n          "cursor",\n' +
        '          "--config",\n          "/conf/mcp.config.json"\n        ]\n      }\n    }\n  }\n',
    );
    expect(made.stderr).toContain('Cursor sees it after this: turn the server on');
    expect(made.stderr).toContain('undone by `npx toolgrant disconnect cursor`');
    expect(at.text()).toContain('"--profile",\n        "cursor"');
    const undone = await at.run('disconnect', 'cursor');
    expect([undone.code, undone.stdout, at.text(), at.live()]).toEqual([
      0,
      `${at.path}\n- tg\n`,
      CURSOR,
      [],
    ]);
    expect(made.stdout + made.stderr + undone.stdout + undone.stderr).not.toContain(SECRET);
  });

  it('with --interactive says that a person sits there, as `client` commands then show', async () => {
    const at = setUp();
    await at.run(...CONNECT, '--interactive');
    const { stdout } = await at.run('client', 'list');
    expect(stdout).toContain('active, interactive');
    const shown = JSON.parse((await at.run('client', 'show', 'cursor', '--json')).stdout);
    expect(shown).toMatchObject({ interactive: true });
    await at.run(...CONNECT);
    expect((await at.run('client', 'list')).stdout).not.toContain('interactive');
  });

  it('records who connected and disconnected what', async () => {
    const at = setUp();
    await at.run(...CONNECT);
    await at.run('disconnect', '--all');
    const detail = { client: 'cursor', file: at.path };
    const { actor } = at.context;
    expect(at.state.events).toMatchObject([
      { code: 'TG2006', client: 'cursor', actor },
      { code: 'TG2008', client: 'cursor', subject: 'alice', actor, detail },
      { code: 'TG2009', client: 'cursor', actor, detail },
      { code: 'TG2007', client: 'cursor', subject: 'alice', actor },
    ]);
  });

  it('with --dry-run shows the difference and makes nothing', async () => {
    const at = setUp();
    const { code, stdout } = await at.run(...CONNECT, '--dry-run');
    expect([code, stdout.startsWith(`${at.path}\n+ tg\n`)]).toEqual([0, true]);
    expect([at.text(), at.live(), at.state.events]).toEqual([CURSOR, [], []]);
    await at.run(...CONNECT);
    const connected = at.text();
    const undo = await at.run('disconnect', '--all', '--dry-run', '--json');
    expect(JSON.parse(undo.stdout)).toMatchObject([
      {
        client: 'cursor',
        profile: 'cursor',
        dryRun: true,
        changed: true,
        removed: ['tg'],
        added: [],
      },
    ]);
    expect([at.text(), at.live()]).toEqual([connected, ['cursor']]);
  });

  it('with --json prints profile, entry and change', async () => {
    const at = setUp();
    const { stdout } = await at.run(...CONNECT, '--json');
    expect(JSON.parse(stdout)).toEqual({
      profile: 'cursor',
      subject: 'alice',
      client: 'cursor',
      entry: { mcpServers: { tg: { command: '/n/node', args: expect.any(Array) } } },
      path: at.path,
      dryRun: false,
      changed: true,
      added: ['tg'],
      removed: [],
      backup: expect.stringContaining(`${at.home}/state/clients/cursor-`),
    });
  });

  it('is the same twice as once', async () => {
    const at = setUp();
    await at.run(...CONNECT);
    const once = at.text();
    const { code, stdout, stderr } = await at.run(...CONNECT);
    expect([code, stdout, at.text()]).toEqual([0, '', once]);
    expect(stderr).toContain('has this entry already');
    await at.run('disconnect', 'cursor');
    expect(at.text()).toBe(CURSOR);
    expect(await at.run('disconnect', 'cursor')).toMatchObject({ code: 0, stdout: '' });
  });

  it.each([
    ['broken', '{ "mcpServers": { "a": \n sk-live-canary', 'is not JSON: line 2'],
    ['of another kind', '[]', 'is not a JSON object'],
    ['with our name taken', '{"mcpServers":{"tg":{"command":"x"}}}', 'another server named tg'],
    ['with our key twice', '{"mcpServers":{},"mcpServers":{}}', 'has `mcpServers` twice'],
    ['with a list of servers', '{"mcpServers":[]}', 'has a `mcpServers` that is not an object'],
  ])('leaves a file %s as it is, and makes no profile', async (_what, text, message) => {
    const at = setUp();
    writeFileSync(at.path, text);
    const { code, stderr } = await at.run(...CONNECT);
    expect([code === 0, at.text(), at.live(), at.state.events]).toEqual([false, text, [], []]);
    expect(stderr).toContain(message);
    expect(stderr).toContain('hint: ');
    expect(stderr).not.toContain(SECRET);
    expect(existsSync(join(at.home, 'state'))).toBe(false);
  });

  it('refuses a read-only file with the remedy', async () => {
    const at = setUp();
    chmodSync(at.path, 0o444);
    const { code, stderr } = await at.run(...CONNECT);
    expect([code, at.text(), at.live()]).toEqual([3, CURSOR, []]);
    expect(stderr).toContain(`is read-only\nhint: chmod u+w ${at.path}`);
  });

  it('leaves no live profile behind when the write fails, and records why', async () => {
    const at = setUp();
    const files = fakeClientFiles(at.home);
    const cli = fakeCli({
      clientFiles: async () => ({
        ...files,
        connect: async (client, entry, how) => {
          if (how.isDryRun !== true) writeFileSync(at.path, 'changed meanwhile');
          return files.connect(client, entry, how);
        },
      }),
    });
    expect((await cli.run(...CONNECT)).code).toBe(3);
    expect([...cli.state.profiles.values()]).toMatchObject([
      { name: 'cursor', revokedAt: cli.state.now },
    ]);
    expect(cli.state.events.map(({ code }) => code)).toEqual(['TG2006', 'TG2008', 'TG2007']);
  });

  it('changes nothing when it cannot be recorded', async () => {
    const at = setUp();
    await at.run(...CONNECT);
    const connected = at.text();
    at.state.failsToCommit = true;
    expect((await at.run('disconnect', 'cursor')).code).toBe(4);
    expect([at.text(), at.live()]).toEqual([connected, ['cursor']]);
  });

  it('over HTTP writes a helper for Claude Code, and the name of a variable for others', async () => {
    const at = setUp();
    const code = await at.run('connect', 'claude-code', '--subject', 'alice', '--http', '--json');
    expect(JSON.parse(code.stdout).entry.mcpServers.tg).toEqual({
      type: 'http',
      url: 'http://127.0.0.1:7433/mcp',
      headersHelper:
        '/n/node /t/cli.js token --profile claude-code --config /conf/mcp.config.json --header',
    });
    const cursor = await at.run(...CONNECT, '--http', '--json');
    expect(JSON.parse(cursor.stdout).entry.mcpServers.tg).toEqual({
      url: 'http://127.0.0.1:7433/mcp',
      headers: { Authorization: 'Bearer $' + '{env:TOOLGRANT_TOKEN}' },
    });
    expect((await at.run('disconnect', '--all')).code).toBe(0);
    expect([at.text(), existsSync(join(at.home, '.claude.json')), at.live()]).toEqual([
      CURSOR,
      false,
      [],
    ]);
  });

  it('disconnects the others when one fails, and exits with its code', async () => {
    const at = setUp();
    await at.run(...CONNECT);
    await at.run('connect', 'kiro', '--subject', 'alice');
    writeFileSync(at.path, '{ broken');
    const { code, stderr } = await at.run('disconnect', '--all');
    expect([code, existsSync(join(at.home, '.kiro'))]).toEqual([3, false]);
    expect(stderr).toContain(`${at.path} is not JSON`);
    expect(at.text()).toBe('{ broken');
  });

  it.each([
    ['--print', ['connect', 'codex', '--subject', 'alice', '--print'], '[mcp_servers.tg]'],
    ['--print', ['connect', 'goose', '--subject', 'alice', '--print'], 'extensions:\n  tg:'],
    ['--print', ['connect', 'continue', '--subject', 'alice', '--print'], '"mcpServers": ['],
  ])('prints with %s in the format of the file (%j)', async (_flag, argv, start) => {
    const at = setUp();
    const { code, stdout } = await at.run(...argv);
    expect([code, stdout.includes(start)]).toEqual([0, true]);
  });

  it('says why of clients that cannot be connected', async () => {
    const at = setUp();
    const { code, stderr } = await at.run('connect', 'chatgpt', '--subject', 'alice');
    expect([code, at.live()]).toEqual([3, []]);
    expect(stderr).toContain('out of its reach');
  });

  it.each([[['disconnect']], [['disconnect', 'cursor', '--all']], [['disconnect', 'emacs']]])(
    'exits with 2 for %j',
    async (argv) => {
      expect((await setUp().run(...argv)).code).toBe(2);
    },
  );
});
