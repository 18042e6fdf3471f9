import { beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRecord, GrantRule } from '../../src/authorize/grant-record.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { grant, NOW } from '../authorize/sample-grants.ts';
import { NO_LINKS, schemaOf } from '../support/conditions.ts';
import { Dice } from '../support/decision-cases.ts';
import { seen } from '../support/fakes/server-view.ts';
import { SEED } from '../support/runs.ts';

const STATES = 5_000;
const CALLS_PER_STATE = 4;

type Truth = boolean | 'error';

/** A condition as text, and what it is by a second, independent reading. */
interface Made {
  readonly text: string;
  readonly names: ReadonlySet<string>;
  readonly truth: (args: Readonly<Record<string, Json>>) => Truth;
}

const STRING = { type: 'string' };
const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  read: schemaOf({
    path: STRING,
    count: { type: 'integer' },
    paths: { type: 'array', items: STRING },
  }),
  list: schemaOf({ path: STRING, isDeep: { type: 'boolean' } }),
  send: schemaOf({ count: { type: 'integer' } }),
};
const TOOLS = Object.keys(SCHEMAS);
const PATTERNS = ['s/*', 's/read', 's/{read,list}', 's/send', 's/l*', '*/*', 't/*'];
const TEXTS = ['/a', '/a/b', '/a/../b', '/b', 'a', '/a%2eb'];

const atom = (name: string, text: string, truth: (value: Json) => Truth): Made => ({
  text,
  names: new Set([name]),
  truth: (args) => (Object.hasOwn(args, name) ? truth(args[name] as Json) : 'error'),
});

/** Whether a path is `/a` or below, as the words of the design have it. */
function belowA(value: Json): Truth {
  if (typeof value !== 'string' || !value.startsWith('/') || value.includes('%')) return 'error';
  const { pathname } = new URL(`file://${value}`);
  return pathname === '/a' || pathname.startsWith('/a/');
}

function makeAtom(dice: Dice): Made {
  const text = dice.pick(TEXTS);
  const number = dice.below(4);
  return dice.pick([
    atom('path', `args.path == "${text}"`, (value) =>
      typeof value === 'string' ? value === text : 'error',
    ),
    atom('path', `args.path.startsWith("${text}")`, (value) =>
      typeof value === 'string' ? value.startsWith(text) : 'error',
    ),
    atom('path', 'within(args.path, "/a")', belowA),
    atom('count', `args.count <= ${number}`, (value) =>
      typeof value === 'number' && Number.isInteger(value) ? value <= number : 'error',
    ),
    atom('isDeep', 'args.isDeep', (value) => (typeof value === 'boolean' ? value : 'error')),
    {
      text: 'has(args.count)',
      names: new Set(['count']),
      truth: ({ count }) =>
        count === undefined || (typeof count === 'number' && Number.isInteger(count))
          ? count !== undefined
          : 'error',
    },
    atom('paths', 'args.paths.all(each, within(each, "/a"))', (value) => {
      if (!Array.isArray(value)) return 'error';
      const each: Truth[] = value.map(belowA);
      if (each.includes(false)) return false;
      return each.includes('error') ? 'error' : true;
    }),
    { text: 'subject == "alice"', names: new Set<string>(), truth: () => true },
  ]);
}

/** CEL's logic: one side that decides outweighs an error of the other. */
function makeCondition(dice: Dice, depth = 0): Made {
  if (depth > 2 || dice.chance(45)) return makeAtom(dice);
  const one = makeCondition(dice, depth + 1);
  if (dice.chance(25)) {
    const negate = (truth: Truth): Truth => (truth === 'error' ? 'error' : !truth);
    return { ...one, text: `!(${one.text})`, truth: (args) => negate(one.truth(args)) };
  }
  const other = makeCondition(dice, depth + 1);
  const isOr = dice.chance(50);
  return {
    text: `(${one.text}) ${isOr ? '||' : '&&'} (${other.text})`,
    names: new Set([...one.names, ...other.names]),
    truth(args) {
      const both = [one.truth(args), other.truth(args)];
      if (both.includes(isOr)) return isOr;
      return both.includes('error') ? 'error' : !isOr;
    },
  };
}

const matches = (pattern: string, tool: string): boolean =>
  ({
    's/*': true,
    '*/*': true,
    's/read': tool === 'read',
    's/{read,list}': tool !== 'send',
    's/send': tool === 'send',
    's/l*': tool === 'list',
  })[pattern] ?? false;

type MadeRule = GrantRule & { readonly made?: Made };

