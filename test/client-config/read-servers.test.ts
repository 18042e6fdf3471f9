import { describe, expect, it } from 'vitest';
import { clientById } from '../../src/client-config/clients.ts';
import type { FoundClient } from '../../src/client-config/find-clients.ts';
import { serversIn } from '../../src/client-config/read-servers.ts';

/** A client's file with this text, read. */
function read(id: string, text: string) {
  const client = clientById(id);
  if (client === undefined) throw new Error(`no client ${id}`);
  const found: FoundClient = {
    client,
    path: '/f',
    exists: true,
    isInstalled: true,
    isReadable: true,
    isWritable: true,
  };
  const { servers, problems } = serversIn(found, text);
  return {
    problems,
    servers: servers.map(({ name, entry, problem }) => ({
      name,
      entry: JSON.parse(JSON.stringify(entry)),
      ...(problem === undefined ? {} : { problem }),
    })),
    ours: servers.filter(({ isOurs }) => isOurs).map(({ name }) => name),
    off: servers.filter(({ isDisabled }) => isDisabled).map(({ name }) => name),
  };
}

const stdio = (command: string, args: string[] = [], env = {}) => ({ command, args, env });
const http = (url: string, headers = {}) => ({ type: 'http', url, headers });

describe('reading the servers of a client', () => {
  it('reads JSON with a mark, comments, trailing commas and CRLF', () => {
    const text = [
      '\ufeff// mine',
      '{ "mcpServers": {',
      ' "a": { "command": "npx", "args": ["-y", "x@1"], "env": { "P": 1 }, },',
      ' /* b */ "b": { "url": "https://b.example/mcp", "headers": { "X": "y" } },',
      '} }',
    ].join('\r\n');
    expect(read('claude-desktop', text)).toMatchObject({
      problems: [],
      servers: [
        { name: 'a', entry: stdio('npx', ['-y', 'x@1'], { P: '1' }) },
        { name: 'b', entry: http('https://b.example/mcp', { X: 'y' }) },
      ],
    });
  });

  it('names and leaves out each entry it cannot use, and keeps the others', () => {
    const text = JSON.stringify({
      mcpServers: {
        good: { command: 'a' },
        old: { type: 'sse', url: 'https://old.example/x' },
        older: { url: 'https://old.example/sse' },
        odd: { type: 'carrier-pigeon', url: 'https://x.example' },
        empty: {},
        text: 'npx x',
        nothing: null,
        nested: { command: 'x', args: [{ a: 'sk-secret' }] },
      },
    });
    const { servers, problems } = read('cursor', text);
    expect(servers.map(({ name }) => name)).toEqual(['good']);
    expect(problems).toEqual([
      '/f: old speaks the old SSE transport, which this broker does not',
      '/f: older looks like the old SSE transport: give it a `type` if it is not',
      '/f: odd has a `type` this version does not know',
      '/f: empty has neither a command nor an url',
      '/f: text has neither a command nor an url',
      '/f: nothing has neither a command nor an url',
      '/f: nested has `args` that are not texts',
    ]);
  });

  it.each(['http', 'streamable-http', 'streamableHttp', 'streamable_http', 'HTTP', 'remote'])(
    'takes the type %s for HTTP',
    (type) => {
      const text = JSON.stringify({ mcpServers: { a: { type, url: 'https://a.example/sse' } } });
      expect(read('cline', text).servers[0]?.entry).toEqual(http('https://a.example/sse'));
    },
  );

  it('reads the `servers` of VS Code and names what only it can fill in', () => {
    const text = `{ "inputs": [{ "id": "t", "type": "promptString", "password": true }],
      "servers": {
        "gh": { "type": "http", "url": "https://gh.example/mcp", "headers": { "Authorization": "Bearer \${input:t}" } },
        "ws": { "type": "stdio", "command": "x", "args": ["\${workspaceFolder}"], "env": { "A": "\${env:A}" } } } }`;
    expect(read('vscode', text).servers).toEqual([
      {
        name: 'gh',
        entry: http('https://gh.example/mcp', { Authorization: 'Bearer $' + '{input:t}' }),
        problem: 'uses $' + '{input}, which only the client can fill in',
      },
      {
        name: 'ws',
        entry: stdio('x', ['$' + '{workspaceFolder}'], { A: '$' + '{env:A}' }),
        problem: 'uses $' + '{workspaceFolder}, which only the client can fill in',
      },
    ]);
  });

  it('reads `serverUrl` of Windsurf', () => {
    const text = '{"mcpServers":{"a":{"serverUrl":"https://a.example/mcp"}}}';
    expect(read('windsurf', text).servers[0]?.entry).toEqual(http('https://a.example/mcp'));
  });

  it('reads `httpUrl` of Gemini CLI, and leaves out its `url`, which is SSE', () => {
    const text = JSON.stringify({
      mcpServers: {
        a: { httpUrl: 'https://a.example', headers: { K: '$KEY' } },
        b: { url: 'https://b.example' },
      },
    });
    const { servers, problems } = read('gemini-cli', text);
    expect(servers).toEqual([
      { name: 'a', entry: http('https://a.example', { K: '$' + '{KEY}' }) },
    ]);
    expect(problems).toEqual(['/f: b speaks the old SSE transport, which this broker does not']);
  });

  it('reads both ways Zed writes a command', () => {
    const text = `{ // Zed settings
      "context_servers": {
        "old": { "command": { "path": "uvx", "args": ["x"], "env": { "A": "b" } }, "settings": {} },
        "new": { "source": "custom", "command": "uvx", "args": ["y"] } } }`;
    expect(read('zed', text).servers).toEqual([
      { name: 'old', entry: stdio('uvx', ['x'], { A: 'b' }) },
      { name: 'new', entry: stdio('uvx', ['y']) },
    ]);
  });

  it('reads the tables of Codex with what they take from the environment', () => {
    const text = `model = "gpt-5"
[mcp_servers.local]
command = "npx"
args = ["-y", "x"]
env_vars = ["HOST"]
enabled = false
[mcp_servers.local.env]
A = "b"
[mcp_servers."far.away"]
url = "https://far.example/mcp"
bearer_token_env_var = "FAR"
http_headers = { X = "1" }
env_http_headers = { Y = "WHY" }
`;
    expect(read('codex', text)).toMatchObject({
      off: ['local'],
      servers: [
        { name: 'local', entry: stdio('npx', ['-y', 'x'], { A: 'b', HOST: '$' + '{env:HOST}' }) },
        {
          name: 'far.away',
          entry: http('https://far.example/mcp', {
            X: '1',
            Y: '$' + '{env:WHY}',
            Authorization: 'Bearer $' + '{env:FAR}',
          }),
        },
      ],
    });
  });

  it('reads the extensions of Goose, without those that are part of it', () => {
    const text = `GOOSE_MODEL: x
extensions:
  developer: { type: builtin, enabled: true, name: developer }
  gh:
    type: stdio
    cmd: npx
    args: [-y, gh]
    envs: { A: b }
    env_keys: [TOKEN]
    enabled: true
  far:
    type: streamable_http
    uri: https://far.example/mcp
    enabled: false
`;
    expect(read('goose', text)).toMatchObject({
      problems: ['/f: developer is part of the client itself'],
      off: ['far'],
      servers: [
        {
          name: 'gh',
          entry: stdio('npx', ['-y', 'gh'], { A: 'b', TOKEN: '$' + '{env:TOKEN}' }),
          problem: 'the client keeps TOKEN in its own keyring',
        },
        { name: 'far', entry: http('https://far.example/mcp') },
      ],
    });
  });

  it('reads the local and remote servers of OpenCode', () => {
    const text = JSON.stringify({
      mcp: {
        a: { type: 'local', command: ['bun', 'x', 'y'], environment: { A: '{env:A}' } },
        b: { type: 'remote', url: 'https://b.example', enabled: false },
      },
    });
    expect(read('opencode', text)).toMatchObject({
      off: ['b'],
      servers: [
        { name: 'a', entry: stdio('bun', ['x', 'y'], { A: '$' + '{env:A}' }) },
        { name: 'b', entry: http('https://b.example') },
      ],
    });
  });

  it('reads the key with a point of Amp, and the list of Continue', () => {
    expect(read('amp', '{"amp.mcpServers":{"a":{"command":"x"}}}').servers).toEqual([
      { name: 'a', entry: stdio('x') },
    ]);
    expect(read('continue', 'mcpServers:\n  - name: a\n    command: x\n').servers).toEqual([
      { name: 'a', entry: stdio('x') },
    ]);
  });

  it('knows its own entries by shape, whatever their name', () => {
    const text = JSON.stringify({
      mcpServers: {
        tg: { command: '/n/node', args: ['/t/bin/toolgrant.js', 'stdio', '--profile', 'p'] },
        npx: { command: 'npx', args: ['toolgrant@1.2.3', 'stdio', '--profile=p'] },
        helper: {
          type: 'http',
          url: 'http://127.0.0.1:7433/mcp',
          headersHelper: '"/n/node" "/t/bin/toolgrant.js" token --profile p --header',
        },
        env: {
          type: 'http',
          url: 'u',
          headers: { Authorization: 'Bearer $' + '{TOOLGRANT_TOKEN}' },
        },
        other: { command: 'node', args: ['x.js', 'stdio', '--profile', 'p'] },
        docs: { command: 'npx', args: ['mcp-docs', '/src/toolgrant'] },
      },
    });
    expect(read('claude-code', text).ours).toEqual(['tg', 'npx', 'helper', 'env']);
  });

  it('counts the last of equal keys, and no name finds a prototype', () => {
    const text =
      '{"mcpServers":{},"mcpServers":{"__proto__":{"command":"p"},"constructor":{"command":"c"}}}';
    expect(read('cursor', text).servers.map(({ name }) => name)).toEqual([
      '__proto__',
      'constructor',
    ]);
  });

  it.each([
    [
      'cursor',
      '{ "mcpServers": { "a": { "command": "sk-secret"\n  "b" }',
      '/f is not JSON: line 2',
    ],
    ['codex', 'a = 1\nsk-secret', '/f is not TOML: line 2'],
    ['goose', 'a: 1\nb: "sk-secret\n', '/f is not YAML: line 3'],
    ['goose', 'a: 1\n---\nb: 2\n', '/f holds more than one YAML document'],
    ['cursor', `${'['.repeat(100_000)}`, '/f is nested too deep'],
  ])('names the line of a broken file and nothing it holds (%s)', (id, text, problem) => {
    expect(read(id, text)).toMatchObject({ servers: [], problems: [problem] });
  });

  it.each(['', ' \r\n', '\ufeff', '// nothing\n', '[]', '"x"', '{"mcpServers":null}'])(
    'finds nothing in %j',
    (text) => {
      expect(read('cursor', text)).toMatchObject({ servers: [], problems: [] });
    },
  );
});
