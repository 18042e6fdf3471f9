import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../src/domain/log.ts';
import { listenHttp } from '../src/mcp-server/http-face.ts';
import { FakeBroker } from './mcp-server/fake-broker.ts';

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

  it('have npm test pass after npm start: what a broker writes is not formatted', () => {
    const { files } = JSON.parse(readFileSync(join(root, '../biome.json'), 'utf8'));
    expect(files.includes).toContain('!mcp.lock.json');
  });

  it('give a newcomer a first call that is answered without a conversation before it', async () => {
    const broker = new FakeBroker();
    const face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG });
    const { firstCall, curlCommand } = await import(
      pathToFileURL(join(root, 'first-call.mjs')).href
    );
    const call = firstCall('echo', { path: "/o'brien" });
    const headers = { ...call.headers, Authorization: 'Bearer token-a' };
    const url = `http://127.0.0.1:${face.port}/mcp`;
    const answer = await fetch(url, { method: 'POST', headers, body: call.body });
    expect([answer.status, await answer.json()]).toMatchObject([200, { id: 1, result: {} }]);
    expect(broker.handled).toMatchObject([{ era: '2026', revision: '2026-07-28' }]);
    expect(curlCommand(url, 'T', call)).toContain("/o'\\''brien");
    await face.close();
  });
});
