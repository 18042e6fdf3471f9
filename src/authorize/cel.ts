import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { ArgType } from './arg-types.ts';
import { compileGlob, type Glob } from './glob.ts';
import { nearestName } from './nearest-name.ts';
import { urlHost } from './url-host.ts';
import { type RealPath, rootProblem, withinPath } from './within-path.ts';

/** Longest condition, UTF-16 code units. */
export const MAX_CONDITION_LENGTH = 2_000;
/** Most nodes of one. With one comprehension, over a list of bounded size, they bound every evaluation. */
const MAX_NODES = 100;
const MAX_DEPTH = 30;

/** Why a text is not a condition that holds for what it is about. */
export interface ConditionProblem {
  /** Where in the text, UTF-16 code units from 0. */
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** What a condition is evaluated over. */
export interface ConditionFacts {
  /** The arguments it names, as `boundArgs` gives them. */
  readonly args: ReadonlyMap<string, unknown>;
  readonly subject: string;
  readonly client: string | undefined;
  readonly sessionId: string | undefined;
  /** Epoch milliseconds. */
  readonly sessionOpenedAt: number | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly realPath: RealPath | undefined;
}

/** A condition, checked against the types of some arguments. */
export interface Condition {
  /** Arguments it names: nothing else of them is looked at. */
  readonly argNames: ReadonlySet<string>;
  /** @throws Error when it cannot be evaluated: an argument is missing, of another type, or ambiguous. */
  holds(facts: ConditionFacts): boolean;
}

/** What compiling comes to. */
export type CompiledCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly problem: ConditionProblem };

const VARIABLES = ['args', 'client', 'now', 'session', 'subject'];
/** Not `int` and `double`: of a text they read what tool servers read otherwise (``, `0b1`, `NaN`). */
const FUNCTIONS = ['duration', 'glob', 'has', 'host', 'size', 'string', 'timestamp'];
const GETTERS = [
  'FullYear',
  'Month',
  'Date',
  'DayOfMonth',
  'DayOfWeek',
  'Hours',
  'Minutes',
  'Seconds',
];
/** One with two arguments is a comprehension. */
const COMPREHENSIONS = ['all', 'exists', 'exists_one'];
/** Methods by name, with the arguments each may have: none takes a pattern, a zone or a format. */
const METHODS: ReadonlyMap<string, number> = new Map([
  ...['contains', 'endsWith', 'startsWith'].map((name): [string, number] => [name, 1]),
  ...COMPREHENSIONS.map((name): [string, number] => [name, 2]),
  ...['size', ...GETTERS.map((part) => `get${part}`)].map((name): [string, number] => [name, 0]),
]);
const KNOWN_FUNCTIONS = [...FUNCTIONS, 'within'].sort();

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;
const SPAN = /^(?:\d{1,9}[smh]){1,3}$/;
/** Read as text and not as an object's own machinery, wherever the library looks a name up. */
const RESERVED = new Set(['__proto__', 'prototype', 'constructor']);

/** What the functions of one evaluation see besides their arguments. Evaluation is synchronous. */
let realPath: RealPath | undefined;
const globs = new Map<string, Glob>();
const MAX_GLOBS = 1_000;

const BASE = new Environment({ limits: { maxAstNodes: MAX_NODES, maxDepth: MAX_DEPTH } })
  .registerType({
    name: 'Session',
    schema: { id: 'string', openedAt: 'google.protobuf.Timestamp' },
  })
  .registerVariable('session', 'Session')
  .registerVariable('subject', 'string')
  .registerVariable('client', 'string')
  .registerVariable('now', 'google.protobuf.Timestamp')
  .registerFunction(
    'within(string, string): bool',
    (path: string, root: string) => withinPath(path, root, realPath),
    { async: false },
  )
  .registerFunction('host(string): string', urlHost, { async: false })
  .registerFunction(
    'glob(string, string): bool',
    (text: string, pattern: string) => globFor(pattern).matches(text),
    { async: false },
  );

/** Before any tool is known an argument is of any type. */
const ANY = BASE.clone().registerVariable('args', 'map<string, dyn>');
const environments = new WeakMap<ReadonlyMap<string, ArgType>, Environment>();

function environmentFor(types: ReadonlyMap<string, ArgType> | undefined): Environment {
  if (types === undefined) return ANY;
  const known = environments.get(types);
  if (known !== undefined) return known;
  const schema = Object.fromEntries([...types].filter(([name]) => !RESERVED.has(name)));
  const made = BASE.clone()
    .registerType({ name: 'Arguments', schema })
    .registerVariable('args', 'Arguments');
  environments.set(types, made);
  return made;
}

function globFor(pattern: string): Glob {
  const known = globs.get(pattern);
  if (known !== undefined) return known;
  const compiled = compileGlob(pattern);
  if (!compiled.ok) throw new Error(compiled.problem.message);
  if (globs.size >= MAX_GLOBS) globs.clear();
  globs.set(pattern, compiled.glob);
  return compiled.glob;
}

