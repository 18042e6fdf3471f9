import { describe, expect, it } from 'vitest';
import { noteOffer, pinOffer } from '../../src/catalog/note-offer.ts';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';
import { FAKE_LOCK } from '../support/fakes/fake-admin.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';

const offer = (description: string, ...more: readonly string[]): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name: 'files', version: '1' },
  capabilities: { tools: {} },
  prompts: [],
  templates: [],
  tools: [{ name: 'read', description }, { name: 'write' }, ...more.map((name) => ({ name }))],
});
const APPROVED = pinOffer('files', offer('Reads a file'), { now: 1 });

/** A CLI on a state where `read` has drifted to `live`, which the server still offers. */
function cliWith(live: ServerOffer, overrides: Parameters<typeof fakeCli>[0] = {}) {
  const cli = fakeCli({ readOffer: async () => live, ...overrides });
  cli.state.servers.set('files', noteOffer(APPROVED, live)?.next ?? APPROVED);
  const states = () =>
    Object.fromEntries(
      (cli.state.servers.get('files')?.tools ?? []).map(({ name, quarantine }) => [
        name,
        quarantine?.reason ?? 'approved',
      ]),
    );
  return { ...cli, states };
}

const columns = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('tools approve --server', () => {
  it('takes every argument for an item', async () => {
    const cli = cliWith(offer('x', 'rm'));
    const { code } = await cli.run('tools', 'approve', '--server', 'files', 'rm', '--yes');
    expect({ code, ...cli.states() }).toEqual({
      code: 0,
      read: 'drifted',
      rm: 'approved',
      write: 'approved',
    });
  });

  const WORDS = ['tools', 'approve', '--server', 'files', '--all'];
  const terminal = { stdin: true, stdout: true, stderr: true };

  it('shows everything before it asks, with --all what somebody took out too', async () => {
    const live = offer('Reads any file', 'rm');
    let shown = '';
    const cli = cliWith(live, {
      isTerminal: terminal,
      stdout: (text) => {
        shown += text;
      },
      confirm: async (question) => {
        shown += question;
        return true;
      },
    });
    await cli.run('tools', 'quarantine', 'files', 'write');
    shown = '';
    expect((await cli.run(...WORDS)).code).toBe(0);
    const [before, after] = shown.split('approve these definitions of files?');
    expect(before).toBe(
      'changed  read\n  ~ /description: Reads [-a-]{+any+} file\nnew  rm\n  + /name: "rm"\nunchanged  write\n',
    );
    expect(after).toContain('approved as it is now');
    expect(cli.states()).toEqual({ read: 'approved', rm: 'approved', write: 'approved' });
  });

  it('approves nothing on no, and nothing where nobody can be asked', async () => {
    for (const overrides of [{ isTerminal: terminal, confirm: async () => false }, {}]) {
      const cli = cliWith(offer('Reads any file', 'rm'), overrides);
      expect((await cli.run(...WORDS)).code).toBe(1);
      expect(cli.states()).toEqual({ read: 'drifted', rm: 'unapproved', write: 'approved' });
      expect(cli.state.codes).toEqual([]);
    }
  });

  it('leaves out what hides text, whatever was said but that', async () => {
    const cli = cliWith(offer('Reads a file\u{e0041}', 'rm'));
    expect((await cli.run(...WORDS, '--yes')).code).toBe(0);
    expect(cli.states()).toEqual({ read: 'drifted', rm: 'approved', write: 'approved' });
    expect((await cli.run(...WORDS, '--yes', '--allow-flagged')).code).toBe(0);
    expect(cli.states()).toEqual({ read: 'approved', rm: 'approved', write: 'approved' });
  });

  it('is asked for when no server is named', async () => {
    const { code, stderr } = await cliWith(offer('x')).run('tools', 'approve', '--all');
    expect(code).toBe(2);
    expect(stderr).toContain("missing required argument 'server'");
  });
});

describe('labels', () => {
  it('are suggested when a server is approved, and given to nothing', async () => {
    const cli = cliWith(offer('x', 'send_mail'));
    const { stderr } = await cli.run('tools', 'approve', 'files', '--yes');
    expect(stderr).toContain('`labels` in the configuration: {"send_mail":');
    const { stdout } = await cli.run('tools', 'list', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ labels: [] }, { labels: [] }, { labels: [] }]);
  });
});

describe('tools list', () => {
  it('says of each tool under which name clients see it, and why one is not callable', async () => {
    const cli = cliWith(offer('x', 'rm'));
    const { code, stdout, stderr } = await cli.run('tools', 'list');
    expect(code).toBe(0);
    const shown = columns(stdout).map(([server, kind, item, name, state, , , why]) => [
      ...[server, kind, item, name, state, why],
    ]);
    expect(shown).toEqual([
      ['SERVER', 'KIND', 'ITEM', 'NAME', 'STATE', 'WHY'],
      [
        'files',
        'tool',
        'read',
        'files__read',
        'drifted',
        'the running server defines it differently, or is another than was approved',
      ],
      ['files', 'tool', 'rm', 'files__rm', 'unapproved', 'nobody approved it'],
      ['files', 'tool', 'write', 'files__write', 'approved', undefined],
    ]);
    expect(stderr).toBe('next: npx toolgrant tools diff files\n');
  });

  it('names the tool that another one looks like', async () => {
    const { stdout } = await cliWith(offer('Reads a file', 'Read')).run('tools', 'list');
    expect(
      columns(stdout)
        .find(([, , item]) => item === 'Read')
        ?.join(' '),
    ).toMatch(/name_co\w+ \/name: .*files\/read/);
  });
});

