import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '../src');

/** Files with their imports, by room; `.` is the root of `src/`. */
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const text = readFileSync(join(src, name), 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
      ([, to]) => to ?? '',
    );
    return { name, room: dirname(name), text, imports };
  });

const ROOMS = [
  'authenticate',
  'session',
  'authorize',
  'admit',
  'audit',
  'catalog',
  'dispatch',
  'inspect',
  'respond',
  'ask',
  'approve',
  'monitor',
];

/** What each folder may import: other folders, packages, and modules of Node. */
const TABLE: Record<
  string,
  { folders: readonly string[]; packages?: readonly string[]; node?: readonly string[] }
> = {
  domain: { folders: [], node: ['buffer'] },
  authenticate: { folders: ['domain'], packages: ['jose'], node: ['crypto'] },
  session: { folders: ['domain'] },
  authorize: { folders: ['domain'], packages: ['@marcbachmann/cel-js', 'yaml', 'zod'] },
  admit: { folders: ['domain'] },
  audit: { folders: ['domain'], node: ['crypto'] },
  catalog: { folders: ['domain'], packages: ['diff', 'zod'], node: ['crypto'] },
  dispatch: { folders: ['domain'] },
  inspect: { folders: ['domain'] },
  news: { folders: ['domain', 'dispatch'] },
  respond: { folders: ['domain'] },
  ask: { folders: ['domain'], node: ['crypto'] },
  approve: { folders: ['domain'], node: ['crypto'] },
  monitor: { folders: ['domain'], node: ['crypto'] },
  telemetry: { folders: ['domain'] },
  answer: {
    folders: ['domain', ...ROOMS, 'news', 'handle-request.ts', 'news-hub.ts'],
    node: ['crypto'],
  },
  admin: {
    folders: ['domain', ...ROOMS],
    node: ['path', 'fs', 'fs/promises', 'crypto', 'timers/promises'],
  },
  'admin/doctor': { folders: ['domain', 'admin', ...ROOMS], node: ['fs', 'path'] },
  sqlite: {
    folders: ['domain', ...ROOMS, 'telemetry'],
    packages: ['better-sqlite3'],
    node: ['crypto', 'fs', 'path', 'timers', 'timers/promises'],
  },
  'mcp-server': {
    folders: ['domain', 'respond'],
    packages: ['@modelcontextprotocol/server'],
    node: [
      'http',
      'net',
      'crypto',
      'stream',
      'string_decoder',
      'events',
      'buffer',
      'timers',
      'timers/promises',
    ],
  },
  'mcp-client': {
    folders: ['domain', 'dispatch', 'catalog'],
    node: ['child_process', 'stream', 'string_decoder', 'timers', 'buffer'],
  },
  config: {
    // Globs over tools are those of rules.
    folders: ['domain', 'dispatch', 'authorize', 'inspect', 'monitor'],
    packages: ['jsonc-parser', 'zod'],
    node: ['crypto', 'fs', 'path', 'os', 'process', 'url'],
  },
  keystore: {
    folders: ['domain', 'authenticate', 'session', 'audit'],
    packages: ['jose'],
    node: ['crypto', 'fs', 'fs/promises', 'path'],
  },
  keychain: {
    folders: ['domain'],
    packages: ['@napi-rs/keyring'],
    node: ['child_process', 'fs', 'path'],
  },
  anchors: { folders: ['domain', 'audit'], node: ['crypto', 'fs', 'fs/promises'] },
  ship: { folders: ['domain', 'audit'], node: ['crypto', 'fs', 'fs/promises'] },
  'admin-listener': { folders: ['domain'], node: ['http', 'net'] },
  log: { folders: ['domain'], packages: ['pino', 'pino-pretty'], node: ['stream', 'fs'] },
  'control-socket': {
    folders: ['domain', 'session', 'admin'],
    node: ['net', 'fs', 'fs/promises', 'os', 'path', 'crypto'],
  },
  'client-config': {
    folders: ['domain', 'admin'],
    packages: ['jsonc-parser', 'smol-toml', 'yaml'],
    node: ['crypto', 'fs', 'path', 'timers/promises', 'util'],
  },
  cli: {
    folders: ['domain', 'admin', 'authorize', 'approve', 'audit', 'session', 'monitor'],
    packages: ['commander'],
    node: ['path'],
  },
};

const builtins = new Set(builtinModules);

describe('architecture', () => {
  it('has something to look at', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
  });

  it('has a row for every folder, and a folder for every row', () => {
    const folders = [...new Set(files.map(({ room }) => room))]
      .filter((room) => room !== '.')
      .sort();
    expect(folders).toEqual(Object.keys(TABLE).sort());
  });

  it('lets no folder import what its row does not name', () => {
    const offences: string[] = [];
    for (const { name, room, imports } of files) {
      const row = TABLE[room];
      if (row === undefined) continue;
      for (const target of imports) {
        if (target.startsWith('.')) {
          const to = relative(src, join(src, room, target)).split('/');
          // A file of the root is named as such.
          const folder = to[0] ?? '';
          if (folder !== room && !row.folders.includes(folder))
            offences.push(`${name} -> ${target}`);
        } else if (target.startsWith('node:') || builtins.has(target)) {
          const module = target.replace('node:', '');
          if (!(row.node ?? []).includes(module)) offences.push(`${name} -> ${target}`);
        } else {
          const parts = target.split('/');
          const bare = target.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
          if (!(row.packages ?? []).includes(bare)) offences.push(`${name} -> ${target}`);
        }
      }
    }
    expect(offences).toEqual([]);
  });

  it('lets the root import packages through rooms and doors only', () => {
    const offences = files
      .filter(({ room }) => room === '.')
      .flatMap(({ name, imports }) =>
        imports
          .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
          .map((target) => `${name} -> ${target}`),
      );
    expect(offences).toEqual([]);
  });

  it('reads and evaluates conditions in one file alone', () => {
    const importers = files.filter(({ imports }) => imports.includes('@marcbachmann/cel-js'));
    expect(importers.map(({ name }) => name)).toEqual(['authorize/cel.ts']);
  });

  it.each([
    ['as Permit', 'authorize/decide.ts'],
    ['as IntentReceipt', 'admit/admit.ts'],
  ])('mints with `%s` in %s alone', (cast, minter) => {
    const minters = files.filter(({ text }) => new RegExp(`\\b${cast}\\b`).test(text));
    expect(minters.map(({ name }) => name)).toEqual([minter]);
  });

  it('reads clock, randomness and environment at the edge only', () => {
    const edge = /^(config\/|cli\/|compose|main\.ts|system\.ts)/;
    const offences = files
      .filter(({ name }) => !edge.test(name))
      .filter(({ text }) =>
        /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.env\b/.test(text),
      )
      .map(({ name }) => name);
    expect(offences).toEqual([]);
  });

  it('keeps every file short enough to read', () => {
    const long = files.filter(({ text }) => text.split('\n').length > 450).map(({ name }) => name);
    expect(long).toEqual([]);
  });
});
