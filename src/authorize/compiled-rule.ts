import { compileGlob, type Glob } from './glob.ts';
import type { GlobPiece } from './glob-program.ts';
import type { GrantRule } from './grant-record.ts';
import { kindedPattern, type RuleKind } from './rule-kind.ts';

/** Patterns kept compiled. They come from applied grants only, never from a client. */
const MAX_KEPT = 10_000;

/** A rule's pattern, compiled. */
export interface CompiledRule {
  readonly kind: RuleKind;
  /**
   * What it matches, without the kind's prefix: `server/tool` and the like. `undefined` when it does
   * not compile: it then permits nothing, and on a deny rule denies everything of its kind.
   */
  readonly glob: Glob | undefined;
}

const keptPermits = new Map<string, CompiledRule>();
const keptDenies = new Map<string, CompiledRule>();

/** The compiled form of a rule, remembered by effect and text. */
export function compiledRule({ effect, pattern }: Omit<GrantRule, 'line'>): CompiledRule {
  const kept = effect === 'permit' ? keptPermits : keptDenies;
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  const { kind, glob } = kindedPattern(pattern);
  const tail = effect === 'deny' && kind === 'resource' ? DENIED_BEHIND : [];
  const compiled = compileGlob(glob, tail);
  const rule = { kind, glob: compiled.ok ? compiled.glob : undefined };
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(pattern, rule);
  return rule;
}

const literal = (character: string): GlobPiece => ({
  kind: 'one',
  what: character.codePointAt(0) ?? 0,
});

/**
 * What a deny rule on a resource also denies behind what it names: a slash, and any query.
 *
 * Attack: a tool server that looks at neither reads `docs://h/secret/?x` as `docs://h/secret`.
 */
const DENIED_BEHIND: readonly GlobPiece[] = [
  { kind: 'choice', of: [[], [literal('/')]] },
  { kind: 'choice', of: [[], [literal('?'), { kind: 'many', what: 'any' }]] },
];