/**
 * Compiles a condition (CEL) and checks its types. A part of the language is open: comparisons, logic,
 * arithmetic, lists, one comprehension at a time, and functions whose time is bounded by their input.
 *
 * Attack: an expression, or an argument, that takes minutes. There are no regular expressions, nothing
 * nests comprehensions, and patterns, roots, instants and spans are literals that are checked here.
 *
 * @param types the arguments of the tool it is about; `undefined` before any tool is known: then any
 * argument may be named and is of any type.
 */
export function compileCondition(
  text: string,
  types: ReadonlyMap<string, ArgType> | undefined,
): CompiledCondition {
  if (text.length > MAX_CONDITION_LENGTH) {
    return failed(MAX_CONDITION_LENGTH, `is longer than ${MAX_CONDITION_LENGTH} characters`);
  }
  try {
    const parsed = environmentFor(types).parse(text);
    const walk = new Walk(types);
    walk.visit(parsed.ast, 0, new Set());
    const checked = parsed.check();
    if (checked.error !== undefined) throw checked.error;
    // Of an argument nothing is known of, the type is told once its tool is.
    if (checked.type !== 'bool' && (types !== undefined || checked.type !== 'dyn')) {
      return failed(0, `is ${checked.type ?? 'unknown'}, and a condition is true or false`);
    }
    return { ok: true, condition: conditionOf(parsed, walk) };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

function conditionOf(
  parsed: ParseResult,
  { argNames, variables }: Pick<Walk, 'argNames' | 'variables'>,
): Condition {
  const [hasSession, hasNow] = [variables.has('session'), variables.has('now')];
  return {
    argNames,
    holds(facts) {
      const { args, subject, client, now } = facts;
      realPath = facts.realPath;
      try {
        const result: unknown = parsed({
          args,
          subject,
          ...(hasSession ? { session: sessionOf(facts) } : {}),
          ...(hasNow ? { now: new Date(now) } : {}),
          ...(client === undefined ? {} : { client }),
        });
        if (typeof result === 'boolean') return result;
        throw new Error('neither true nor false');
      } finally {
        realPath = undefined;
      }
    },
  };
}

function sessionOf({ sessionId, sessionOpenedAt }: ConditionFacts): ReadonlyMap<string, unknown> {
  const session = new Map<string, unknown>();
  if (sessionId !== undefined) session.set('id', sessionId);
  if (sessionOpenedAt !== undefined) session.set('openedAt', new Date(sessionOpenedAt));
  return session;
}

class WalkError extends Error {
  readonly problem: ConditionProblem;

  constructor(node: ASTNode, message: string, hint?: string) {
    super(message);
    this.problem = { offset: node.pos, message, ...(hint === undefined ? {} : { hint }) };
  }
}

/** Looks at every part of an expression: what is not known here is refused. */
class Walk {
  readonly argNames = new Set<string>();
  /** Those it names, but for arguments. */
  readonly variables = new Set<string>();
  readonly #types: ReadonlyMap<string, ArgType> | undefined;

  constructor(types: ReadonlyMap<string, ArgType> | undefined) {
    this.#types = types;
  }

  visit(node: ASTNode, loops: number, local: ReadonlySet<string>): void {
    const all = (nodes: readonly ASTNode[]) => {
      for (const each of nodes) this.visit(each, loops, local);
    };
    switch (node.op) {
      case 'value':
        return;
      case 'id':
        this.#variable(node, node.args, local);
        return;
      case '.':
      case '[]':
        this.#access(node, loops, local);
        return;
      case 'call':
        this.#call(node, node.args, all);
        return;
      case 'rcall':
        this.#method(node, node.args, loops, local);
        return;
      case 'list':
        all(node.args);
        return;
      case '?:':
      case '||':
      case '&&':
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
      case 'in':
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        all(node.args);
        return;
      case '!_':
      case '-_':
        this.visit(node.args, loops, local);
        return;
      default:
        throw new WalkError(node, 'maps and optional members are not part of conditions');
    }
  }

  #variable(node: ASTNode, name: string, local: ReadonlySet<string>): void {
    if (local.has(name)) return;
    if (name === 'args') {
      throw new WalkError(node, '`args` is used by its members', 'write `args.<name>`');
    }
    this.variables.add(name);
    if (VARIABLES.includes(name)) return;
    throw new WalkError(
      node,
      `unknown name ${JSON.stringify(name)}`,
      meant(name, VARIABLES) ?? `known: ${VARIABLES.join(', ')}`,
    );
  }

  #access(
    node: Extract<ASTNode, { op: '.' | '[]' }>,
    loops: number,
    local: ReadonlySet<string>,
  ): void {
    const [of, what] = node.args;
    const name = typeof what === 'string' ? what : what.op === 'value' ? what.args : undefined;
    if (typeof name === 'string' && RESERVED.has(name)) {
      throw new WalkError(node, `unknown name ${JSON.stringify(name)}`);
    }
    if (of.op === 'id' && of.args === 'args' && !local.has('args')) {
      if (typeof name !== 'string') {
        throw new WalkError(node, 'an argument is named by a literal', 'write `args.<name>`');
      }
      this.#argument(node, name);
      return;
    }
    this.visit(of, loops, local);
    if (typeof what !== 'string') this.visit(what, loops, local);
  }

  #argument(node: ASTNode, name: string): void {
    if (this.#types !== undefined && !this.#types.has(name)) {
      const known = [...this.#types.keys()].sort();
      throw new WalkError(
        node,
        `there is no argument ${JSON.stringify(name)}`,
        meant(name, known) ?? (known.length === 0 ? 'it has none' : `known: ${listed(known)}`),
      );
    }
    this.argNames.add(name);
  }

  #call(
    node: ASTNode,
    [name, given]: [string, ASTNode[]],
    all: (nodes: readonly ASTNode[]) => void,
  ): void {
    if (!KNOWN_FUNCTIONS.includes(name)) {
      throw new WalkError(
        node,
        `unknown function ${JSON.stringify(name)}`,
        meant(name, KNOWN_FUNCTIONS) ?? `known: ${KNOWN_FUNCTIONS.join(', ')}`,
      );
    }
    const check = LITERALS[name];
    if (check !== undefined) {
      const literal = given.at(-1);
      const value = literal?.op === 'value' ? literal.args : undefined;
      if (literal === undefined || typeof value !== 'string') {
        throw new WalkError(node, `the last argument of \`${name}\` is a literal text`);
      }
      const problem = check(value);
      if (problem !== undefined) throw new WalkError(literal, problem);
    }
    all(given);
  }

  #method(
    node: ASTNode,
    [name, of, given]: [string, ASTNode, ASTNode[]],
    loops: number,
    local: ReadonlySet<string>,
  ): void {
    if (name === 'matches') {
      throw new WalkError(
        node,
        'regular expressions are not part of conditions',
        'use `glob(text, pattern)`, `startsWith`, `endsWith` or `contains`',
      );
    }
    const count = METHODS.get(name);
    if (count === undefined) {
      const known = [...METHODS.keys()].sort();
      throw new WalkError(
        node,
        `unknown method ${JSON.stringify(name)}`,
        meant(name, known) ?? `known: ${known.join(', ')}`,
      );
    }
    if (given.length !== count) {
      throw new WalkError(node, `\`${name}\` takes ${count} argument${count === 1 ? '' : 's'}`);
    }
    this.visit(of, loops, local);
    if (!COMPREHENSIONS.includes(name)) {
      for (const each of given) this.visit(each, loops, local);
      return;
    }
    if (loops > 0) throw new WalkError(node, `\`${name}\` within another \`all\` or \`exists\``);
    const [variable, body] = given;
    if (variable?.op !== 'id' || body === undefined || VARIABLES.includes(variable.args)) {
      throw new WalkError(node, `\`${name}\` takes a new name and a condition`);
    }
    this.visit(body, loops + 1, new Set([...local, variable.args]));
  }
}

