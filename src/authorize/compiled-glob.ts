import { compileGlob, type Glob } from './glob.ts';

/** Patterns kept compiled. They come from applied grants only, never from a client. */
const MAX_KEPT = 10_000;

const kept = new Map<string, Glob | undefined>();

/**
 * The compiled form of a rule's pattern, remembered by its text. `undefined` for one that does not
 * compile: it then permits nothing, and on a deny rule denies everything.
 */
export function compiledGlob(pattern: string): Glob | undefined {
  if (kept.has(pattern)) return kept.get(pattern);
  const compiled = compileGlob(pattern);
  const glob = compiled.ok ? compiled.glob : undefined;
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(pattern, glob);
  return glob;
}
