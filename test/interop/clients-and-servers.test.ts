import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, createProject, type Project, type Serving } from '../support/interop/built-broker.ts';
import { eraFormOf, withoutEraForm } from '../support/interop/era-form.ts';
import { descendantsOf } from '../support/interop/processes.ts';
import {
  type Address,
  type Answer,
  CLIENTS,
  type ClientKind,
  connect,
  type Definition,
  type Talk,
} from '../support/interop/sdk-clients.ts';
import {
  GRANT,
  GRANTED,
  type RunningServers,
  SERVERS,
  type ServerName,
  sampleCalls,
  sharedName,
  startServers,
  UNGRANTED,
  WORKSPACE,
} from '../support/interop/tool-servers.ts';
import { isAlive } from '../support/tool-servers/harness.ts';

const FACES = ['stdio', '/mcp', '/mcp/<server>'] as const;
type Face = (typeof FACES)[number];

/** The era each server speaks when it may choose. */
const ERA: Readonly<Record<ServerName, '2025' | '2026'>> = {
  everything: '2025',
  files: '2025',
  memory: '2025',
  raw: '2025',
  modern: '2026',
  remote: '2025',
  far: '2026',
};

/** What each server calls itself. */
const IDENTITY: Readonly<Record<ServerName, string>> = {
  everything: 'mcp-servers/everything',
  files: 'secure-filesystem-server',
  memory: 'memory-server',
  raw: 'odd',
  modern: 'modern',
  remote: 'mcp-servers/everything',
  far: 'modern',
};

let servers: RunningServers;
let project: Project;
let serving: Serving;

beforeAll(async () => {
  servers = await startServers();
  project = await createProject({
    mcpServers: (folder) => ({
      ...servers.entries(folder),
      // Nobody is granted anything of it: it must never be started.
      untouched: {
        command: process.execPath,
        args: ['-e', 'require("node:fs").writeFileSync("workspace/started", "")'],
      },
    }),
    grants: { 'alice-interop.yaml': GRANT },
    files: WORKSPACE,
  });
  serving = await project.serve();
});

afterAll(async () => {
  await serving?.stop();
  await servers?.stop();
  await project?.remove();
});

/** What a client gets of a server without the broker. */
interface Baseline {
  readonly era: '2025' | '2026';
  readonly tools: ReadonlyMap<string, Definition>;
  readonly answers: readonly Answer[];
}

const baselines = new Map<string, Promise<Baseline>>();

function withoutBroker(kind: ClientKind, server: ServerName): Promise<Baseline> {
  const key = `${kind} ${server}`;
  const known = baselines.get(key) ?? askDirectly(kind, server);
  baselines.set(key, known);
  return known;
}

async function askDirectly(kind: ClientKind, server: ServerName): Promise<Baseline> {
  const talk = await connect(kind, servers.direct(server, project.folder), 'auto');
  try {
    const { tools } = await talk.list();
    const answers: Answer[] = [];
    for (const { tool, args } of sampleCalls(project.folder)[server]) {
      answers.push(await talk.call(tool, args));
    }
    return { era: talk.era, tools: new Map(tools.map((tool) => [tool.name, tool])), answers };
  } finally {
    await talk.close();
  }
}

