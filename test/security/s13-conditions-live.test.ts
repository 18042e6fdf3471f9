import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DefinedServer } from '../support/live/defined-server.ts';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { SessionTalk } from '../support/live/session-talk.ts';

const open = (name: string) => ({
  name: 'open',
  inputSchema: { type: 'object', properties: { [name]: { type: 'string' }, hold: {} } },
});

let at: Home;
let server: DefinedServer;
let root: string;
let grantPath: string;
let http: HttpClient;
const talks = new Map<string, SessionTalk>();
let ids = 0;

const grantOf = (when: string): string =>
  grantText('some', 'alice', [`permit: s/open\n    when: ${when}`, 'permit: s/other']);

beforeAll(async () => {
  at = new Home({
    grants: {},
    servers: (home) => {
      server = new DefinedServer(home, 's');
      return {
        s: server.entry([open('path'), { name: 'other', inputSchema: { type: 'object' } }]),
      };
    },
  });
  root = join(realpathSync(at.dir), 'root');
  mkdirSync(root);
  symlinkSync(at.dir, join(root, 'out'));
  grantPath = join(at.dir, 'grants', 'some.yaml');
  writeFileSync(grantPath, grantOf(`within(args.path, "${root}")`));
  await at.run(['tools', 'approve', 's', '--yes']);
  await at.run(['grant', 'apply', '--yes']);
  const served = await at.serve();
  http = new HttpClient(served.port, (await at.open()).token);
  for (const era of ['2025', '2026'] as const) {
    const talk = new SessionTalk(at.stdio((await at.open()).token), era);
    await talk.begin();
    talks.set(era, talk);
  }
});
afterAll(async () => {
  http?.close();
  await at?.remove();
});

const call = (by: string, args: object) => {
  ids += 1;
  const params = { name: 's__open', arguments: args };
  const talk = talks.get(by);
  return talk === undefined
    ? http.ask({ id: ids, method: 'tools/call', params })
    : talk.ask('tools/call', params);
};
const list = async (by: string): Promise<string> => {
  const talk = talks.get(by);
  ids += 1;
  const answer = await (talk?.ask('tools/list', {}) ??
    http.ask({ id: ids, method: 'tools/list', params: {} }));
  return JSON.stringify(answer?.result?.tools);
};
const calls = () => at.journal().filter(({ kind }) => kind === 'call').length;

describe.each(['http', '2025', '2026'])('S13: a rule about a path, live: %s', (by) => {
  it('lists the tool', async () => {
    expect(await list(by)).toContain('"s__open"');
  });

  it('lets a call through whose condition holds', async () => {
    const before = calls();
    const answer = await call(by, { path: join(root, 'file') });
    expect(answer?.result).toMatchObject({ content: [{ text: 'done' }] });
    expect(calls()).toBe(before + 1);
  });

  it.each([
    { path: '/etc/passwd' },
    { path: 'ROOT/../x' },
    { path: 'ROOT/%2e%2e/x' },
    { path: 'ROOT/out/mcp.config.json' },
    { path: ['ROOT/file'] },
    {},
  ])('says what would be accepted, and sends nothing: %j', async (args) => {
    const before = calls();
    const answer = await call(by, JSON.parse(JSON.stringify(args).replaceAll('ROOT', root)));
    expect(answer?.result).toMatchObject({ isError: true });
    expect(JSON.stringify(answer?.result)).toContain(`within(args.path, \\"${root}\\")`);
    expect(calls()).toBe(before);
  });
});

describe('S13: conditions, live', () => {
  it('are recorded with each decision', async () => {
    const events = await at.events();
    const [rule] = [{ grant: 'some', index: 0 }];
    const intent = events.find(({ code, tool }) => code === 'TG1001' && tool === 'open');
    expect(intent?.conditions).toEqual([{ ...rule, result: 'true' }]);
    const refused = events.filter(({ code }) => code === 'TG1003');
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(
      new Set(['condition_false', 'condition_failed']),
    );
    expect(refused.every(({ conditions }) => conditions?.[0]?.result !== 'true')).toBe(true);
  });

  it('are asked by `can-i --args`, and shown by `grant show`', async () => {
    const ask = (path: string) =>
      at.run(['can-i', 'alice', 's/open', '--json', '--args', JSON.stringify({ path })]);
    const [yes, no] = [await ask(join(root, 'file')), await ask('/etc')];
    expect([yes.code, no.code]).toEqual([0, 1]);
    expect(JSON.parse(no.stdout)).toMatchObject({
      reason: 'condition_false',
      conditions: [{ grant: 'some', index: 0, result: 'false' }],
    });
    expect((await at.run(['grant', 'show', 'some'])).stdout).toContain(
      `within(args.path, "${root}")`,
    );
  });

  it('are refused at load with file, line, column and the names that exist', async () => {
    writeFileSync(grantPath, grantOf('args.pth == "x"'));
    const found = await at.run(['grant', 'validate', '--json']);
    expect(found.code).toBe(3);
    expect(JSON.parse(found.stdout)).toEqual([
      {
        file: 'grants/some.yaml',
        line: 7,
        column: 16,
        kind: 'invalid',
        message: '`when` there is no argument "pth", of s/open',
        hint: 'did you mean `path`; known: hold, path',
      },
    ]);
    expect((await at.run(['grant', 'apply', '--yes'])).code).toBe(3);
    expect((await call('http', { path: root }))?.result).toMatchObject({
      content: [{ text: 'done' }],
    });
  });

  it('hold back a result when they are changed while a call runs', async () => {
    const before = calls();
    const running = call('http', { path: join(root, 'file'), hold: true });
    await at.noted((lines) => lines.filter(({ kind }) => kind === 'call').length > before);
    // What narrows applies by itself: the broker may be before the command.
    const deny = "  - deny: s/open\n    when: args.path != '/elsewhere'\n";
    writeFileSync(grantPath, grantOf(`within(args.path, "${root}")`) + deny);
    expect((await at.run(['grant', 'apply', '--yes'])).code).toBe(0);
    expect((await running)?.result).toMatchObject({ isError: true });
    const withheld = (await at.events()).filter(({ outcome }) => outcome === 'withheld');
    expect(withheld.map(({ reason }) => reason)).toEqual(['denied_by_condition']);
  });

  it('take their rule out when an approved definition does not fit them any more', async () => {
    server.define([open('file'), { name: 'other', inputSchema: { type: 'object' } }]);
    await at.run(['tools', 'approve', 's', '--yes']);
    expect(await list('http')).not.toContain('"s__open"');
    expect(await list('http')).toContain('"s__other"');
    expect(await call('http', { path: '/elsewhere' })).toMatchObject({ error: { code: -32602 } });
    const shown = await at.run(['grant', 'show', 'some']);
    expect(shown.stderr).toContain(
      'permits nothing: `when` there is no argument "path", of s/open',
    );
    const doctor = await at.run(['doctor', '--json']);
    expect(doctor.stdout).toContain('rule_condition_mismatch');
  });
});
