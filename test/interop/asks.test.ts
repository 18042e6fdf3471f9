import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AskedClient, connectAsked } from '../support/interop/asked-clients.ts';
import { CLI, createProject, type Project, type Serving } from '../support/interop/built-broker.ts';
import type { Address, ClientKind } from '../support/interop/sdk-clients.ts';

const official = (name: string): string =>
  fileURLToPath(
    new URL(`../../node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url),
  );
const own = (name: string): string =>
  fileURLToPath(new URL(`../support/tool-servers/${name}`, import.meta.url));

const GRANT = `id: alice-asks
subject: alice
purpose: tools that ask
expires: 2099-12-31T00:00:00Z
rules:
  - permit: everything/*
  - permit: asking/*
  - permit: ask:everything/elicitation
  - permit: ask:everything/sampling
  - permit: ask:asking/elicitation
`;
const SILENT = GRANT.replace('alice-asks', 'bob-silent')
  .replace('alice', 'bob')
  .split('\n')
  .filter((line) => !line.includes('ask:'))
  .join('\n');

let project: Project;
let serving: Serving;

beforeAll(async () => {
  project = await createProject({
    mcpServers: () => ({
      everything: { command: process.execPath, args: [official('server-everything')] },
      asking: { command: process.execPath, args: [own('asking-modern.mjs')] },
    }),
    grants: { 'alice-asks.yaml': GRANT, 'bob-silent.yaml': SILENT },
  });
  const approved = await project.run('tools', 'approve', 'everything', '--yes');
  if (approved.code !== 0) throw new Error(approved.stderr);
  serving = await project.serve();
});

afterAll(async () => {
  await serving?.stop();
  await project?.remove();
});

async function connected(
  kind: ClientKind,
  transport: 'stdio' | 'http',
  subject = 'alice',
): Promise<AskedClient> {
  const { token } = await project.openSession(subject);
  const address: Address =
    transport === 'http'
      ? { kind: 'http', url: serving.url, token }
      : {
          kind: 'stdio',
          command: process.execPath,
          args: [CLI, '--config', project.configPath, 'stdio'],
          env: { TOOLGRANT_TOKEN: token },
        };
  return connectAsked(kind, address);
}

const WAYS: readonly (readonly [ClientKind, 'stdio' | 'http'])[] = [
  ['1.x', 'stdio'],
  ['2.x legacy', 'stdio'],
  ['2.x modern', 'stdio'],
  ['1.x', 'http'],
  ['2.x legacy', 'http'],
  ['2.x modern', 'http'],
];

describe.each(WAYS)('a %s client over %s', (kind, transport) => {
  let client: AskedClient;
  beforeAll(async () => {
    client = await connected(kind, transport);
  });
  beforeEach(() => client.takeAsked());
  afterAll(() => client?.close());

  it('is asked by a server of the 1.x SDK, which gets what the person said', async () => {
    const said = await client.call('everything__trigger-elicitation-request');
    expect(said).toContain('Ada');
    expect(client.takeAsked()).toMatchObject([
      {
        method: 'elicitation/create',
        params: { message: expect.stringMatching(/^Tool server "everything" asks:\n/) },
      },
    ]);
  });

  it('samples for a server of the 1.x SDK', async () => {
    const said = await client.call('everything__trigger-sampling-request', { prompt: 'x' });
    expect(said).toContain('sampled by the client');
    expect(client.takeAsked().map(({ method }) => method)).toEqual(['sampling/createMessage']);
  });

  it('is asked by a server of the 2.x SDK, which gets its own state back', async () => {
    expect(await client.call('asking__greet')).toBe('hello Ada, kept by the server');
    expect(client.takeAsked()).toMatchObject([
      { params: { message: 'Tool server "asking" asks:\nYour name?' } },
    ]);
  });
});

describe.each(['1.x', '2.x modern'] as const)('a %s client without a rule for it', (kind) => {
  it('is asked nothing', async () => {
    const client = await connected(kind, 'http', 'bob');
    await client.call('asking__greet');
    await client.call('everything__trigger-elicitation-request');
    expect(client.takeAsked()).toEqual([]);
    await client.close();
  });
});

describe('what was asked', () => {
  it('is proven by the log, and none of what was said is in it', async () => {
    const verified = await project.run('audit', 'verify');
    expect([verified.code, verified.stderr]).toEqual([0, verified.stderr]);
    const events = await project.events({});
    expect(events.filter(({ code }) => code === 'TG1007').length).toBeGreaterThan(5);
    expect(JSON.stringify(events)).not.toMatch(/ada@example|sampled by the client/);
  });
});