/** Functions whose last argument is a literal, and what is wrong with one. */
const LITERALS: Readonly<Record<string, (text: string) => string | undefined>> = {
  within: rootProblem,
  glob(pattern) {
    const compiled = compileGlob(pattern);
    return compiled.ok ? undefined : compiled.problem.message;
  },
  timestamp: (text) =>
    INSTANT.test(text) && !Number.isNaN(Date.parse(text))
      ? undefined
      : 'an instant is written as 2026-12-31T18:00:00Z',
  duration: (text) => (SPAN.test(text) ? undefined : 'a span is written as 90s, 30m or 8h'),
};

function meant(name: string, known: readonly string[]): string | undefined {
  const nearest = nearestName(name, known);
  return nearest === undefined ? undefined : `did you mean \`${nearest}\`; known: ${listed(known)}`;
}

/** A hostile schema's names are many. */
const listed = (names: readonly string[]): string =>
  names.length <= 20 ? names.join(', ') : `${names.slice(0, 20).join(', ')}, …`;

const failed = (offset: number, message: string): CompiledCondition => ({
  ok: false,
  problem: { offset, message },
});

/** What the library says, in one line, with its place. */
function problemOf(error: unknown): ConditionProblem {
  if (error instanceof WalkError) return error.problem;
  const { summary, range } = error as { summary?: unknown; range?: { start?: unknown } };
  const start = range?.start;
  return {
    offset: typeof start === 'number' ? start : 0,
    message: typeof summary === 'string' ? summary : 'cannot be read',
  };
}
