import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, createProject, type Project, type Serving } from '../support/interop/built-broker.ts';
import { withoutEraForm } from '../support/interop/era-form.ts';
import { parseExact, type RawPeer, rawPeer } from '../support/interop/raw-peer.ts';
import {
  GRANT,
  GRANTED,
  type RunningServers,
  sharedName,
  startServers,
  WORKSPACE,
} from '../support/interop/tool-servers.ts';

const META_2026 =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"raw","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}';

/** Arguments whose text must arrive as it was written. */
const ARGUMENTS =
  '{"n":12345678901234567890,"minus":-9007199254740993,"one":1,"none":null,"list":[9007199254740995],"ä":"\u{1f44b}"}';

let servers: RunningServers;
let project: Project;
let serving: Serving;
let direct: RawPeer;

beforeAll(async () => {
  servers = await startServers();
  project = await createProject({
    mcpServers: servers.entries,
    grants: { 'alice-interop.yaml': GRANT },
    files: WORKSPACE,
  });
  serving = await project.serve();
  direct = rawPeer(servers.direct('raw', project.folder));
  await direct.ask(initialize, '0');
});

afterAll(async () => {
  await direct?.close();
  await serving?.stop();
  await servers?.stop();
  await project?.remove();
});

const initialize =
  '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}';

const CASES = [
  ['2025', 'stdio'],
  ['2025', '/mcp'],
  ['2025', '/mcp/raw'],
  ['2026', 'stdio'],
  ['2026', '/mcp'],
  ['2026', '/mcp/raw'],
] as const;

describe.each(CASES)('a raw client of %s over %s', (era, face) => {
  let peer: RawPeer;
  const seen = (tool: string) => (face === '/mcp/raw' ? tool : sharedName('raw', tool));

  beforeAll(async () => {
    const { token } = await project.openSession('alice');
    const headers: Record<string, string> =
      era === '2026' ? { 'mcp-protocol-version': '2026-07-28' } : {};
    peer =
      face === 'stdio'
        ? rawPeer({
            kind: 'stdio',
            command: process.execPath,
            args: [CLI, 'stdio', '--config', project.configPath],
            env: { TOOLGRANT_TOKEN: token },
          })
        : rawPeer(
            { kind: 'http', url: serving.url + (face === '/mcp/raw' ? '/raw' : ''), token },
            headers,
          );
    if (era === '2025') await peer.ask(initialize, '0');
  });
  afterAll(() => peer?.close());

  const request = (id: string, method: string, members: string, meta = ''): string => {
    const parts =
      era === '2026' ? `${META_2026}${meta === '' ? '' : `,${meta}`}}` : `"_meta":{${meta}}`;
    const all = [members, parts].filter((part) => part !== '').join(',');
    return `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{${all}}}`;
  };
  const call = (id: string, tool: string, args = '{}', meta = '') =>
    peer.ask(request(id, 'tools/call', `"name":"${seen(tool)}","arguments":${args}`, meta), id);
  const callDirect = async (tool: string, args = '{}') => {
    const asked = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${tool}","arguments":${args}}}`;
    return parsed((await direct.ask(asked, '1')).at(-1));
  };
  /** A reply without its id, each number as it was written. */
  const parsed = (text = '{}'): Record<string, unknown> => {
    const { id: _id, ...others } = parseExact(text) as Record<string, unknown>;
    return others;
  };

  it('sees definitions to the digit', async () => {
    const listed = parsed((await peer.ask(request('1', 'tools/list', ''), '1')).at(-1));
    const without = parsed(
      (await direct.ask('{"jsonrpc":"2.0","id":1,"method":"tools/list"}', '1')).at(-1),
    );
    const toolsOf = (reply: Record<string, unknown>) =>
      (reply.result as { tools: { name: string }[] }).tools;
    const offered = new Map(toolsOf(without).map((tool) => [tool.name, tool]));
    const ours = toolsOf(listed).filter(({ name }) =>
      GRANTED.raw.some((tool) => seen(tool) === name),
    );
    expect(ours).toEqual(GRANTED.raw.map((tool) => ({ ...offered.get(tool), name: seen(tool) })));
    expect(JSON.stringify(ours)).toContain('12345678901234567890');
  });

  it.each(['odd_result', 'odd_error', 'positive_error', 'plain'])(
    'gets the answer of %s to the digit',
    async (tool) => {
      const answer = parsed((await call('2', tool)).at(-1));
      const without = await callDirect(tool);
      expect(era === '2025' ? answer : withoutEraForm(answer)).toEqual(without);
    },
  );

  it('sends arguments that arrive to the letter', async () => {
    const answer = parsed((await call('3', 'as_received', ARGUMENTS)).at(-1));
    expect(withoutEraForm(answer)).toMatchObject({
      result: { content: [{ type: 'text', text: ARGUMENTS }] },
    });
  });

  it.each(['"an id"', '"1"', '9007199254740991', '-5', '""'])(
    'gets its own id %s back',
    async (id) => {
      const reply = parseExact((await call(id, 'plain')).at(-1) ?? '{}') as { id: unknown };
      expect(reply.id).toEqual(parseExact(id));
    },
  );

  it.each(['"a token"', '7', '"7"', '0'])(
    'hears progress to the digit, under its own token %s',
    async (token) => {
      const messages = await call('4', 'steps', '{}', `"progressToken":${token}`);
      const heard = messages.slice(0, -1).map((text) => parseExact(text));
      expect(heard).toEqual(
        [1, 2, 3].map((step) => ({
          jsonrpc: '2.0',
          method: 'notifications/progress',
          params: {
            progressToken: parseExact(token),
            progress: { number: String(step) },
            total: { number: '9007199254740993' },
            mood: { calm: null },
          },
        })),
      );
    },
  );
});
