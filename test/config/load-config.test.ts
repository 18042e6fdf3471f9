import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/config/limits.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { ref, tempFolder, thrownBy, writeConfig } from './temp-config.ts';

const ENV = {
  PATH: '/usr/bin',
  HOME: '/home/alice',
  USER: 'alice',
  BROKER_SECRET: 'hunter2-hunter2',
};

const LINUX = { platform: 'linux' };

const SMALL_LIMITS = {
  maxMessageBytes: 65_536,
  maxMembers: 500,
  maxConnections: 4,
  maxConnectionsPerAddress: 3,
  maxInFlight: 6,
  maxInFlightPerSession: 5,
  maxQueuedBytes: 131_072,
  drainMs: 7,
  maxProcesses: 9,
  maxProcessesPerSubject: 8,
};

const load = (content: unknown, env: Record<string, string | undefined> = ENV) =>
  loadConfig(writeConfig(content), env, LINUX);
const failure = (content: unknown, env: Record<string, string | undefined> = ENV) =>
  thrownBy(() => load(content, env));
const server = (entry: unknown) => ({ mcpServers: { github: entry } });

describe('loadConfig', () => {
  it('fills in defaults, all paths absolute beside the file: it is complete', () => {
    const path = writeConfig({
      mcpServers: { files: { command: 'npx', args: ['x', './workspace'] } },
    });
    const dir = dirname(path);
    expect(loadConfig(path, ENV, LINUX)).toEqual({
      configPath: path,
      configDir: dir,
      grantsDir: join(dir, 'grants'),
      stateDir: join(dir, '.toolgrant'),
      lockPath: join(dir, 'mcp.lock.json'),
      listen: { host: '127.0.0.1', port: 7433 },
      asksFirst: [],
      audit: { durability: 'power', arguments: 'redacted' },
      specs: [
        {
          name: 'files',
          kind: 'stdio',
          isolation: 'session',
          timeoutMs: 60_000,
          startTimeoutMs: 30_000,
          idleMs: 300_000,
          maxMessageBytes: 10_485_760,
          command: 'npx',
          args: ['x', join(dir, 'workspace')],
          cwd: dir,
          env: { PATH: '/usr/bin', HOME: '/home/alice', USER: 'alice' },
        },
      ],
      limits: DEFAULT_LIMITS,
      secrets: [],
      keychainReferences: [],
      warnings: [],
    });
  });

  it('reads every setting it knows: nothing of it is lost', () => {
    const loaded = load({
      $schema: './schema/config.schema.json',
      listen: '[::1]:0',
      publicUrl: 'https://broker.example.com/',
      trust: 'ask',
      audit: { durability: 'process', arguments: 'digest' },
      limits: SMALL_LIMITS,
      grants: '../rights',
      state: '/var/lib/toolgrant',
      mcpServers: {
        web: {
          type: 'http',
          url: 'https://example.com/mcp',
          headers: { 'X-Team': 'a' },
          toolgrant: {
            isolation: 'shared',
            timeoutMs: 1,
            startTimeoutMs: 2,
            idleMs: 3,
            maxMessageBytes: 4096,
            trust: 'first-use',
          },
        },
      },
    });
    expect({ ...loaded, configPath: '', configDir: '', lockPath: '' }).toEqual({
      configPath: '',
      configDir: '',
      lockPath: '',
      grantsDir: join(dirname(loaded.configDir), 'rights'),
      stateDir: '/var/lib/toolgrant',
      listen: { host: '::1', port: 0 },
      publicUrl: 'https://broker.example.com/',
      asksFirst: [],
      audit: { durability: 'process', arguments: 'digest' },
      specs: [
        {
          name: 'web',
          kind: 'http',
          isolation: 'shared',
          timeoutMs: 1,
          startTimeoutMs: 2,
          idleMs: 3,
          maxMessageBytes: 4096,
          url: 'https://example.com/mcp',
          headers: { 'X-Team': 'a' },
        },
      ],
      limits: SMALL_LIMITS,
      secrets: [],
      keychainReferences: [],
      warnings: [],
    });
  });

  it('lowers a default share to a whole that was set lower: one number is enough', () => {
    const { limits } = load({ limits: { maxProcesses: 8, maxInFlight: 10 }, mcpServers: {} });
    expect(limits).toEqual({
      ...DEFAULT_LIMITS,
      maxProcesses: 8,
      maxProcessesPerSubject: 8,
      maxInFlight: 10,
      maxInFlightPerSession: 10,
    });
  });

  it('leaves disabled servers out, their references unresolved: it loads', () => {
    const loaded = load({
      mcpServers: {
        a: { command: 'a', env: { K: ref('NOT_SET') }, disabled: true },
        b: { command: 'b', enabled: false },
        c: { command: 'c' },
      },
    });
    expect(loaded.specs.map((spec) => spec.name)).toEqual(['c']);
  });

  it('warns about foreign keys of an entry: it goes on', () => {
    const loaded = load(server({ command: 'a', autoApprove: [], trust: true }));
    expect(loaded.warnings).toEqual([
      'mcpServers.github.autoApprove is not read',
      'mcpServers.github.trust is not read',
    ]);
  });

  it('starts cwd and a command with a slash at the folder of the configuration: it resolves them', () => {
    const { specs, configDir } = load(
      server({ command: 'bin/run', cwd: 'work', args: ['..', 'plain'] }),
    );
    expect(specs[0]).toMatchObject({
      command: join(configDir, 'bin/run'),
      cwd: join(configDir, 'work'),
      args: [dirname(configDir), 'plain'],
    });
  });

  it('starts a variable that is a relative path there too, for servers start it where they please: it is absolute', () => {
    const { specs, configDir } = load(
      server({ command: 'a', env: { FILE: './data/memory.jsonl', POINT: '.', WORD: 'data' } }),
    );
    expect(specs[0]).toMatchObject({
      env: { FILE: join(configDir, 'data/memory.jsonl'), POINT: '.', WORD: 'data' },
    });
  });

  it('gives a tool server nothing of the environment it does not name (S25): it is clean', () => {
    const env = { ...ENV, TERM: '() { :; }', NODE_OPTIONS: '--require evil' };
    const spec = load(server({ command: 'a', env: { OWN: 'b' } }), env).specs[0];
    expect(spec).toMatchObject({
      env: { PATH: '/usr/bin', HOME: '/home/alice', USER: 'alice', OWN: 'b' },
    });
    expect(Object.keys(spec?.kind === 'stdio' ? spec.env : {})).toHaveLength(4);
  });
});

