// Bundles src/ and what it imports of others into dist/, so that a start reads a few files and not hundreds. Types
// are checked by `npm run types`.
//   node scripts/build.mjs
// Beside the code, dist/ gets the notices of every package that is in it, and source maps (for `npm run
// bench:profile`; they are not shipped).
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { layersOf } from './build/layers.mjs';
import { noticesOf } from './build/notices.mjs';

const root = join(import.meta.dirname, '..');
const { dependencies, optionalDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);

/** The one file Node starts by itself apart from the entry: the keychain is asked in another process. */
const KEYCHAIN = 'src/keychain/keychain-answer.ts';

/**
 * `node:http` as it is without its WebSocket: an import of an ES module reads every export, and this one
 * loads an HTTP client for it, which is 10 MB and more than a twentieth of a start.
 */
const httpAlone = {
  name: 'http-alone',
  resolveId: (id) => (id === 'node:http' ? '\0http-alone' : undefined),
  load: (id) =>
    id === '\0http-alone'
      ? "export const { createServer } = process.getBuiltinModule('node:http');"
      : undefined,
};

const bundle = await rolldown({
  cwd: root,
  input: { main: 'src/main.ts', 'keychain-answer': KEYCHAIN },
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  // A package's ES modules before its others: `require` handed on as a value cannot be followed.
  resolve: { mainFields: ['module', 'main'] },
  // What is installed beside us holds machine code.
  external: [/^node:(?!http$)/, ...Object.keys({ ...dependencies, ...optionalDependencies })],
  plugins: [httpAlone],
  treeshake: {
    // The SDK does not say that a file of it from which nothing is used can be left out.
    moduleSideEffects: [{ test: /[\\/]@modelcontextprotocol[\\/]/, sideEffects: false }],
  },
  onLog(level, { message }) {
    // An import that is not found would only show in front of a user.
    if (level === 'warn') throw new Error(message);
  },
});

const dist = join(root, 'dist');
const next = join(root, 'dist.next');
rmSync(next, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: next,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [{ name: layersOf(root), debugName: 'layers' }],
  },
  sourcemap: 'hidden',
  // Docstrings are a third of the text, and every start would read them.
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();

/** Any letter beyond Latin-1 would have V8 hold a whole file, and read it at each start, at twice its size. */
const escaped = (code) =>
  code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
for (const { type, fileName, code } of output) {
  if (type === 'chunk') writeFileSync(join(next, fileName), escaped(code));
}

const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []));
writeFileSync(join(next, 'THIRD-PARTY-NOTICES.txt'), noticesOf(modules));
mkdirSync(dist, { recursive: true });
rmSync(dist, { recursive: true });
renameSync(next, dist);