function makeRule(dice: Dice, line: number): MadeRule {
  const effect = dice.chance(70) ? 'permit' : 'deny';
  const rule = { effect, pattern: dice.pick(PATTERNS), line } as const;
  if (dice.chance(25)) return rule;
  const made = makeCondition(dice);
  return { ...rule, when: made.text, made };
}

function makeArgs(dice: Dice): JsonObject {
  const odd: readonly Json[] = [null, 1.5, ['/a'], { path: '/a' }, true];
  const some = (value: Json): Json => (dice.chance(8) ? dice.pick(odd) : value);
  const all: Record<string, Json> = {
    path: some(dice.pick(TEXTS)),
    count: some(dice.below(5)),
    isDeep: some(dice.chance(50)),
    paths: some(dice.some(TEXTS, 30)),
  };
  return Object.fromEntries(Object.entries(all).filter(() => dice.chance(85)));
}

/** `permit`, or whether it is there at all and its arguments are what is wrong. */
type Answer = 'permit' | 'arguments' | 'nothing';

/** Decides as the design words it. Without arguments: whether some would do. */
function oracle(rules: readonly MadeRule[], tool: string, args: JsonObject | undefined): Answer {
  const fits = ({ pattern, made }: MadeRule): boolean =>
    TOOLS.filter((each) => matches(pattern, each)).every((each) =>
      [...(made?.names ?? [])].every((name) =>
        Object.hasOwn(SCHEMAS[each]?.properties as JsonObject, name),
      ),
    );
  const about = rules.filter(({ pattern }) => matches(pattern, tool));
  const of = (effect: string) => about.filter((rule) => rule.effect === effect);
  if (of('deny').some((rule) => rule.made === undefined || !fits(rule))) return 'nothing';
  const permits = of('permit').filter(fits);
  if (permits.length === 0) return 'nothing';
  if (args === undefined) return 'permit';
  if (of('deny').some(({ made }) => made?.truth(args) !== false)) return 'arguments';
  return permits.some(({ made }) => (made?.truth(args) ?? true) === true) ? 'permit' : 'arguments';
}

const CONDITIONS = ['denied_by_condition', 'condition_false', 'condition_failed'];

describe('S9: decisions with conditions against an oracle written from the design', () => {
  const disagreements: string[] = [];
  const answers = new Map<string, number>();
  let pairs = 0;

  beforeAll(() => {
    const dice = new Dice(SEED + 70);
    const servers: PolicyState['servers'] = new Map([
      [
        's',
        seen({
          tools: new Map(
            TOOLS.map((name) => [name, { hash: name, inputSchema: SCHEMAS[name] ?? {} }]),
          ),
        }),
      ],
    ]);
    for (let left = STATES; left > 0; left -= 1) {
      const rules = Array.from({ length: 1 + dice.below(4) }, (_, index) =>
        makeRule(dice, index + 1),
      );
      const split = dice.below(rules.length + 1);
      const grants: GrantRecord[] = [
        grant('a', { rules: rules.slice(0, split) }),
        grant('b', { rules: rules.slice(split) }),
      ];
      const state: PolicyState = { epoch: 1, isHalted: false, grants, servers, realPath: NO_LINKS };
      for (let call = 0; call < CALLS_PER_STATE; call += 1) {
        const tool = dice.pick(TOOLS);
        const args = makeArgs(dice);
        for (const given of [args, undefined]) {
          const request = {
            ...({ kind: 'tool', server: 's', tool } as const),
            ...(given === undefined ? {} : { args: given }),
          };
          const decision = decide(state, { subject: 'alice' }, request, NOW);
          const answer: Answer =
            decision.kind === 'permit'
              ? 'permit'
              : CONDITIONS.includes(decision.reason)
                ? 'arguments'
                : 'nothing';
          const expected = oracle(rules, tool, given);
          pairs += 1;
          const what = given === undefined ? 'listed' : 'called';
          answers.set(`${what} ${answer}`, (answers.get(`${what} ${answer}`) ?? 0) + 1);
          if (answer !== expected)
            disagreements.push(JSON.stringify({ answer, expected, tool, given, rules }));
        }
      }
    }
  });

  it('agrees on 40,000 pairs, calls and lists', () => {
    expect(disagreements.toSorted((a, b) => a.length - b.length).slice(0, 3)).toEqual([]);
    expect(pairs).toBe(40_000);
  });

  it('was asked enough of each answer', () => {
    const least = [
      'called permit',
      'called arguments',
      'called nothing',
      'listed permit',
      'listed nothing',
    ];
    expect(least.filter((each) => (answers.get(each) ?? 0) < 500)).toEqual([]);
    expect(answers.has('listed arguments')).toBe(false);
  });
});