describe('loadConfig, unreadable files', () => {
  it('names a file that is missing: it is ERR_CONFIG', () => {
    const path = join(tempFolder(), 'none.json');
    expect(thrownBy(() => loadConfig(path, ENV))).toMatchObject({
      code: 'ERR_CONFIG',
      message: `there is no configuration at ${path}`,
    });
  });

  it.each([
    ['empty', '', ':1:1: is empty'],
    ['with a byte order mark', '\ufeff{}', ':1:1: starts with a byte order mark'],
    ['unparsable', '{\n"mcpServers": {}\n', ':3:1: the text ends where a comma or } should be'],
  ])('names line and column of a file that is %s: it is ERR_CONFIG', (_, text, problem) => {
    const error = failure(text);
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toMatch(new RegExp(`mcp\\.config\\.json${problem.replace('}', '\\}')}$`));
  });

  it('refuses what is not UTF-8: it is ERR_CONFIG', () => {
    const path = writeConfig('{}');
    writeFileSync(path, Buffer.from([0x7b, 0xff, 0x7d]));
    expect(thrownBy(() => loadConfig(path, ENV)).message).toBe(`${path} is not UTF-8 text`);
  });

  it('refuses a folder: it is ERR_CONFIG', () => {
    const path = join(tempFolder(), 'folder');
    mkdirSync(path);
    expect(thrownBy(() => loadConfig(path, ENV)).message).toBe(`${path} is not a file`);
  });
});