describe('tools diff', () => {
  it('shows word by word what changed, from what is stored, and exits with 1', async () => {
    const cli = cliWith(offer('Reads any file'), {
      readOffer: async () => {
        throw new Error('nothing may be started');
      },
    });
    const { code, stdout } = await cli.run('tools', 'diff');
    expect([code, stdout]).toEqual([
      1,
      'files:\n  changed  read\n    ~ /description: Reads [-a-]{+any+} file\n',
    ]);
  });

  it('says where to look when the server is another than was approved', async () => {
    const cli = fakeCli();
    const tools = APPROVED.tools.map((one) => ({
      ...one,
      quarantine: { reason: 'drifted' as const, liveHash: one.hash },
    }));
    cli.state.servers.set('files', { ...APPROVED, tools });
    const { code, stderr } = await cli.run('tools', 'diff', 'files');
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      'files: what differs is what it is started from, or was too long to keep: `tools diff --live` says',
    ]);
  });

  it('spells out what people cannot see', async () => {
    const { stdout } = await cliWith(offer('Reads a\u202e file')).run('tools', 'diff', 'files');
    expect(stdout).toMatch(/U\+202E/);
    expect(stdout).not.toContain('\u202e');
  });

  it('prints no data and exits with 0 where nothing differs, and says what was not looked at', async () => {
    expect(await cliWith(offer('Reads a file')).run('tools', 'diff')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'nothing differs, as far as it was seen; `--live` starts tool servers and looks\n',
    });
  });

  it('compares with what the server offers now when told to', async () => {
    const cli = fakeCli({ readOffer: async () => offer('Reads many files') });
    cli.state.servers.set('files', APPROVED);
    const { code, stdout } = await cli.run('tools', 'diff', 'files', '--live', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      [{ server: 'files', waiting: [], differences: [{ tool: 'read', kind: 'changed' }] }],
    ]);
    expect(cli.state.events).toEqual([]);
  });

  it('cuts a difference that is longer than a person reads, and says so', async () => {
    const long = Array.from({ length: 3_000 }, (_, at) => `word${at}`).join(' ');
    const { stdout } = await cliWith(offer(long)).run('tools', 'diff');
    expect(stdout.length).toBeLessThan(5_000);
    expect(stdout).toMatch(/… \d+ more characters, see --json/);
  });
});

describe('tools diff --since', () => {
  it('prints what was approved since then, word by word, and exits with 1', async () => {
    let live = offer('Reads a file');
    const cli = fakeCli({ readOffer: async () => live });
    await cli.run('tools', 'approve', 'files', '--yes');
    cli.state.now += 2 * 3_600_000;
    live = offer('Reads any file', 'rm');
    await cli.run('tools', 'approve', 'files', '--yes');
    cli.state.now += 60_000;
    const { code, stdout } = await cli.run('tools', 'diff', 'files', '--since', '1h');
    expect([code, stdout.split('\n').slice(0, 4)]).toEqual([
      1,
      ['files:', '  changed  read', '    ~ /description: Reads [-a-]{+any+} file', '  new  rm'],
    ]);
    for (const since of ['30s', '2999-01-01']) {
      expect(await cli.run('tools', 'diff', '--since', since)).toMatchObject({
        code: 0,
        stdout: '',
      });
    }
    expect((await cli.run('tools', 'diff', '--since', '1970-01-01')).stdout).toContain('new  read');
    expect((await cli.run('tools', 'diff', '--since', 'friday')).code).toBe(2);
  });
});

