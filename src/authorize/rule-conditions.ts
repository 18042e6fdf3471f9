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
import { hasReadableHours } from './rule-hours.ts';

/** A rule with a condition. */
export type ConditionalRule = GrantRule & { readonly when: string };

/** Whether a rule has a condition. */
export const isConditional = (rule: GrantRule): rule is ConditionalRule => rule.when !== undefined;

/** Whether a rule is in force for some arguments, or at some hours, and not for all. */
export const isPartial = ({ when, hours }: GrantRule): boolean =>
  when !== undefined || hours !== undefined;

type Servers = PolicyState['servers'];

/** Why a condition does not hold for what its rule matches. */
export interface MismatchedCondition extends ConditionProblem {
  /** The tool or prompt it is about, `server/name`; absent when it is about none in particular. */
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

/** Each tool, or prompt, of the servers that a rule matches and that is as it was approved. */
function* matchedItems(
  rule: ConditionalRule,
  servers: Servers,
): Generator<readonly [ref: string, item: ToolView]> {
  const { kind, glob } = compiledRule(rule);
  if (glob === undefined) return;
  for (const [server, { tools, prompts }] of servers) {
    const items = kind === 'tool' ? tools : kind === 'prompt' ? prompts : undefined;
    if (items === undefined || !glob.canMatchUnder(`${server}/`)) continue;
    for (const [name, item] of items) {
      const ref = `${server}/${name}`;
      if (item.quarantine === undefined && glob.matches(ref)) yield [ref, item];
    }
  }
}

/** What a condition knows of the arguments of a tool or prompt. */
export const itemArgTypes = ({ inputSchema }: ToolView): ReadonlyMap<string, ArgType> =>
  argTypesOf(inputSchema ?? NO_SCHEMA);

const NO_SCHEMA = {};

/** What a condition knows of a resource: the normal form of its URI. */
export const RESOURCE_ARG_TYPES: ReadonlyMap<string, ArgType> = new Map([['uri', 'string']]);

/**
 * Checks a rule's condition against the approved definition of every tool, or prompt, the rule can match
 * now, or against a resource's URI; `undefined` when it holds for all. One that does not hold for one of
 * them has no meaning: the rule then permits nothing, and a deny denies everything it matches.
 */
export function conditionMismatch(
  rule: ConditionalRule,
  servers: Servers,
): MismatchedCondition | undefined {
  const { kind, glob } = compiledRule(rule);
  if (kind === 'ask') return { offset: 0, message: 'has no meaning: a question has no arguments' };
  // Nobody can say what it is about, so a deny is about everything.
  if (glob === undefined) return { offset: 0, message: 'the pattern of its rule cannot be read' };
  const plain = compiledFor(rule.when, kind === 'resource' ? RESOURCE_ARG_TYPES : undefined);
  if (!plain.ok) return plain.problem;
  for (const [ref, item] of matchedItems(rule, servers)) {
    const typed = compiledFor(rule.when, itemArgTypes(item));
    if (!typed.ok) return { ...typed.problem, tool: ref };
  }
  return undefined;
}

/** Configured tool servers that were never seen, and against which a rule's condition is yet to be checked. */
export function unseenServers(rule: ConditionalRule, servers: Servers): readonly string[] {
  const { kind, glob } = compiledRule(rule);
  if (kind === 'resource') return [];
  return [...servers]
    .filter(([name, { tools }]) => tools === undefined && glob?.canMatchUnder(`${name}/`) === true)
    .map(([name]) => name);
}

const judged = new WeakMap<object, WeakMap<object, ReadonlySet<GrantRule>>>();
const NONE: ReadonlySet<GrantRule> = new Set();

/**
 * The rules of a state that have no meaning: whose conditions do not hold for what they match, or whose
 * hours or pattern cannot be read; remembered for one state.
 */
export function mismatchedRules({
  grants,
  servers,
}: Pick<PolicyState, 'grants' | 'servers'>): ReadonlySet<GrantRule> {
  const known = judged.get(servers)?.get(grants);
  if (known !== undefined) return known;
  const partial = grants.flatMap(({ rules }) => rules.filter(isPartial));
  const found =
    partial.length === 0 ? NONE : new Set(partial.filter((rule) => isMismatched(rule, servers)));
  const ofServers = judged.get(servers) ?? new WeakMap<object, ReadonlySet<GrantRule>>();
  judged.set(servers, ofServers.set(grants, found));
  return found;
}

function isMismatched(rule: GrantRule, servers: Servers): boolean {
  const { kind, glob } = compiledRule(rule);
  if (glob === undefined || kind === 'ask' || !hasReadableHours(rule)) return true;
  return isConditional(rule) && conditionMismatch(rule, servers) !== undefined;
}

/** What a condition says of one use. `failed`: it cannot be evaluated. */
export type ConditionAnswer = 'true' | 'false' | 'failed';

/** Evaluates a rule's condition for one use. Never throws: what goes wrong is `failed`. */
export function evaluateCondition(
  rule: ConditionalRule,
  types: ReadonlyMap<string, ArgType>,
  args: Json,
  facts: Omit<ConditionFacts, 'args'>,
): ConditionAnswer {
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
