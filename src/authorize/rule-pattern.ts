import { compiledGlob } from './compiled-glob.ts';
import { compileGlob, type Glob, type GlobProblem } from './glob.ts';
import { type Effort, leavesUncovered } from './glob-cover.ts';
import type { GrantDocument, GrantRule } from './grant-record.ts';

/** Rule kinds the format has beside tools, as their prefixes. */
const OTHER_KINDS = ['resource:', 'prompt:', 'ask:'];

/** The prefix of a pattern that is not about tools, such as `resource:`. */
export const otherKind = (pattern: string): string | undefined =>
  OTHER_KINDS.find((prefix) => pattern.startsWith(prefix));

/**
 * Why a pattern cannot be a rule about tools; `undefined` when it can. Beyond being a glob it names a
 * server and a tool (`server/tool`, or `**` for everything), and some server's name can match: a deny
 * rule that can never match would look like protection.
 */
export function patternProblem(pattern: string): GlobProblem | undefined {
  const compiled = compileGlob(pattern);
  if (!compiled.ok) return compiled.problem;
  if (pattern !== '**' && !pattern.includes('/')) {
    return {
      offset: 0,
      message: 'a pattern names a server and a tool, `server/tool`',
      hint: pattern.includes('*') ? 'write `*/*` or `**` for everything' : `write \`${pattern}/*\``,
    };
  }
  if (!namesSomeServer(compiled.glob)) {
    return {
      offset: 0,
      message: 'no `server/tool` can match: the server part is letters, digits, `_` and `-`',
      ...(pattern.startsWith('!') ? { hint: 'for an exception write a rule with `deny`' } : {}),
    };
  }
  return undefined;
}

const SERVER_CHARACTERS = [
  ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-',
].map((character) => character.codePointAt(0) ?? 0);

/**
 * Whether the glob can match at least one character of a server's name, `/`, and something after.
 * Walks the automaton state by state, not set by set: linear in the pattern.
 */
function namesSomeServer({ program }: Glob): boolean {
  // Characters the glob does not name are alike to it, so one of them stands for all.
  const named = new Set(program.literals());
  const other = SERVER_CHARACTERS.find((character) => !named.has(character));
  const alphabet = SERVER_CHARACTERS.filter((each) => named.has(each) || each === other);
  const open = [...program.start()];
  const seen = new Set<number>();
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const character of alphabet) {
      const next = program.step([state], character);
      if (program.canGoOn(program.step(next, 0x2f))) return true;
      open.push(...next.filter((each) => !seen.has(each)));
      for (const each of next) seen.add(each);
    }
  }
  return false;
}

/**
 * The rules whose server part is none of the configured tool servers. Worth a warning, not an error:
 * grants may be written before a server is added.
 */
export function unmatchedServers(
  document: GrantDocument,
  serverNames: readonly string[],
): readonly GrantRule[] {
  return document.rules.filter((rule) => {
    const glob = compiledGlob(rule.pattern);
    return !serverNames.some((server) => glob?.canMatchUnder(`${server}/`) ?? false);
  });
}

/** Whether every tool ref one pattern matches is matched by one of the others. When unsure, no. */
export function isCoveredBy(pattern: string, others: readonly string[], effort: Effort): boolean {
  if (others.includes(pattern)) return true;
  if (effort.left <= 0) return false;
  const glob = compiledGlob(pattern);
  const covers = others.map(compiledGlob).filter((each) => each !== undefined);
  return glob !== undefined && leavesUncovered(glob, covers, '', effort) === 'none';
}
