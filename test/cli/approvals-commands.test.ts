import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { WaitingApprovals } from '../support/sqlite/waiting-approvals.ts';

let world: WaitingApprovals;
beforeEach(async () => {
  world = await WaitingApprovals.open();
});
afterEach(() => world.close());

const run = (words: readonly string[], overrides: Parameters<typeof fakeCli>[0] = {}) =>
  fakeCli({
    openAdmin: async () => ({
      context: world.context,
      config: { configPath: '/conf/mcp.config.json', warnings: [], keychainReferences: [] },
      close: async () => {},
    }),
    ...overrides,
  }).run('approvals', ...words);

const json = async (...words: readonly string[]) =>
  JSON.parse((await run([...words, '--json'])).stdout);

const SHAPE = {
  state: 'pending',
  void: null,
  subject: 'alice',
  client: 'claude-code',
  server: 'files',
  kind: 'tool',
  name: 'write_file',
  method: 'tools/call',
  definitionHash: null,
  grant: 'alice-files',
  revision: 1,
  rule: 'grants/alice-files.yaml:6',
  requestedAt: '2026-01-01T00:00:00Z',
  expiresAt: '2026-01-01T01:00:00Z',
  settledAt: null,
  settledBy: null,
  usedSeq: null,
};
const NOBODY = { reached: 0, total: 0, cancelled: 0, elapsedMs: 0, silent: [] };

describe('toolgrant approvals list', () => {
  it('says that nothing waits', async () => {
    expect(await run(['list'])).toMatchObject({
      code: 0,
      stderr: 'nothing waits for an approval\n',
    });
    expect(await json('list')).toEqual([]);
  });

  it('names what waits and the command to look at it; --json has a stable shape', async () => {
    const { id } = await world.waiting();
    const { stdout, stderr } = await run(['list']);
    expect(stdout).toContain('files/write_file');
    expect(stdout).toContain('grants/alice-files.yaml:6');
    expect(stderr).toBe(`next: npx toolgrant approvals show ${id}\n`);
    expect(await json('list')).toEqual([{ ...SHAPE, id, session: world.session.id }]);
  });

  it('leaves out what was settled or is over, but with --all', async () => {
    const { id } = await world.waiting();
    await run(['deny', id]);
    expect(await json('list')).toEqual([]);
    expect(await json('list', '--all')).toMatchObject([
      { id, state: 'denied', settledBy: 'admin' },
    ]);
  });
});

describe('toolgrant approvals show', () => {
  it('shows who asks for what, with which arguments, whole', async () => {
    const text = 'x'.repeat(5_000);
    const { id } = await world.waiting({ path: 'a.txt', text });
    expect(await json('show', id)).toEqual({
      ...SHAPE,
      id,
      session: world.session.id,
      purpose: 'testing',
      sessionPurpose: 'a nightly run',
      calls: 0,
      touched: [],
      arguments: { path: 'a.txt', text },
      alsoSent: null,
    });
    const { stdout, stderr } = await run(['show', id]);
    expect(stdout).toContain(text);
    expect(stdout).toContain('purpose        a nightly run\n');
    expect(stderr).toBe(`next: npx toolgrant approvals approve ${id}\n`);
  });

  it('shows what else would be sent, whatever it is called', async () => {
    const { id } = await world.waiting({}, {}, undefined, { uri: 'file:///b', task: {} });
    expect(await json('show', id)).toMatchObject({ alsoSent: { uri: 'file:///b', task: {} } });
  });

  it('spells out what arguments hide or would do to the terminal', async () => {
    const { id } = await world.waiting({ path: 'a\u001b[2J\u202e.txt\nstate approved' });
    const { stdout } = await run(['show', id]);
    expect(stdout).toContain('a\\u001b[2J\\u{202e}.txt\\nstate approved');
    expect([...'\u001b\u202e'].filter((hidden) => stdout.includes(hidden))).toEqual([]);
  });

  it('knows no id that is none, or that nobody has', async () => {
    expect(await run(['show', 'claude-code'])).toMatchObject({ code: 2, stdout: '' });
    const unknown = await run(['show', `apr_${'0'.repeat(32)}`]);
    expect(unknown).toMatchObject({ code: 5, stdout: '' });
  });

  it.each([
    ['is for another call', 'digest = ?'],
    ['has no arguments', 'digest = ?, arguments = NULL'],
  ])(
    'shows nothing of a row that was altered and %s, and approves nothing of it',
    async (_, set) => {
      const { id } = await world.waiting({ path: 'harmless.txt' });
      const other = await world.waiting({ path: 'harmful.txt' });
      const db = new Sqlite(join(world.stateDir, 'toolgrant.db'));
      db.prepare(`UPDATE approvals SET ${set} WHERE id = ?`).run(other.digest, id);
      db.close();
      const shown = await run(['show', id]);
      expect(shown).toMatchObject({ code: 4, stdout: '' });
      expect(shown.stderr).toContain('is not what was asked for');
      expect(await run(['approve', id, '--yes'])).toMatchObject({ code: 4 });
      expect(await world.codes()).not.toContain('TG8002');
    },
  );
});

