import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Place, removePlaces, runProgram } from '../support/cli/place.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SERVER = join(root, 'test/support/tool-servers/recorder.mjs');
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const { dependencies, optionalDependencies, bin, engines, version } = read('package.json');

const folder = mkdtempSync(join(tmpdir(), 'tg-package-'));
/** npm under this Node, with nothing of the suite's own npm in its way. */
const env = {
  PATH: [join(root, 'node_modules', 'node', 'bin'), process.env.PATH ?? ''].join(delimiter),
  HOME: process.env.HOME,
};

interface Packed {
  readonly filename: string;
  readonly integrity: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}
let packed: Packed;

beforeAll(async () => {
  // The suite has built it; `prepack` would build under the feet of other tests.
  const words = ['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { code, stdout, stderr } = await runProgram(words, { cwd: root, env });
  if (code !== 0) throw new Error(stderr);
  const said = JSON.parse(stdout) as Packed[] | Record<string, Packed>;
  packed = Object.values(said)[0] as Packed;
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removePlaces();
});

const filesIn = (name: string): readonly string[] =>
  readdirSync(join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'));

const textOf = (name: string): string => readFileSync(join(root, name), 'utf8');
const BUNDLES = filesIn('dist').filter((name) => name.endsWith('.js'));
/** What a bundle imports, at once or later, or requires. */
const LOADED =
  /^(?:import|export)\b[^'"]*['"]([^'"]+)['"]|\b(?:import|require)\(['"]([^'"]+)['"]\)/gm;

describe('the package', () => {
  it('holds what is needed to run it and to understand it, and nothing else', () => {
    expect(BUNDLES.length).toBeGreaterThan(5);
    expect(packed.files.map(({ path }) => path).sort()).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'SECURITY.md',
        'bin/package.json',
        'bin/toolgrant.js',
        'dist/THIRD-PARTY-NOTICES.txt',
        'package.json',
        'packaging/toolgrant.service',
        'schema/config.schema.json',
        'schema/grant.schema.json',
        'schema/lock.schema.json',
        ...BUNDLES,
        ...filesIn('docs'),
      ].sort(),
    );
  });

  it('loads files of its own that are there, and packages it depends on', () => {
    const loaded = BUNDLES.flatMap((name) =>
      [...textOf(name).matchAll(LOADED)].map(([, first, later]) => first ?? later ?? ''),
    ).filter((name) => !isBuiltin(name));
    const own = loaded.filter((name) => name.startsWith('.')).map((name) => join('dist', name));
    expect(own.filter((name) => !BUNDLES.includes(name))).toEqual([]);
    const packages = loaded.flatMap((name) => /^(?:@[^/]+\/)?[^./][^/]*/.exec(name)?.[0] ?? []);
    const known = Object.keys({ ...dependencies, ...optionalDependencies });
    expect([...new Set(packages)].sort()).toEqual(known.sort());
  });

  it('brings the notice of every package whose code it holds', () => {
    const notices = textOf('dist/THIRD-PARTY-NOTICES.txt');
    const held = BUNDLES.flatMap((name) => [
      ...textOf(name).matchAll(/^\/\/ (?:#region )?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm),
    ]).map(([, name]) => name);
    expect(held).toContain('commander');
    const named = [...notices.matchAll(/^-{80}\n\n(\S+) \S+ \(\S+\)\n\n\S/gm)].map(
      ([, name]) => name,
    );
    expect([...new Set(held)].sort()).toEqual([...new Set(named)].sort());
  });
});

/** What npm says where neither its cache nor a registry has a package. */
const UNREACHABLE = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/;

/** A lock with the package and the versions that were tested with it; none of what only tests need. */
function lockFor(tarball: string): object {
  const tested = Object.entries(read('package-lock.json').packages).filter(
    ([name, entry]) => name !== '' && !(entry as { dev?: true }).dev,
  );
  const own = { version, resolved: `file:${tarball}`, integrity: packed.integrity };
  return {
    name: 'somewhere',
    lockfileVersion: 3,
    packages: {
      '': { name: 'somewhere', dependencies: { toolgrant: `file:${tarball}` } },
      'node_modules/toolgrant': { ...own, dependencies, optionalDependencies, bin, engines },
      ...Object.fromEntries(tested),
    },
  };
}

describe('the package, installed into an empty folder without install scripts', () => {
  let unreachable: string | undefined;
  const run = (words: readonly string[]) =>
    runProgram(words, { cwd: folder, env: { ...env, HOME: folder } });
  const toolgrant = (place: Place, ...words: readonly string[]) =>
    run([join(folder, 'node_modules/.bin/toolgrant'), '--config', place.config, ...words]);

  beforeAll(async () => {
    const manifest = { private: true, dependencies: { toolgrant: `file:${packed.filename}` } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lockFor(packed.filename)));
    const words = ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund'];
    const install = (...more: readonly string[]) =>
      runProgram([...words, ...more], { cwd: folder, env });
    let ended = await install('--offline');
    if (ended.code !== 0) ended = await install('--prefer-offline', '--fetch-retries=0');
    if (ended.code === 0) return;
    if (!UNREACHABLE.test(ended.stderr)) throw new Error(ended.stderr);
    unreachable = 'neither the cache of npm nor a registry has the packages';
  });

  it('brings no Node and no package of the tests', ({ skip }) => {
    skip(unreachable !== undefined, unreachable);
    const installed = readdirSync(join(folder, 'node_modules'));
    expect(installed).toContain('better-sqlite3');
    expect(installed.filter((name) => /^(node|typescript|vitest|fast-check)$/.test(name))).toEqual(
      [],
    );
  });

  it('says its version, and its help through npx', async ({ skip }) => {
    skip(unreachable !== undefined, unreachable);
    const told = await run([join(folder, 'node_modules/.bin/toolgrant'), '--version']);
    expect(told).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    const helped = await run(['npx', '--offline', 'toolgrant', '--help']);
    expect(helped.code).toBe(0);
    expect(helped.stdout).toMatch(/^Usage: toolgrant /);
  });

  it('governs a call: one is permitted, one refused, both recorded', async ({ skip }) => {
    skip(unreachable !== undefined, unreachable);
    const place = new Place();
    const s = { command: process.execPath, args: [SERVER, join(place.dir, 'journal')] };
    place.writeConfig({ mcpServers: { s } });
    const granted = ['grant', 'create', 'bob', '--permit', 's/echo', '--ttl', '1h'];
    expect(await toolgrant(place, ...granted)).toMatchObject({ code: 0 });
    expect(await toolgrant(place, 'call', 's/echo', '--as', 'bob')).toMatchObject({ code: 0 });
    expect(await toolgrant(place, 'call', 's/say', '--as', 'bob')).toMatchObject({ code: 1 });
    const { codes } = place.held();
    expect(codes.filter((code) => code.startsWith('TG1'))).toEqual(['TG1001', 'TG1002', 'TG1003']);
    expect(await toolgrant(place, 'audit', 'verify')).toMatchObject({ code: 0 });
  });
});
