import type { Json } from '../domain/json.ts';
import { type ArgType, argTypesOf, boundArgs } from './arg-types.ts';
import {
  type CompiledCondition,
  type ConditionFacts,
  type ConditionProblem,
  compileCondition,
} from './cel.ts';
import { compiledRule } from './compiled-rule.ts';
import type { GrantRule } from './grant-record.ts';
import type { PolicyState, ToolView } from './policy-state.ts';

/** A rule with a condition. */
export type ConditionalRule = GrantRule & { readonly when: string };

/** Whether a rule has a condition. */
export const isConditional = (rule: GrantRule): rule is ConditionalRule => rule.when !== undefined;

type Servers = PolicyState['servers'];

/** Why a condition does not hold for what its rule matches. */
export interface MismatchedCondition extends ConditionProblem {
  /** The tool it is about, `server/tool`; absent when it is about none in particular. */
  readonly tool?: string;
}

const MAX_KEPT = 10_000;
const compiled = new Map<string, CompiledCondition>();

/** A condition against the types of some arguments, remembered. */
function compiledFor(when: string, types: ReadonlyMap<string, ArgType> | undefined) {
  const key = JSON.stringify([when, types === undefined ? null : [...types]]);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = compileCondition(when, types);
  if (compiled.size >= MAX_KEPT) compiled.clear();
  compiled.set(key, made);
  return made;
}

/** Each tool of the servers that a rule matches and that is as it was approved. */
function* matchedTools(
  rule: ConditionalRule,
  servers: Servers,
): Generator<readonly [ref: string, tool: ToolView]> {
  const { kind, glob } = compiledRule(rule);
  if (kind !== 'tool' || glob === undefined) return;
  for (const [server, { tools }] of servers) {
    if (tools === undefined || !glob.canMatchUnder(`${server}/`)) continue;
    for (const [name, tool] of tools) {
      const ref = `${server}/${name}`;
      if (tool.quarantine === undefined && glob.matches(ref)) yield [ref, tool];
    }
  }
}

const typesOf = (tool: ToolView): ReadonlyMap<string, ArgType> =>
  argTypesOf(tool.inputSchema ?? NO_SCHEMA);

const NO_SCHEMA = {};

/**
 * Checks a rule's condition against the approved input schema of every tool the rule can match now;
 * `undefined` when it holds for all. One that does not hold for one of them has no meaning: the rule then
 * permits nothing, and a deny denies everything it matches.
 */
export function conditionMismatch(
  rule: ConditionalRule,
  servers: Servers,
): MismatchedCondition | undefined {
  const { kind, glob } = compiledRule(rule);
  if (kind !== 'tool') return { offset: 0, message: 'only rules on tools have conditions' };
  // Nobody can say what it is about, so a deny is about everything.
  if (glob === undefined) return { offset: 0, message: 'the pattern of its rule cannot be read' };
  const plain = compiledFor(rule.when, undefined);
  if (!plain.ok) return plain.problem;
  for (const [ref, tool] of matchedTools(rule, servers)) {
    const typed = compiledFor(rule.when, typesOf(tool));
    if (!typed.ok) return { ...typed.problem, tool: ref };
  }
  return undefined;
}

/** Configured tool servers that were never seen, and of which a rule could match a tool. */
export function unseenServers(rule: ConditionalRule, servers: Servers): readonly string[] {
  const { glob } = compiledRule(rule);
  return [...servers]
    .filter(([name, { tools }]) => tools === undefined && glob?.canMatchUnder(`${name}/`) === true)
    .map(([name]) => name);
}

const judged = new WeakMap<object, WeakMap<object, ReadonlySet<GrantRule>>>();
const NONE: ReadonlySet<GrantRule> = new Set();

/** The rules of a state whose conditions do not hold for what they match; remembered for one state. */
export function mismatchedRules({
  grants,
  servers,
}: Pick<PolicyState, 'grants' | 'servers'>): ReadonlySet<GrantRule> {
  const known = judged.get(servers)?.get(grants);
  if (known !== undefined) return known;
  const conditional = grants.flatMap(({ rules }) => rules.filter(isConditional));
  const found =
    conditional.length === 0
      ? NONE
      : new Set(conditional.filter((rule) => conditionMismatch(rule, servers) !== undefined));
  const ofServers = judged.get(servers) ?? new WeakMap<object, ReadonlySet<GrantRule>>();
  judged.set(servers, ofServers.set(grants, found));
  return found;
}

/** What a condition says of one call. `failed`: it cannot be evaluated. */
export type ConditionAnswer = 'true' | 'false' | 'failed';

/** Evaluates a rule's condition for one call of a tool. Never throws: what goes wrong is `failed`. */
export function evaluateCondition(
  rule: ConditionalRule,
  tool: ToolView,
  args: Json,
  facts: Omit<ConditionFacts, 'args'>,
): ConditionAnswer {
  const types = typesOf(tool);
  const typed = programs.get(types)?.get(rule.when) ?? compiledFor(rule.when, types);
  if (!typed.ok) return 'failed';
  const ofTypes = programs.get(types) ?? new Map<string, CompiledCondition>();
  if (ofTypes.size < MAX_KEPT) programs.set(types, ofTypes.set(rule.when, typed));
  const { condition } = typed;
  try {
    const bound = boundArgs(args, condition.argNames, types);
    return condition.holds({ ...facts, args: bound }) ? 'true' : 'false';
  } catch {
    return 'failed';
  }
}

/** The quick way to what `compiledFor` remembers: by the types themselves. */
const programs = new WeakMap<ReadonlyMap<string, ArgType>, Map<string, CompiledCondition>>();
