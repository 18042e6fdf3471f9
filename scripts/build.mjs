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

const bundle = await rolldown({
  cwd: root,
  input: { main: 'src/main.ts', 'keychain-answer': KEYCHAIN },
  platform: 'node',
  preserveEntrySignatures: 'allow-extension',
  // A package's ES modules before its others: `require` handed on as a value cannot be followed.
  resolve: { mainFields: ['module', 'main'] },
  // What is installed beside us holds machine code.
  external: [/^node:/, ...Object.keys({ ...dependencies, ...optionalDependencies })],
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

const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []));
writeFileSync(join(next, 'THIRD-PARTY-NOTICES.txt'), noticesOf(modules));
mkdirSync(dist, { recursive: true });
rmSync(dist, { recursive: true });
renameSync(next, dist);