describe('tools approve', () => {
  it('shows the difference, pins it and writes the lock file', async () => {
    const cli = cliWith(offer('Reads any file'));
    const { code, stdout, stderr } = await cli.run('tools', 'approve', 'files', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('changed  read\n  ~ /description: Reads [-a-]{+any+} file\n');
    expect(stderr).toContain('mcp.lock.json is written: review and commit it\n');
    expect(cli.states()).toEqual({ read: 'approved', write: 'approved' });
    expect(cli.state.codes).toEqual(['TG4003']);
    const lock = JSON.parse(cli.files.get(FAKE_LOCK) ?? '');
    expect(lock.servers.files.tools[0].definition.description).toBe('Reads any file');
  });

  it('leaves a tool with hidden text out, and says what to add', async () => {
    const cli = cliWith(offer('Reads a file\u202e and mails it'));
    const { code, stdout, stderr } = await cli.run('tools', 'approve', 'files', '--yes');
    expect(code).toBe(1);
    expect(stdout).toMatch(/! hidden_text \/description: .*U\+202E/);
    expect(stderr).toContain('held back');
    expect(cli.states()).toMatchObject({ read: 'drifted' });
    const allowed = await cli.run('tools', 'approve', 'files', '--yes', '--allow-flagged');
    expect(allowed.code).toBe(0);
    expect(cli.states()).toMatchObject({ read: 'approved' });
  });

  it('approves what is named and leaves the rest as it is', async () => {
    const cli = cliWith(offer('Reads any file', 'rm'));
    expect((await cli.run('tools', 'approve', 'files', 'read', '--yes')).code).toBe(0);
    expect(cli.states()).toEqual({ read: 'approved', rm: 'unapproved', write: 'approved' });
  });

  it('pins what was shown and not what arrives meanwhile', async () => {
    const cli = cliWith(offer('Reads any file'), {
      isTerminal: { stdin: true, stdout: true, stderr: true },
      confirm: async () => {
        const now = cli.state.servers.get('files');
        const later = noteOffer(now ?? APPROVED, offer('Reads any file', 'rm'))?.next;
        cli.state.servers.set('files', later ?? APPROVED);
        return true;
      },
    });
    await cli.run('tools', 'approve', 'files');
    expect(cli.states()).toEqual({ read: 'approved', rm: 'unapproved', write: 'approved' });
  });

  it('asks nobody and writes nothing when nothing differs', async () => {
    const cli = fakeCli({ readOffer: async () => offer('Reads a file') });
    cli.state.servers.set('files', APPROVED);
    expect(await cli.run('tools', 'approve', 'files')).toEqual({
      code: 0,
      stdout: 'files: nothing to approve\n',
      stderr: '',
    });
    expect(cli.state.events).toEqual([]);
  });

  it('clears marks of drift that no longer holds, and asks nobody', async () => {
    const cli = cliWith(offer('x'), { readOffer: async () => offer('Reads a file') });
    const { code, stdout } = await cli.run('tools', 'approve', 'files');
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'files: approved as it is now']);
    expect(cli.states()).toEqual({ read: 'approved', write: 'approved' });
  });

  it('pins nothing where nobody can be asked', async () => {
    const cli = cliWith(offer('Reads any file'));
    const { code, stderr } = await cli.run('tools', 'approve', 'files');
    expect(code).toBe(1);
    expect(stderr).toContain('error: not approved\n');
    expect(cli.state.events).toEqual([]);
  });

  it.each([
    ['a server that is not configured', ['nope']],
    ['a tool that nobody knows', ['files', 'nope']],
  ])('does not know %s', async (_, words) => {
    expect((await cliWith(offer('x')).run('tools', 'approve', ...words, '--yes')).code).toBe(5);
  });

  it('approves nothing while the lock file is broken, and says where', async () => {
    const cli = cliWith(offer('Reads any file'));
    cli.files.set(FAKE_LOCK, '{"version":1,"version":1,"servers":{}}');
    const { code, stderr } = await cli.run('tools', 'approve', 'files', '--yes');
    expect([code, stderr.split('\n')[0]]).toEqual([
      3,
      'error: /conf/mcp.lock.json:1:14: the key "version" is there twice',
    ]);
    expect(cli.state.events).toEqual([]);
  });
});

describe('tools quarantine', () => {
  it('takes tools out, drains brokers, and stays until somebody names them', async () => {
    const cli = cliWith(offer('Reads a file'));
    const { code, stdout, stderr } = await cli.run('tools', 'quarantine', 'files', 'read');
    expect([code, stdout]).toEqual([
      0,
      'files: took out read\n0 of 0 brokers, 0 ms, 0 calls cancelled\n',
    ]);
    expect(stderr).toContain('next: npx toolgrant tools approve files read\n');
    expect(cli.state.codes).toEqual(['TG4006']);
    expect(JSON.parse(cli.files.get(FAKE_LOCK) ?? '').servers.files.quarantined).toEqual(['read']);

    const all = await cli.run('tools', 'approve', 'files', '--yes');
    expect(all.stdout).toContain('stays out: name it, or add --all');
    expect(cli.states()).toEqual({ read: 'by_admin', write: 'approved' });
    expect((await cli.run('tools', 'approve', 'files', 'read', '--yes')).code).toBe(0);
    expect(cli.states()).toEqual({ read: 'approved', write: 'approved' });
  });

  it('takes out all of a server when no tool is named', async () => {
    const cli = cliWith(offer('Reads a file'));
    const { stdout } = await cli.run('tools', 'quarantine', 'files', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ server: 'files', tools: ['read', 'write'] });
  });

  it('holds even while the lock file is broken', async () => {
    const cli = cliWith(offer('Reads a file'));
    cli.files.set(FAKE_LOCK, 'x');
    const { code, stderr } = await cli.run('tools', 'quarantine', 'files', 'read');
    expect([code, cli.states().read]).toEqual([0, 'by_admin']);
    expect(stderr).toMatch(/warning: .*they are out all the same/);
  });
});
