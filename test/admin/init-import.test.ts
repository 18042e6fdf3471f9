import { describe, expect, it } from 'vitest';
import { candidates } from '../../src/admin/init-import.ts';
import { serverKeyFor, subjectFor } from '../../src/admin/init-names.ts';
import { entryText, planImport } from '../../src/admin/init-plan.ts';
import type {
  ClientServer,
  InitClient,
  InitConfig,
  InitPorts,
  ServerWords,
} from '../../src/admin/init-ports.ts';
import type { ClientId } from '../../src/domain/client-ids.ts';

/** A reference, as clients and we write it. */
const reference = (name: string): string => `\${${name}}`;
const fs = (folder: string): ServerWords => ({ command: 'npx', args: ['fs', folder], env: {} });
const server = (
  name: string,
  entry: ServerWords,
  more: Partial<ClientServer> = {},
): ClientServer => ({
  name,
  entry,
  isOurs: false,
  isDisabled: false,
  ...more,
});
const client = (id: ClientId, ...servers: readonly ClientServer[]): InitClient => ({
  id,
  title: id,
  path: `/h/${id}.json`,
  servers,
  problems: [],
  needsRestart: 'restart',
});
const configOf = (servers: InitConfig['servers'] = {}): InitConfig => ({
  path: '/h/mcp.config.json',
  text: undefined,
  servers,
});
const found = (
  clients: readonly InitClient[],
  config = configOf(),
  isSame: boolean | undefined = true,
) => candidates({ home: '/h', isSameServer: () => isSame }, clients, config);
const planned = (clients: readonly InitClient[], problem?: string) =>
  planImport(
    { entryProblem: () => problem } as Partial<InitPorts> as InitPorts,
    configOf(),
    found(clients),
  );

describe('names', () => {
  it.each([
    ['file system', 'file-system'],
    ['@acme/git__hub_', 'acme-git_hub'],
    ['日本', 'server'],
    ['a'.repeat(40), 'a'.repeat(24)],
    [`${'x'.repeat(22)}_-_y`, 'x'.repeat(22)],
  ])('makes %j a name a tool server can have: %j', (given, expected) => {
    expect(serverKeyFor(given, new Set())).toBe(expected);
  });

  it('numbers a name that is taken, in whatever case', () => {
    expect(serverKeyFor('GitHub', new Set(['github', 'github-2']))).toBe('GitHub-3');
  });

  it.each([
    ['alice', 'alice'],
    ['Alice B*', 'Alice-B-'],
    ['', 'me'],
    ['\u200b', 'me'],
  ])('makes %j a subject: %j', (given, expected) => {
    expect(subjectFor(given)).toBe(expected);
  });
});

