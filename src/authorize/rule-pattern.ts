import { compiledRule } from './compiled-rule.ts';
import { compileGlob, type Glob, type GlobProblem } from './glob.ts';
import { type Effort, leavesUncovered } from './glob-cover.ts';
import type { GlobProgram, GlobStates } from './glob-program.ts';
import type { GrantDocument, GrantRule } from './grant-record.ts';
import { nearestName } from './nearest-name.ts';
import { ASK_KINDS, kindedPattern, PREFIXED_KINDS, type RuleKind } from './rule-kind.ts';
import { uriPatternProblem } from './uri-pattern.ts';

/**
 * Why a pattern cannot be a rule's; `undefined` when it can. Beyond being a glob it names a server and
 * something of it (`server/tool`, or `**` for everything), and something there may be can match: a deny
 * rule that can never match would look like protection.
 */
export function patternProblem(pattern: string): GlobProblem | undefined {
  const { kind, glob: text, offset } = kindedPattern(pattern);
  const compiled = compileGlob(text);
  if (!compiled.ok) {
    return { ...compiled.problem, offset: compiled.problem.offset + offset };
  }
  return misplacedKind(pattern) ?? globProblem(kind, text, compiled.glob);
}

function globProblem(kind: RuleKind, text: string, glob: Glob): GlobProblem | undefined {
  if (text !== '**' && !text.includes('/')) {
    return {
      offset: 0,
      message: `a pattern names a server and ${KINDS[kind].article}, \`${KINDS[kind].form}\``,
      hint:
        text.includes('*') || text === ''
          ? `write \`${kind === 'tool' ? '' : `${kind}:`}**\` for everything`
          : `write \`${KINDS[kind].all(text)}\``,
    };
  }
  const hint = text.startsWith('!') ? 'for an exception write a rule with `deny`' : nearKind(text);
  if (!matchesBehindServer(glob, (program, states) => program.canGoOn(states))) {
    return {
      offset: 0,
      message: `no \`${KINDS[kind].form}\` can match: the server part is letters, digits, \`_\` and \`-\``,
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (kind === 'resource') return uriPatternProblem(text);
  return kind === 'ask' ? askProblem(glob, text) : undefined;
}

const KINDS: Readonly<
  Record<RuleKind, { article: string; form: string; all: (server: string) => string }>
> = {
  tool: { article: 'a tool', form: 'server/tool', all: (server) => `${server}/*` },
  prompt: {
    article: 'a prompt',
    form: 'prompt:server/name',
    all: (server) => `prompt:${server}/*`,
  },
  resource: {
    article: 'a URI',
    form: 'resource:server/uri',
    all: (server) => `resource:${server}/**`,
  },
  ask: {
    article: 'what it asks for',
    form: 'ask:server/elicitation',
    all: (server) => `ask:${server}/elicitation`,
  },
};

/** A prefix that is nearly one, or one that rules do not have. */
function nearKind(text: string): string | undefined {
  const word = /^([A-Za-z]{1,16}):/.exec(text)?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  if (/^tools?$/.test(word)) return 'a rule about tools has no prefix';
  if (/^templates?$/.test(word)) return 'templates follow the rules on `resource:`';
  const nearest = nearestName(word, PREFIXED_KINDS);
  return nearest === undefined ? undefined : `did you mean \`${nearest}:\`?`;
}

/** A kind that stands in braces names nothing there. */
function misplacedKind(pattern: string): GlobProblem | undefined {
  const at = /^[^/]*[{,](?:prompt|resource|ask):/.exec(pattern)?.[0].length;
  if (at === undefined) return undefined;
  return {
    offset: at - 1,
    message: 'a kind such as `prompt:` stands at the start of a pattern, not in braces',
    hint: 'write a rule for each kind',
  };
}

function askProblem(glob: Glob, text: string): GlobProblem | undefined {
  const canMatch = matchesBehindServer(glob, (program, states) =>
    ASK_KINDS.some((kind) => program.accepts(program.read(states, kind, 0))),
  );
  if (canMatch) return undefined;
  const nearest = nearestName(text.slice(text.lastIndexOf('/') + 1), ASK_KINDS);
  return {
    offset: 0,
    message: 'tool servers ask for `elicitation`, `sampling` or `roots`',
    ...(nearest === undefined ? {} : { hint: `did you mean \`${nearest}\`?` }),
  };
}

const SERVER_CHARACTERS = [
  ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-',
].map((character) => character.codePointAt(0) ?? 0);

/**
 * Whether the glob can match at least one character of a server's name, `/`, and then what `canBe`
 * says. Walks the automaton state by state, not set by set: linear in the pattern.
 */
function matchesBehindServer(
  { program }: Glob,
  canBe: (program: GlobProgram, states: GlobStates) => boolean,
): boolean {
  // Characters the glob does not name are alike to it, so one of them stands for all.
  const named = new Set(program.literals());
  const other = SERVER_CHARACTERS.find((character) => !named.has(character));
  const alphabet = SERVER_CHARACTERS.filter((each) => named.has(each) || each === other);
  const open = [...program.start()];
  const seen = new Set<number>();
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const character of alphabet) {
      const next = program.step([state], character);
      if (canBe(program, program.step(next, 0x2f))) return true;
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
    const { glob } = compiledRule(rule);
    return !serverNames.some((server) => glob?.canMatchUnder(`${server}/`) ?? false);
  });
}

/** Whether everything one pattern matches is matched by one of the others, of its kind. When unsure, no. */
export function isCoveredBy(pattern: string, others: readonly string[], effort: Effort): boolean {
  if (others.includes(pattern)) return true;
  if (effort.left <= 0) return false;
  const { kind, glob } = asPermit(pattern);
  const covers = others.map(asPermit).flatMap((each) => (each.kind === kind && each.glob) || []);
  return glob !== undefined && leavesUncovered([glob], covers, '', effort) === 'none';
}

/** As a permit each pattern matches what it says and no more, so that like is compared with like. */
const asPermit = (pattern: string) => compiledRule({ effect: 'permit', pattern });
