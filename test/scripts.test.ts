import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../scripts');
const IMPORT = /import (?:\w+|(?:type )?\{([^}]*)\}) from '(\.[^']+)'/g;

/** What each script imports from a file of ours: the compiler does not look into scripts. */
const imports = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.mjs'))
  .flatMap((name) =>
    [...readFileSync(join(root, name), 'utf8').matchAll(IMPORT)].map(
      ([, names = '', from = '']) => ({
        script: name,
        from: join(dirname(join(root, name)), from),
        names: names.split(',').flatMap((one) => one.trim().split(' as ')[0] || []),
      }),
    ),
  );

describe('scripts', () => {
  it('import only what is there', () => {
    expect(imports.length).toBeGreaterThan(30);
    const missing = imports.flatMap(({ script, from, names }) => {
      if (!existsSync(from)) return [`${script}: ${from}`];
      const text = readFileSync(from, 'utf8');
      const isExported = (name: string) => new RegExp(`^export .*\\b${name}\\b`, 'm').test(text);
      return names.filter((name) => !isExported(name)).map((name) => `${script}: ${name}`);
    });
    expect(missing).toEqual([]);
  });
});