describe.each(CLIENTS)('the %s client', (kind) => {
  describe.each(FACES)('over %s', (face) => {
    const era = kind === '2.x modern' ? '2026' : '2025';
    const called: { ref: string; outcome: string }[] = [];
    const refused: string[] = [];
    const talks = new Map<string, Promise<Talk>>();
    let session: { readonly id: string; readonly token: string };

    beforeAll(async () => {
      session = await project.openSession('alice');
    });
    afterAll(async () => {
      for (const talk of talks.values()) await (await talk).close();
    });

    /** One connection for all servers, or one each. */
    function talkTo(server: ServerName): Promise<Talk> {
      const key = face === '/mcp/<server>' ? server : 'all';
      const known = talks.get(key) ?? connect(kind, addressOf(face, server));
      talks.set(key, known);
      return known;
    }

    function addressOf(face: Face, server: ServerName): Address {
      if (face === 'stdio') {
        return {
          kind: 'stdio',
          command: process.execPath,
          args: [CLI, 'stdio', '--config', project.configPath],
          env: { TOOLGRANT_TOKEN: session.token },
        };
      }
      const url = face === '/mcp' ? serving.url : `${serving.url}/${server}`;
      return { kind: 'http', url, token: session.token };
    }

    const seen = (server: ServerName, tool: string): string =>
      face === '/mcp/<server>' ? tool : sharedName(server, tool);

    it('speaks the era it asked for', async () => {
      expect((await talkTo('everything')).era).toBe(era);
    });

    it('marks its lists as nobody else’s where the era can say so', async () => {
      const { cacheScope } = await (await talkTo('everything')).list();
      expect(cacheScope).toBe(era === '2026' ? 'private' : undefined);
    });

    it('lists exactly what the grant says, sorted', async () => {
      const listed: string[][] = [];
      const expected: string[][] = [];
      if (face === '/mcp/<server>') {
        for (const server of SERVERS) {
          listed.push((await (await talkTo(server)).list()).tools.map(({ name }) => name));
          expected.push([...GRANTED[server]].sort());
        }
      } else {
        listed.push((await (await talkTo('everything')).list()).tools.map(({ name }) => name));
        expected.push(
          SERVERS.flatMap((server) => GRANTED[server].map((tool) => seen(server, tool))).sort(),
        );
      }
      expect(listed).toEqual(expected);
    });

    it.each(SERVERS)(
      'lists the definitions of %s as they are without the broker',
      async (server) => {
        const { tools: direct } = await withoutBroker(kind, server);
        const { tools } = await (await talkTo(server)).list();
        const byName = new Map(tools.map((tool) => [tool.name, tool]));
        for (const tool of GRANTED[server]) {
          const name = seen(server, tool);
          expect(byName.get(name)).toEqual({ ...direct.get(tool), name });
        }
      },
    );

    it.each(SERVERS)('answers calls of %s as it does without the broker', async (server) => {
      const direct = await withoutBroker(kind, server);
      const talk = await talkTo(server);
      const calls = sampleCalls(project.folder)[server];
      for (const [index, { tool, args, outcome }] of calls.entries()) {
        const answer = await talk.call(seen(server, tool), args);
        called.push({ ref: `${server}/${tool}`, outcome });
        const without = direct.answers[index];
        // Where all three sides speak one era there is nothing to translate.
        const isOneEra = era === ERA[server] && direct.era === era;
        const form = isOneEra ? (reply: unknown) => reply : withoutEraForm;
        expect(answer.wire).toHaveProperty(outcome === 'rpc_error' ? 'error' : 'result');
        expect(form(answer.wire)).toEqual(form(without?.wire));
        expect(withoutEraForm(answer.handed)).toEqual(withoutEraForm(without?.handed));
        if (outcome !== 'rpc_error') {
          expect(eraFormOf(answer.wire)).toMatchObject(
            era === '2026'
              ? { resultType: 'complete', answeredBy: IDENTITY[server] }
              : { resultType: undefined },
          );
        }
      }
    });

    it.each(SERVERS)(
      'says of an ungranted tool of %s what it says of an unknown one',
      async (server) => {
        const talk = await talkTo(server);
        for (const tool of [UNGRANTED[server], 'no_such_tool']) {
          const name = seen(server, tool);
          const { wire } = await talk.call(name);
          refused.push(`${server}/${tool}`);
          expect(wire).toEqual({
            jsonrpc: '2.0',
            error: { code: -32602, message: `Unknown tool: ${name}` },
          });
        }
      },
    );

    it('has every call in the audit, with its intent and its outcome', async () => {
      const events = await project.events({ session: session.id });
      const intents = events.filter(({ code }) => code === 'TG1001');
      const outcomes = events.filter(({ code }) => code === 'TG1002');
      const recorded = intents.map((intent) => ({
        ref: `${intent.server}/${intent.tool}`,
        outcome: outcomes.find((outcome) => outcome.intent === intent.seq)?.outcome,
      }));
      expect(called.length).toBeGreaterThan(SERVERS.length);
      expect(recorded).toEqual(called);
      expect(outcomes).toHaveLength(intents.length);
    });

    it('has every refusal in the audit', async () => {
      const events = await project.events({ session: session.id, code: 'TG1003' });
      expect(events).toHaveLength(refused.length);
      expect(new Set(events.map(({ decision }) => decision))).toEqual(new Set(['deny']));
    });

    it('leaves no tool server behind when its session or its broker ends', async () => {
      const broker = face === 'stdio' ? (await talkTo('everything')).pid : serving.pid;
      const started = descendantsOf(broker ?? -1);
      expect(started.length).toBeGreaterThanOrEqual(5);
      for (const talk of talks.values()) await (await talk).close();
      const revoked = await project.run('session', 'revoke', session.id);
      expect(revoked).toMatchObject({ code: 0 });
      const mustBeGone = face === 'stdio' ? [...started, broker ?? -1] : started;
      expect(mustBeGone.filter(isAlive)).toEqual([]);
    });
  });
});

describe('after every client', () => {
  it('the broker has ended cleanly and nothing it started is left', async () => {
    expect(await serving.stop()).toBe(0);
    expect(isAlive(serving.pid)).toBe(false);
    expect(descendantsOf(serving.pid)).toEqual([]);
  });

  it('the log verifies', async () => {
    const report = await project.json<{ ok: boolean; events: number }>('audit', 'verify', '--json');
    expect(report.ok).toBe(true);
    expect(report.events).toBeGreaterThan(100);
  });

  it('a server of which nothing is granted was never started', () => {
    expect(existsSync(join(project.folder, 'workspace', 'hello.txt'))).toBe(true);
    expect(existsSync(join(project.folder, 'workspace', 'started'))).toBe(false);
  });
});
