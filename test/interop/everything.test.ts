import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, createProject, type Project, type Serving } from '../support/interop/built-broker.ts';
import { withoutEraForm } from '../support/interop/era-form.ts';
import {
  type Address,
  CLIENTS,
  type ClientKind,
  connect,
  type Talk,
} from '../support/interop/sdk-clients.ts';
import { SERVERS as FILES } from '../support/tool-servers/harness.ts';

/** The official server of every feature, over stdio, under a grant that leaves some of it out. */
const ENTRY = { command: process.execPath, args: [FILES.everything] };
const GRANT = `id: alice-everything
subject: alice
purpose: Read what the demonstration server has
expires: 2099-12-31T23:59:59Z
rules:
  - permit: everything/echo
  - permit: prompt:everything/*
  - deny: prompt:everything/resource-prompt
  - permit: resource:everything/demo://resource/**
  - deny: resource:everything/demo://resource/static/document/how-*
`;
const HIDDEN_PROMPT = 'resource-prompt';
const HIDDEN_URI = 'demo://resource/static/document/how-it-works.md';
const FACES = ['stdio', '/mcp', '/mcp/everything'] as const;

type Asked = readonly [verb: string, params?: Record<string, unknown>];
type Named = {
  readonly [list: string]: readonly { readonly name: string; readonly uri?: string }[];
};

let project: Project;
let serving: Serving;
beforeAll(async () => {
  project = await createProject({
    mcpServers: () => ({ everything: ENTRY }),
    grants: { 'alice-everything.yaml': GRANT },
  });
  serving = await project.serve();
});
afterAll(async () => {
  await serving?.stop();
  await project?.remove();
});

const resultOf = (wire: unknown): Named => (wire as { readonly result: Named }).result;

/** What is asked once the lists are known, under the names of a face. */
const uses = (named: (prompt: string) => string): readonly Asked[] => [
  ['getPrompt', { name: named('simple-prompt') }],
  ['getPrompt', { name: named('args-prompt'), arguments: { city: 'Graz', state: 'AT' } }],
  ['getPrompt', { name: named('args-prompt') }],
  ['readResource', { uri: 'demo://resource/static/document/architecture.md' }],
  ['readResource', { uri: 'demo://resource/static/document/none.md' }],
  [
    'complete',
    {
      ref: { type: 'ref/prompt', name: named('completable-prompt') },
      argument: { name: 'department', value: 'E' },
    },
  ],
  [
    'complete',
    {
      ref: { type: 'ref/resource', uri: 'demo://resource/dynamic/text/{resourceId}' },
      argument: { name: 'resourceId', value: '1' },
    },
  ],
];

async function askAll(talk: Talk, asked: readonly Asked[]): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const [verb, params] of asked) answers.push((await talk.ask(verb, params)).wire);
  return answers;
}

const baselines = new Map<
  ClientKind,
  Promise<{ lists: readonly unknown[]; used: readonly unknown[] }>
>();
const LISTS: readonly Asked[] = [['listPrompts'], ['listResources'], ['listResourceTemplates']];

/** What a client gets of the server without the broker. */
function withoutBroker(kind: ClientKind) {
  const asking = async () => {
    const talk = await connect(kind, { kind: 'stdio', ...ENTRY }, 'auto');
    try {
      return {
        lists: await askAll(talk, LISTS),
        used: await askAll(
          talk,
          uses((name) => name),
        ),
      };
    } finally {
      await talk.close();
    }
  };
  const known = baselines.get(kind) ?? asking();
  baselines.set(kind, known);
  return known;
}

describe.each(CLIENTS)('the %s client and server-everything', (kind) => {
  describe.each(FACES)('over %s', (face) => {
    const isOwn = face === '/mcp/everything';
    const named = (prompt: string): string => (isOwn ? prompt : `everything__${prompt}`);
    let talk: Talk;
    beforeAll(async () => {
      const { token } = await project.openSession('alice');
      const url = face === '/mcp' ? serving.url : `${serving.url}/everything`;
      const address: Address =
        face === 'stdio'
          ? {
              kind: 'stdio',
              command: process.execPath,
              args: [CLI, 'stdio', '--config', project.configPath],
              env: { TOOLGRANT_TOKEN: token },
            }
          : { kind: 'http', url, token };
      talk = await connect(kind, address);
    });
    afterAll(() => talk?.close());

    it('lists prompts and templates as they are without the broker, as far as they are granted', async () => {
      const { lists } = await withoutBroker(kind);
      const direct = lists.map(resultOf);
      const prompts = (direct[0]?.prompts ?? [])
        .filter(({ name }) => name !== HIDDEN_PROMPT)
        .map((prompt) => ({ ...prompt, name: named(prompt.name) }));
      expect(prompts.length).toBeGreaterThan(1);
      const shown = resultOf((await talk.ask('listPrompts')).wire);
      expect(shown.prompts).toEqual(prompts.sort((a, b) => (a.name < b.name ? -1 : 1)));
      const templates = resultOf((await talk.ask('listResourceTemplates')).wire).resourceTemplates;
      expect(templates).toHaveLength(direct[2]?.resourceTemplates?.length ?? -1);
      expect(templates).toEqual(expect.arrayContaining([...(direct[2]?.resourceTemplates ?? [])]));
    });

    it('lists resources as they are without the broker, as far as they are granted', async () => {
      const { lists } = await withoutBroker(kind);
      const direct = resultOf(lists[1]).resources ?? [];
      const { resources } = resultOf((await talk.ask('listResources')).wire);
      expect(direct.some(({ uri }) => uri === HIDDEN_URI)).toBe(true);
      expect(resources).toEqual(direct.filter(({ uri }) => uri !== HIDDEN_URI));
    });

    it('answers prompts, reads and completions as it does without the broker', async () => {
      const { used } = await withoutBroker(kind);
      const answers = await askAll(talk, uses(named));
      expect(answers.map(withoutTimes)).toEqual(used.map(withoutTimes));
    });

    it('says of what is not granted what it says of what does not exist', async () => {
      for (const [verb, hidden, unknown, key] of [
        ['getPrompt', named(HIDDEN_PROMPT), named('resource-prompx'), 'name'],
        ['readResource', HIDDEN_URI, HIDDEN_URI.replace('works', 'workx'), 'uri'],
      ] as const) {
        const [ungranted, absent] = await askAll(talk, [
          [verb, { [key]: hidden }],
          [verb, { [key]: unknown }],
        ]);
        expect(ungranted).toHaveProperty('error');
        expect(JSON.stringify(ungranted).replaceAll(hidden, 'NAME')).toBe(
          JSON.stringify(absent).replaceAll(unknown, 'NAME'),
        );
      }
    });
  });
});

it('doctor misses nothing of what is offered to a client that can be asked alone', async () => {
  const { stdout } = await project.run('doctor', '--json');
  const findings = JSON.parse(stdout) as readonly { check: string; where: string }[];
  const ofServer = findings.filter(({ where }) => where === 'everything').map(({ check }) => check);
  expect(ofServer).toContain('tools');
  expect(ofServer).not.toContain('tool_gone');
});

/** An answer without the form of its era, and without what differs from one time to the next. */
const withoutTimes = (wire: unknown): unknown =>
  JSON.parse(
    JSON.stringify(withoutEraForm(wire, true) ?? null).replaceAll(
      /\d{1,2}:\d{2}:\d{2}[^"\\]*/g,
      'TIME',
    ),
  );
