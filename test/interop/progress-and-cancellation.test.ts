import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLI, createProject, type Project, type Serving } from '../support/interop/built-broker.ts';
import { descendantsOf } from '../support/interop/processes.ts';
import { CLIENTS, type ClientKind, connect, type Talk } from '../support/interop/sdk-clients.ts';
import {
  GRANT,
  type RunningServers,
  type ServerName,
  sharedName,
  startServers,
  WORKSPACE,
} from '../support/interop/tool-servers.ts';
import { isAlive } from '../support/tool-servers/harness.ts';

const LONG = 'trigger-long-running-operation';

/** Tools that say how far they are, and what they say. */
const STEPS: readonly (readonly [ServerName, string, Record<string, unknown>, number])[] = [
  ['everything', LONG, { duration: 0.2, steps: 4 }, 4],
  ['remote', LONG, { duration: 0.2, steps: 4 }, 4],
  ['raw', 'steps', {}, 3],
  ['modern', 'steps', {}, 3],
  ['far', 'steps', {}, 3],
];

/** Tools that go on until they are cancelled; the last member is whether the server counts that. */
const HOLDS: readonly (readonly [ServerName, string, Record<string, unknown>, boolean])[] = [
  ['everything', LONG, { duration: 600, steps: 12_000 }, false],
  ['remote', LONG, { duration: 600, steps: 12_000 }, false],
  ['raw', 'hold', {}, true],
  ['modern', 'hold', {}, true],
  ['far', 'hold', {}, true],
];

let servers: RunningServers;
let project: Project;
let serving: Serving;

beforeAll(async () => {
  servers = await startServers();
  project = await createProject({
    mcpServers: servers.entries,
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

const directly = new Map<string, Promise<readonly Record<string, unknown>[]>>();

/** The progress a client hears of a call without the broker. */
function progressWithoutBroker(
  kind: ClientKind,
  server: ServerName,
  tool: string,
  args: Record<string, unknown>,
): Promise<readonly Record<string, unknown>[]> {
  const key = `${kind} ${server}`;
  const hear = async () => {
    const talk = await connect(kind, servers.direct(server, project.folder), 'auto');
    await talk.call(tool, args, { onprogress() {} });
    await talk.close();
    return progressOf(talk, 0).map(({ progressToken: _token, ...others }) => others);
  };
  const known = directly.get(key) ?? hear();
  directly.set(key, known);
  return known;
}

/**
 * Progress as it was on the wire: the 1.x client does not hand on what arrives together with the
 * result, with or without the broker.
 */
const progressOf = (talk: Talk, from: number): readonly Record<string, unknown>[] =>
  messagesOf(talk, from)
    .filter(({ method }) => method === 'notifications/progress')
    .map(({ params }) => params);

const messagesOf = (talk: Talk, from: number) =>
  talk.wire.slice(from).map(({ message }) => message);

async function cancellationsAt(talk: Talk, server: ServerName): Promise<number> {
  const { wire } = await talk.call(sharedName(server, 'cancellations'));
  return Number((wire as { result: { content: [{ text: string }] } }).result.content[0].text);
}

describe.each(CLIENTS)('the %s client', (kind) => {
  describe.each(['stdio', 'HTTP'] as const)('over %s', (face) => {
    let session: { readonly id: string; readonly token: string };
    let talk: Talk;
    const cancelled: string[] = [];

    beforeAll(async () => {
      session = await project.openSession('alice');
      talk = await connect(
        kind,
        face === 'HTTP'
          ? { kind: 'http', url: serving.url, token: session.token }
          : {
              kind: 'stdio',
              command: process.execPath,
              args: [CLI, 'stdio', '--config', project.configPath],
              env: { TOOLGRANT_TOKEN: session.token },
            },
      );
      await talk.list();
    });
    afterAll(() => talk?.close());

    it.each(STEPS)(
      'hears the progress of %s/%s under its own token',
      async (server, tool, args, count) => {
        const from = talk.wire.length;
        await talk.call(sharedName(server, tool), args, { onprogress() {} });
        const asked = messagesOf(talk, from).find(({ method }) => method === 'tools/call');
        const { progressToken } = asked.params._meta;
        const without = await progressWithoutBroker(kind, server, tool, args);
        expect(without).toHaveLength(count);
        expect(progressOf(talk, from)).toEqual(
          without.map((params) => ({ ...params, progressToken })),
        );
      },
    );

    it.each(HOLDS)('cancels %s/%s at the tool server', async (server, tool, args, isCounted) => {
      const before = isCounted ? await cancellationsAt(talk, server) : 0;
      const from = talk.wire.length;
      const leave = new AbortController();
      const { handed } = await talk.call(sharedName(server, tool), args, {
        signal: leave.signal,
        // The tool server has the call once it speaks of it.
        onprogress: () => leave.abort(),
      });
      cancelled.push(`${server}/${tool}`);
      expect(handed).toHaveProperty('threw');
      if (isCounted) {
        let after = before;
        while (after === before) after = await cancellationsAt(talk, server);
        expect(after).toBe(before + 1);
      } else {
        const { wire } = await talk.call(sharedName(server, 'echo'), { message: 'still here' });
        expect(wire).toMatchObject({ result: { content: [{ text: 'Echo: still here' }] } });
      }
      const asked = messagesOf(talk, from).find(({ method }) => method === 'tools/call');
      const answered = messagesOf(talk, from).filter(
        ({ id, method }) => id === asked.id && method === undefined,
      );
      expect(answered).toEqual([]);
    });

    it('has each cancelled call in the audit, once, as cancelled', async () => {
      const open = async () => {
        const events = await project.events({ session: session.id });
        const outcomes = events.filter(({ code }) => code === 'TG1002');
        return events
          .filter(({ code }) => code === 'TG1001')
          .map(({ seq, server, tool }) => ({
            ref: `${server}/${tool}`,
            ends: outcomes.filter(({ intent }) => intent === seq).map(({ outcome }) => outcome),
          }));
      };
      let calls = await open();
      while (calls.some(({ ends }) => ends.length === 0)) calls = await open();
      expect(calls.every(({ ends }) => ends.length === 1)).toBe(true);
      const recorded = calls.filter(({ ends }) => ends[0] === 'cancelled').map(({ ref }) => ref);
      expect(recorded).toEqual(cancelled);
      expect(recorded).toHaveLength(HOLDS.length);
    });

    it('leaves no tool server behind, also one that ignores its cancellation', async () => {
      const broker = (face === 'stdio' ? talk.pid : serving.pid) ?? -1;
      const started = descendantsOf(broker);
      expect(started.length).toBeGreaterThanOrEqual(3);
      await talk.close();
      expect(await project.run('session', 'revoke', session.id)).toMatchObject({ code: 0 });
      // What was killed is there until its parent, or whoever took it over, has heard of it.
      await vi.waitFor(() => expect(started.filter(isAlive)).toEqual([]), { timeout: 10_000 });
    });
  });
});

describe('after every client', () => {
  it('the broker has ended cleanly and the log verifies', async () => {
    expect(await serving.stop()).toBe(0);
    const report = await project.json<{ ok: boolean }>('audit', 'verify', '--json');
    expect(report).toMatchObject({ ok: true });
  });
});
