import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventDraft } from '../../src/domain/event.ts';
import type { Json } from '../../src/domain/json.ts';
import { findUnseen } from '../../src/domain/unseen.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { WaitingApprovals } from '../support/sqlite/waiting-approvals.ts';

const corpus = join(import.meta.dirname, '../../../shared/corpora/naughty-strings.json');
const naughty: readonly string[] = existsSync(corpus)
  ? JSON.parse(readFileSync(corpus, 'utf8'))
  : [];
/** What acts on a terminal, forges a line, or hides. */
const ACTING = [
  'a\r\nok: 9 events, unbroken',
  'a\n9  2026-01-01  TG1001 call.intent  mallory',
  'a\rb',
  'a\tb',
  '\u001b[2J\u001b[1;1Hcleared',
  '\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007',
  '\u009b31mred',
  '\u0000\u0007\u0008\u007f',
  'a\u202egpj.exe',
  '\u2066a\u2069',
  'a\u200bb\ufeff',
  'a\u2028b\u2029c',
  'a\u{e0041}b',
  'a\u2800\u3164b',
  '__proto__',
  '-- --json',
  '$(reboot) `reboot`',
];
const TEXTS = [...ACTING, ...naughty];

/** An event with one text in every field that has one. */
const filled = (text: string): EventDraft =>
  ({
    code: 'TG1003',
    actor: { uid: 1, pid: 1, terminal: false, command: text },
    session: text,
    subject: text,
    client: text,
    clientInfo: { name: text, version: text },
    transport: text,
    remote: text,
    revision: text,
    server: text,
    tool: text,
    prompt: text,
    resource: text,
    template: text,
    method: text,
    definitionHash: text,
    requestId: text,
    trace: text,
    decision: 'deny',
    reason: text,
    rule: {
      grant: text,
      revision: 1,
      index: 0,
      file: text,
      line: 1,
      effect: 'permit',
      pattern: text,
    },
    conditions: [{ grant: text, index: 0, result: 'failed' }],
    wouldRefuse: text,
    approval: text,
    args: { [text]: text },
    argsHmac: text,
    resultHmac: text,
    resultTypes: [text],
    detail: { [text]: [text], grant: text, file: text, reason: text },
  }) as unknown as EventDraft;

let world: WaitingApprovals;
let approval: string;
/** The first of the events, and how many there are. */
let first: number;

const run = (...words: readonly string[]) =>
  fakeCli({
    openAdmin: async () => ({
      context: world.context,
      config: { configPath: '/conf/mcp.config.json', warnings: [], keychainReferences: [] },
      close: async () => {},
    }),
  }).run(...words);

beforeAll(async () => {
  world = await WaitingApprovals.open();
  first = ((await world.stores.events.head())?.seq ?? 0) + 1;
  await Promise.all(TEXTS.map((text) => world.stores.admission.record(filled(text))));
  const args: Record<string, Json> = Object.fromEntries(TEXTS.map((text) => [text, text]));
  approval = (await world.waiting(args, { name: ACTING.join(' ') })).id;
  await world.waiting({}, { server: ACTING.join(' '), method: ACTING.join(' ') });
});
afterAll(() => world.close());

/** Characters that nobody sees, or that act, but for line feeds. */
const unseenIn = (text: string): readonly string[] =>
  findUnseen(text)
    .map(({ character }) => character)
    .filter((character) => character !== '\n')
    .toArray();

const tables: readonly (readonly [string, () => readonly string[]])[] = [
  ['audit query', () => ['audit', 'query', '--limit', '9999']],
  ['audit query of a text', () => ['audit', 'query', '--subject', ACTING[4] ?? '']],
  ['audit tail', () => ['audit', 'tail', '-n', '9999']],
  ['audit stats', () => ['audit', 'stats']],
  ['audit show', () => ['audit', 'show', String(first)]],
  ['audit show of a use', () => ['audit', 'show', String(first + 4)]],
  ['explain', () => ['explain', String(first)]],
  ['explain of another', () => ['explain', String(first + 8)]],
  ['approvals list', () => ['approvals', 'list', '--all']],
  ['approvals show', () => ['approvals', 'show', approval]],
  ['session list', () => ['session', 'list', '--all']],
  ['session show', () => ['session', 'show', world.session.id]],
  ['simulate', () => ['simulate', '--since', '2026-01-01T00:00:00Z']],
  ['audit verify', () => ['audit', 'verify']],
];

describe('S32 texts that act on a terminal, in every field', () => {
  it.each(tables)('do nothing in what %s prints', async (_, words) => {
    const { stdout, stderr } = await run(...words());
    expect(stdout).not.toBe('');
    expect(unseenIn(stdout + stderr)).toEqual([]);
  });

  it('begin no line of a table: one line is one event', async () => {
    const { stdout } = await run('audit', 'query', '--limit', '9999', '--denied');
    const lines = stdout.trimEnd().split('\n');
    const seqs = lines.slice(1).map((line) => Number(line.trim().split(' ')[0]));
    expect(seqs).toEqual(TEXTS.map((_, at) => first + at));
  });

  it.each([
    ['audit query', ['audit', 'query', '--limit', '9999', '--denied', '--json']],
    ['audit tail', ['audit', 'tail', '-n', '9999', '--json']],
  ])('come out of the JSON of %s as they went in', async (_, words) => {
    const { stdout } = await run(...words);
    const events = (
      words.includes('tail')
        ? stdout
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
        : JSON.parse(stdout)
    ) as readonly EventDraft[];
    const found = events.filter(({ code, decision }) => code === 'TG1003' && decision === 'deny');
    expect(found).toHaveLength(TEXTS.length);
    for (const [at, event] of found.entries()) {
      expect(event).toMatchObject(
        JSON.parse(JSON.stringify(filled((TEXTS[at] ?? '').toWellFormed()))),
      );
    }
    expect(unseenIn(stdout)).toEqual([]);
  });

  it.each([
    ['audit stats', ['audit', 'stats', '--json']],
    ['audit show', ['audit', 'show', '4', '--json']],
    ['explain', ['explain', '4', '--json']],
    ['simulate', ['simulate', '--since', '2026-01-01T00:00:00Z', '--json']],
    ['approvals list', ['approvals', 'list', '--json']],
    ['audit verify', ['audit', 'verify', '--json']],
  ])('leave the JSON of %s whole', async (_, words) => {
    const { stdout } = await run(...words);
    expect(unseenIn(stdout)).toEqual([]);
    expect(() => JSON.parse(stdout)).not.toThrow();
  });
});