describe('candidates', () => {
  it('takes what two clients say alike once', () => {
    const all = found([
      client('cursor', server('files', fs('/w'))),
      client('vscode', server('fs', fs('/w'))),
    ]);
    expect(all.map(({ name, from }) => ({ name, from }))).toEqual([
      {
        name: 'files',
        from: [
          { client: 'cursor', name: 'files' },
          { client: 'vscode', name: 'fs' },
        ],
      },
    ]);
  });

  it('numbers two servers of one name', () => {
    const all = found([
      client('cursor', server('files', fs('/w'))),
      client('vscode', server('files', fs('/x'))),
    ]);
    expect(all.map(({ name }) => name)).toEqual(['files', 'files-2']);
  });

  it('knows what the configuration has, its secrets elsewhere', () => {
    const entry = { ...fs('/w'), env: { TOKEN: 't-1', ID: reference('input:id') } };
    const config = configOf({
      mine: {
        command: 'npx',
        args: ['fs', '/w'],
        env: { TOKEN: reference('file:/s/x'), ID: reference('keychain:id') },
        disabled: true,
      },
    });
    const [one] = found([client('cursor', server('files', entry))], config);
    expect(one).toMatchObject({ name: 'mine', isKnown: true });
  });

  it.each([
    ['knows', undefined, { name: 'mine', isKnown: true }],
    ['does not know', false, { name: 'files', isKnown: false }],
  ])('%s a server whose credentials compare as %s', (_, isSame, expected) => {
    const config = configOf({
      mine: { command: 'npx', args: ['fs', '/w'], env: { TOKEN: reference('file:/s/x') } },
    });
    const entry = { ...fs('/w'), env: { TOKEN: 't-2' } };
    const [one] = found([client('cursor', server('files', entry))], config, isSame);
    expect(one).toMatchObject(expected);
  });

  it('does not take a server for another of its name', () => {
    const config = configOf({ files: { command: 'npx', args: ['fs', '/other'] } });
    const [one] = found([client('cursor', server('files', fs('/w')))], config);
    expect(one).toMatchObject({ name: 'files-2', isKnown: false, resembles: 'files' });
  });

  it('reads what no JSON text should hold', () => {
    const odd = { ...fs('\ud800'), env: JSON.parse('{"__proto__":"x"}') as Record<string, string> };
    const [one] = found([client('cursor', server('__proto__', odd))]);
    expect(one).toMatchObject({ name: 'proto', entry: { args: ['fs', '\ud800'] } });
    expect(one && 'env' in one.entry && Object.keys(one.entry.env)).toEqual(['__proto__']);
  });

  it('leaves our own entry alone', () => {
    expect(found([client('cursor', server('tg', fs('/w'), { isOurs: true }))])).toEqual([]);
  });

  it('starts relative paths where the client did, not among the grants', () => {
    const relative: ServerWords = { command: './run', args: ['./x', '..', 'y'], env: {} };
    const [one] = found([client('cursor', server('s', relative))]);
    expect(one?.entry).toEqual({ command: '/h/run', args: ['/h/x', '/', 'y'], env: {}, cwd: '/h' });
  });

  it('fills in the home folder, which is the same everywhere', () => {
    const entry = fs(`${reference('userHome')}/w`);
    const [one] = found([client('vscode', server('s', entry, { problem: 'asks' }))]);
    expect(one).toMatchObject({ entry: { args: ['fs', '/h/w'] } });
    expect(one?.problem).toBeUndefined();
  });

  it('drops headers that are the broker’s own', () => {
    const entry: ServerWords = {
      type: 'http',
      url: 'https://h/mcp',
      headers: { Accept: 'application/json', 'X-Team': 'a' },
    };
    const [one] = found([client('cursor', server('s', entry))]);
    expect(one?.entry).toEqual({ ...entry, headers: { 'X-Team': 'a' } });
  });
});

describe('plan', () => {
  it('names each secret after server and place, and writes references in their order', () => {
    const entry = { ...fs('/w'), env: { TOKEN: 't-1', token: 't-2' } };
    const [one] = planned([client('cursor', server('files', entry))]);
    if (one === undefined) throw new Error('nothing planned');
    expect(one.secrets.map(({ name }) => name)).toEqual(['files-TOKEN', 'files-token-2']);
    expect(entryText(one, ['<1>', '<2>'])).toEqual({
      command: 'npx',
      args: ['fs', '/w'],
      env: { TOKEN: '<1>', token: '<2>' },
      cwd: '/h',
    });
  });

  it('writes one that would keep the broker from starting switched off', () => {
    const [one] = planned([client('cursor', server('files', fs('/w')))], 'X is not set');
    expect(one?.problem).toBe('X is not set');
    expect(one && entryText(one, [])).toMatchObject({ disabled: true });
  });

  it('has no problem once the person gave what the client would have asked for', () => {
    const entry = { ...fs('/w'), env: { T: reference('input:tok') } };
    const all = found([client('vscode', server('files', entry, { problem: 'asks' }))]);
    const ports = { entryProblem: () => undefined } as Partial<InitPorts> as InitPorts;
    const inputs = new Map([['files', new Map([['tok', 't-1']])]]);
    const [without] = planImport(ports, configOf(), all);
    const [given] = planImport(ports, configOf(), all, inputs);
    expect(without?.problem).toBe('asks');
    expect(given?.problem).toBeUndefined();
    expect(given && entryText(given, ['<1>'])).toMatchObject({ env: { T: '<1>' } });
  });
});
