import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/config/limits.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { DEFAULT_MONITOR } from '../../src/monitor/ladder.ts';
import { ENV, failure, LINUX, load, server } from './loading.ts';
import { ref, tempFolder, thrownBy, writeConfig } from './temp-config.ts';

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
      audit: {
        durability: 'power',
        arguments: 'redacted',
        argumentsRules: new Map(),
        anchors: [],
        retention: {},
        ship: [],
      },
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
      monitor: DEFAULT_MONITOR,
      secrets: [],
      keychainReferences: [],
      tools: new Map([['files', expect.anything()]]),
      warnings: [],
    });
  });

  it('reads every setting it knows: nothing of it is lost', () => {
    const loaded = load({
      $schema: './schema/config.schema.json',
      listen: '[::1]:0',
      publicUrl: 'https://broker.example.com/',
      trust: 'ask',
      audit: { durability: 'process', arguments: 'digest', retainDays: 30, maxSize: '2GB' },
      limits: SMALL_LIMITS,
      monitor: {
        observe: 3,
        rememberMs: 1_000,
        windowMs: 2_000,
        signals: { probing: 'refuse', burst: { threshold: 9 }, flow: { step: 'alert' } },
      },
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
      audit: {
        durability: 'process',
        arguments: 'digest',
        argumentsRules: new Map(),
        anchors: [],
        retention: { maxAgeMs: 2_592_000_000, maxBytes: 2_147_483_648 },
        ship: [],
      },
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
      monitor: {
        observe: 3,
        rememberMs: 1_000,
        windowMs: 2_000,
        ladder: {
          ...DEFAULT_MONITOR.ladder,
          probing: { step: 'refuse', threshold: 8 },
          burst: { step: 'throttle', threshold: 9 },
          flow: { step: 'alert', threshold: 2 },
        },
      },
      secrets: [],
      keychainReferences: [],
      tools: new Map([['web', expect.anything()]]),
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