describe('loadConfig, keys', () => {
  it.each([
    [{ lisen: 'x', mcpServers: {} }, 'unknown key lisen', 'listen'],
    [{ mcpservers: {} }, 'unknown key mcpservers', 'mcpServers'],
    [{ mcpServers: {}, audit: { durabilty: 'power' } }, 'audit.durabilty', 'audit.durability'],
    [
      server({ command: 'a', toolgrant: { timeout: 1 } }),
      'mcpServers.github.toolgrant.timeout',
      'mcpServers.github.toolgrant.timeoutMs',
    ],
    [server({ command: 'a', arg: [] }), 'mcpServers.github.arg', 'mcpServers.github.args'],
    [
      server({ command: 'a', disable: true }),
      'mcpServers.github.disable',
      'mcpServers.github.disabled',
    ],
    [
      server({ command: 'a', toolGrand: {} }),
      'mcpServers.github.toolGrand',
      'mcpServers.github.toolgrant',
    ],
    [
      server({ command: 'a', timeoutMs: 5 }),
      'mcpServers.github.timeoutMs',
      'mcpServers.github.toolgrant.timeoutMs',
    ],
  ])('refuses in %j what it does not know, naming the nearest', (content, message, nearest) => {
    const error = failure(content);
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toContain(message);
    expect(error.hint?.endsWith(` ${nearest}`)).toBe(true);
  });

  it.each([
    [{}, 'mcpServers: '],
    [[], 'the whole: '],
    [server({ command: 5 }), 'mcpServers.github.command: '],
    [server({ command: 'a', env: { K: 1 } }), 'mcpServers.github.env.K: '],
    [
      server({ command: 'a', toolgrant: { timeoutMs: 0 } }),
      'mcpServers.github.toolgrant.timeoutMs: ',
    ],
    [
      server({ command: 'a', toolgrant: { isolation: 'none' } }),
      'mcpServers.github.toolgrant.isolation: ',
    ],
    [server({ type: 'sse', url: 'https://x/' }), 'mcpServers.github.type: '],
    [server({}), 'mcpServers.github: has neither command nor url'],
    [server({ command: 'a', url: 'https://x/' }), 'mcpServers.github: has both command and url'],
    [server({ type: 'http', command: 'a' }), 'mcpServers.github.type: disagrees with command'],
    [server({ url: 'https://x/', env: {} }), 'mcpServers.github.env: means nothing for a url'],
    [server({ url: 'ftp://x/' }), 'mcpServers.github.url: neither http nor https'],
    [server({ url: 'https://u:pw@x/' }), 'mcpServers.github.url: holds a user name or password'],
    [
      server({ url: 'https://x/', headers: { Host: 'y' } }),
      "mcpServers.github.headers.Host: this header is the broker's own",
    ],
    [
      server({ url: 'https://x/', headers: { 'Mcp-Session-Id': 'y' } }),
      "this header is the broker's own",
    ],
    [
      server({ url: 'https://x/', headers: { A: '1', a: '2' } }),
      'mcpServers.github.headers.a: the header is there twice',
    ],
    [
      server({ url: 'https://x/', headers: { A: 'b\r\nC: d' } }),
      'holds a character no header may hold',
    ],
    [server({ command: 'a\0b' }), 'mcpServers.github.command: holds a NUL character'],
    [
      { mcpServers: { 'a b': { command: 'a' } } },
      'mcpServers["a b"]: not a name a tool server can have',
    ],
    [
      { mcpServers: { a__b: { command: 'a' } } },
      'mcpServers.a__b: not a name a tool server can have',
    ],
    [
      { mcpServers: { Files: { command: 'a' }, files: { command: 'b' } } },
      'the names Files and files collide',
    ],
    [{ listen: '7433', mcpServers: {} }, 'listen: not host:port'],
    [{ listen: '127.0.0.1:70000', mcpServers: {} }, 'listen: not host:port'],
    [{ publicUrl: 'nowhere', mcpServers: {} }, 'publicUrl: not a URL'],
  ])('refuses %j: it names the key', (content, message) => {
    const error = failure(content);
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toContain(message);
  });

  it('refuses two servers of one name, which JSON.parse would merge: it names line and column', () => {
    const text = '{"mcpServers":{\n"a":{"command":"x"},\n"a":{"command":"y"}}}';
    expect(failure(text).message).toMatch(/:3:1: the key "a" is there twice$/);
  });
});

describe('loadConfig, trust', () => {
  it('names the servers that wait for approval: their own word, or else everybody’s', () => {
    const one = (trust?: string) => ({
      command: 'a',
      ...(trust === undefined ? {} : { toolgrant: { trust } }),
    });
    const mcpServers = { ask: one('ask'), use: one('first-use'), plain: one() };
    expect(load({ mcpServers }).asksFirst).toEqual(['ask']);
    expect(load({ trust: 'ask', mcpServers }).asksFirst).toEqual(['ask', 'plain']);
  });
});

describe('loadConfig, what this version does not enforce', () => {
  it.each([
    [{ issuers: [], mcpServers: {} }, 'issuers'],
    [{ audit: { retainDays: 30 }, mcpServers: {} }, 'audit.retainDays: 30'],
    [
      server({ command: 'a', toolgrant: { labels: { '*': ['egress'] } } }),
      'mcpServers.github.toolgrant.labels',
    ],
  ])('says of %j that it is not enforced: it is ERR_NOT_ENFORCED', (content, what) => {
    expect(failure(content)).toMatchObject({
      code: 'ERR_NOT_ENFORCED',
      message: `${what} is valid but not enforced by this version`,
    });
  });
});