describe('toolgrant approvals approve', () => {
  it('approves, with the actor on the record, and says until when', async () => {
    const { id } = await world.waiting();
    const done = await run(['approve', id, '--yes']);
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(/^approved: files\/write_file, once, until .*\n0 of 0 brokers/);
    const [event] = await world.stores.events.query({ code: 'TG8002' });
    expect(event).toMatchObject({
      actor: world.context.actor,
      approval: id,
      server: 'files',
      tool: 'write_file',
      detail: { by: 'admin' },
    });
  });

  it('has a stable shape with --json', async () => {
    const { id } = await world.waiting();
    expect(await json('approve', id, '--yes')).toEqual({
      ...SHAPE,
      id,
      session: world.session.id,
      state: 'approved',
      settledAt: '2026-01-01T00:00:00Z',
      settledBy: 'admin',
      brokers: NOBODY,
    });
  });

  it('shows the call and asks on a terminal; no is no', async () => {
    const { id } = await world.waiting(undefined, { name: 'write\u001b[2J' });
    const isTerminal = { stdin: true, stdout: true, stderr: true };
    const questions: string[] = [];
    const confirm = async (question: string) => questions.push(question) > 1;
    const no = await run(['approve', id], { isTerminal, confirm });
    expect(no.code).toBe(1);
    expect(no.stdout).toContain('"path": "a.txt"');
    expect(await json('show', id)).toMatchObject({ state: 'pending' });
    expect(await run(['approve', id], { isTerminal, confirm })).toMatchObject({ code: 0 });
    const question = 'approve files/write\\u{1b}[2J by alice, as shown, once?';
    expect(questions).toEqual([question, question]);
  });

  it('asks nobody where there is no terminal, and approves nothing', async () => {
    const { id } = await world.waiting();
    expect(await run(['approve', id])).toMatchObject({ code: 1 });
    expect(await json('show', id)).toMatchObject({ state: 'pending' });
  });

  it('says what to do about one that does not wait any more', async () => {
    const { id } = await world.waiting();
    world.clock.advance(3_600_000);
    expect(await run(['approve', id, '--yes'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: ${id} does not wait any more: it is expired\nhint: the client has to call again\n`,
    });
    const other = await world.waiting({ path: 'b.txt' });
    await world.putGrant();
    expect((await run(['approve', other.id, '--yes'])).stderr).toContain('it is void');
  });

  it('said twice writes one event, and asks brokers again', async () => {
    const { id } = await world.waiting();
    await run(['approve', id, '--yes']);
    const again = await run(['approve', id, '--yes']);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('approved already') });
    expect((await world.codes()).filter((code) => code === 'TG8002')).toHaveLength(1);
  });
});

describe('toolgrant approvals deny', () => {
  it('denies, and takes back an approval that is not used yet', async () => {
    const { id } = await world.waiting();
    await run(['approve', id, '--yes']);
    expect(await run(['deny', id])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^denied: files\/write_file, until /),
    });
    expect(await json('show', id)).toMatchObject({ state: 'denied', arguments: null });
    const [event] = await world.stores.events.query({ code: 'TG8003' });
    expect(event).toMatchObject({ actor: world.context.actor, approval: id });
  });

  it('is refused for one that was denied otherwise, or used', async () => {
    const { id } = await world.waiting();
    await run(['deny', id]);
    expect(await run(['approve', id, '--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it is denied'),
    });
  });
});