describe('loadConfig, references', () => {
  const header = (text: string) =>
    server({ url: 'https://example.com/mcp', headers: { Authorization: text } });

  it('resolves each kind wherever an entry has text: it puts the value there', () => {
    const env = { ...ENV, TOKEN: 'tok-123456', DIR: 'work', CMD: 'run' };
    const path = writeConfig({
      mcpServers: {
        a: {
          command: ref('CMD'),
          args: [`--token=${ref('env:TOKEN')}`, `${ref('NOPE:-fall:-back')}!`],
          env: { K: ref('file:secret.txt') },
          cwd: ref('DIR'),
        },
        b: {
          url: `https://example.com/${ref('DIR')}`,
          headers: { Authorization: `Bearer ${ref('TOKEN')}` },
        },
      },
    });
    writeFileSync(join(dirname(path), 'secret.txt'), 'from-file-1\n');
    const { specs, configDir, secrets } = loadConfig(path, env, LINUX);
    expect(specs[0]).toMatchObject({
      command: 'run',
      args: ['--token=tok-123456', 'fall:-back!'],
      env: { K: 'from-file-1' },
      cwd: join(configDir, 'work'),
    });
    expect(specs[1]).toMatchObject({
      url: 'https://example.com/work',
      headers: { Authorization: 'Bearer tok-123456' },
    });
    expect(secrets).toEqual(['Bearer tok-123456', 'from-file-1', 'tok-123456']);
  });

  it.each([
    ['unset', ref('TOKEN'), {}, 'mcpServers.github.headers.Authorization: TOKEN is not set'],
    [
      'empty',
      ref('TOKEN'),
      { TOKEN: '' },
      'mcpServers.github.headers.Authorization: TOKEN is not set',
    ],
    ['inherited from Object', ref('constructor'), {}, 'Authorization: constructor is not set'],
    [
      'of a missing file',
      ref('file:/none/at/all'),
      {},
      'Authorization: file:/none/at/all cannot be read: ENOENT',
    ],
    [
      'of an unknown kind',
      ref('input:tok'),
      {},
      'Authorization: a reference that is not known: "input:tok"',
    ],
    ['not closed', '${TOKEN', {}, 'Authorization: a reference is not closed with }'],
  ])('refuses a reference that is %s: it names key and reference', (_, text, env, message) => {
    const error = failure(header(`Bearer ${text}`), env);
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toContain(message);
  });

  it('takes the default of a variable that is empty: it is used', () => {
    const { specs } = load(header(`Bearer ${ref('TOKEN:-abc')}`), { TOKEN: '' });
    expect(specs[0]).toMatchObject({ headers: { Authorization: 'Bearer abc' } });
  });

  it('never shows a resolved value in an error (P7): it is absent', () => {
    const env = { CANARY: 'canary\n-canary' };
    const errors = [
      failure(header(ref('CANARY')), env),
      failure(server({ url: ref('CANARY') }), env),
      failure(server({ command: 'a', env: { [`X=${'y'}`]: ref('CANARY') } }), env),
    ];
    expect(errors.map((error) => error.code)).toEqual(['ERR_CONFIG', 'ERR_CONFIG', 'ERR_CONFIG']);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('counts what every tool server inherits as no secret: it is not scrubbed from answers', () => {
    expect(load(server({ command: 'a', args: [ref('HOME')] })).secrets).toEqual([]);
  });

  it('counts credentials written out in the file as secrets: it remembers them', () => {
    const { secrets } = load({
      mcpServers: {
        a: {
          command: 'a',
          env: {
            API_KEY: 'literal-key',
            DSN: 'postgres://u:db-pass@h/',
            GIT_AUTHOR: 'Alice Smith',
            MAX_TOKENS: '100000',
          },
        },
        b: { url: 'https://x/', headers: { Authorization: 'Bearer literal-token' } },
      },
    });
    expect(secrets).toEqual(['Bearer literal-token', 'literal-token', 'literal-key', 'db-pass']);
  });

  it('warns when headers would travel in the clear: it names the key', () => {
    const entry = { headers: { A: 'b' } };
    expect(load(server({ url: 'http://example.com/', ...entry })).warnings).toHaveLength(1);
    expect(load(server({ url: 'http://127.0.0.1:9/', ...entry })).warnings).toEqual([]);
  });

  it.each([{ NODE_USE_ENV_PROXY: '1' }, { NODE_OPTIONS: '--use-env-proxy' }])(
    'warns when Node was told to hand headers to a proxy: %j',
    (env) => {
      const entry = { headers: { A: 'b' } };
      const warnings = (url: string) =>
        load(server({ url, ...entry }), { ...ENV, ...env }).warnings;
      expect(warnings('http://127.0.0.1:9/')).toEqual([expect.stringContaining('proxy')]);
      expect(warnings('https://example.com/')).toEqual([]);
    },
  );
});
