import { describe, expect, it } from 'vitest';
import { compileCondition, MAX_CONDITION_LENGTH } from '../../src/authorize/cel.ts';
import { compareGrants } from '../../src/authorize/compare-grants.ts';
import { decide } from '../../src/authorize/decide.ts';
import { formatGrant } from '../../src/authorize/format-grant.ts';
import { parseGrant } from '../../src/authorize/parse-grant.ts';
import { conditionMismatch, isConditional } from '../../src/authorize/rule-conditions.ts';
import type { Json } from '../../src/domain/json.ts';
import { type ConditionalTexts, conditional, schemaOf, stateOf } from '../support/conditions.ts';
import { seen } from '../support/fakes/server-view.ts';
import { grant, NOW } from './sample-grants.ts';

const ALICE = { subject: 'alice' };

const asked = (rules: ConditionalTexts, args?: Json, asker = ALICE, tool = 'read') => {
  const request = {
    kind: 'tool',
    server: 'files',
    tool,
    ...(args === undefined ? {} : { args }),
  } as const;
  const decision = decide(stateOf(conditional(...rules)), asker, request, NOW);
  return decision.kind === 'permit' ? `permit ${decision.rule.index}` : decision.reason;
};

describe('a condition', () => {
  const small = 'args.count < 5';

  it('changes no list: its permit is listed', () => {
    expect(asked([['+files/read', small]])).toBe('permit 0');
  });

  it('changes no list: its deny hides nothing', () => {
    expect(asked([['+files/read'], ['-files/read', 'true']])).toBe('permit 0');
  });

  it('decides the call', () => {
    expect(asked([['+files/read', small]], { count: 1 })).toBe('permit 0');
    expect(asked([['+files/read', small]], { count: 9 })).toBe('condition_false');
    expect(asked([['+files/read', small]], { count: 'x' })).toBe('condition_failed');
  });

  it('leaves other permits alone', () => {
    expect(
      asked(
        [
          ['+files/read', small],
          ['+files/re*', 'args.count > 7'],
        ],
        { count: 9 },
      ),
    ).toBe('permit 1');
    expect(asked([['+files/read', small], ['+files/*']], { count: 'x' })).toBe('permit 1');
  });

  it('of a deny outweighs every permit, also when it cannot be evaluated', () => {
    expect(asked([['+files/*'], ['-files/read', small]], { count: 1 })).toBe('denied_by_condition');
    expect(asked([['+files/*'], ['-files/read', small]], { count: 9 })).toBe('permit 0');
    expect(asked([['+files/*'], ['-files/read', small]], {})).toBe('condition_failed');
  });

  it('tells nobody anything who is permitted nothing', () => {
    expect(asked([['-files/read', small]], { count: 1 })).toBe('no_rule');
    expect(asked([['+files/new', 'true']], {}, ALICE, 'new')).toBe('tool_unapproved');
    expect(asked([['+files/*', 'true']], {}, ALICE, 'nothing')).toBe('tool_unknown');
  });

  it('knows who calls, and when', () => {
    const session = { ...ALICE, client: 'desktop', sessionId: 's1', sessionOpenedAt: NOW - 1_000 };
    const holds = (when: string, asker: typeof ALICE) => asked([['+files/read', when]], {}, asker);
    expect(holds('subject == "alice"', ALICE)).toBe('permit 0');
    expect(holds('client == "desktop"', session)).toBe('permit 0');
    expect(holds('client != "desktop"', ALICE)).toBe('condition_failed');
    expect(holds('session.id == "s1" && now - session.openedAt < duration("2s")', session)).toBe(
      'permit 0',
    );
    expect(holds('now - session.openedAt < duration("8h")', ALICE)).toBe('condition_failed');
    expect(holds('now < timestamp("2026-06-01T00:00:01Z")', ALICE)).toBe('permit 0');
  });

  it('says what became of each that took part', () => {
    const rules = conditional(['+files/read', 'args.count > 7'], ['+files/read', small]);
    const request = { kind: 'tool', server: 'files', tool: 'read', args: { count: 1 } } as const;
    expect(decide(stateOf(rules), ALICE, request, NOW).conditions).toEqual([
      { grant: 'g', index: 0, effect: 'permit', when: 'args.count > 7', result: 'false' },
      { grant: 'g', index: 1, effect: 'permit', when: small, result: 'true' },
    ]);
  });
});

describe('a condition that does not fit a tool its rule matches', () => {
  const path = 'args.path == "/x"';

  it('permits nothing, lists nothing', () => {
    expect(asked([['+files/*', path]])).toBe('no_rule');
    expect(asked([['+files/*', path]], { path: '/x' })).toBe('no_rule');
  });

  it('denies everything it matches', () => {
    expect(asked([['+files/*'], ['-files/*', path]])).toBe('denied_by_rule');
    expect(asked([['+files/*'], ['-files/*', path]], { path: '/y' })).toBe('denied_by_rule');
  });

  it('is told with the tool and the names that exist', () => {
    const [rule] = conditional(['+files/*', path]).filter(isConditional);
    if (rule === undefined) throw new Error('no rule');
    expect(conditionMismatch(rule, stateOf([]).servers)).toEqual({
      offset: 5,
      message: 'there is no argument "path"',
      hint: 'it has none',
      tool: 'files/bare',
    });
  });

  it('has no meaning under a pattern that cannot be read: its deny denies everything', () => {
    expect(asked([['+files/*'], ['-files/{read', 'false']], {})).toBe('denied_by_rule');
    expect(asked([['+files/{read', 'true']], {})).toBe('no_rule');
  });

  it('leaves out what nobody approved, and servers never seen', () => {
    expect(asked([['+{files,unseen}/{read,new}', path]], { path: '/x' })).toBe('permit 0');
  });

  it('fits again when the definition does', () => {
    const rules = conditional(['+files/read', path]);
    const withSchema = (schema: ReturnType<typeof schemaOf>) => ({
      ...stateOf(rules),
      servers: new Map([
        ['files', seen({ tools: new Map([['read', { hash: 'h', inputSchema: schema }]]) })],
      ]),
    });
    const request = { kind: 'tool', server: 'files', tool: 'read', args: { path: '/x' } } as const;
    const kinds = [
      schemaOf({ path: { type: 'string' } }),
      schemaOf({}),
      schemaOf({ path: { type: 'integer' } }),
    ].map((schema) => decide(withSchema(schema), ALICE, request, NOW).kind);
    expect(kinds).toEqual(['permit', 'deny', 'deny']);
  });
});

describe('a condition as it is written', () => {
  it.each([
    ['args.path ==', 12, 'Unexpected token: EOF'],
    ['arg.path == "x"', 0, 'unknown name "arg"'],
    ['args.pth == "x"', 5, 'there is no argument "pth"'],
    ['has(args.pth)', 9, 'there is no argument "pth"'],
    ['args["pth"] == "x"', 0, 'there is no argument "pth"'],
    ['args == args', 0, '`args` is used by its members'],
    ['args[subject] == "x"', 0, 'an argument is named by a literal'],
    ['wihtin(args.path, "/x")', 0, 'unknown function "wihtin"'],
    ['args.path', 0, 'is string, and a condition is true or false'],
    ['args.count == "x"', 0, 'no such overload: int == string'],
    ['args.path.matches("(a+)+$")', 0, 'regular expressions are not part of conditions'],
    ['args.path.split("") == []', 0, 'unknown method "split"'],
    ['args.paths.map(x, x) == []', 0, 'unknown method "map"'],
    ['args.paths.all(x, args.paths.all(y, x == y))', 18, '`all` within another `all` or `exists`'],
    ['args.paths.all(args, true)', 0, '`all` takes a new name and a condition'],
    ['{"a": 1} == {"a": 1}', 0, 'maps and optional members are not part of conditions'],
    ['within(args.path, args.url)', 0, 'the last argument of `within` is a literal text'],
    ['within(args.path, "x")', 18, 'not a folder to be within: it is not absolute'],
    ['within(args.path, "/x/../y")', 18, 'not a folder to be within: write it without'],
    ['glob(args.path, "[a]")', 16, 'globs have no character classes'],
    ['now < timestamp("tomorrow")', 16, 'an instant is written as'],
    ['now < timestamp("2026-13-41T00:00:00Z")', 16, 'an instant is written as'],
    ['now - now < duration("1.5x")', 21, 'a span is written as'],
    ['now.getHours("Europe/Berlin") > 8', 0, '`getHours` takes 0 arguments'],
    ['args.options.__proto__ == 1', 13, 'unknown name "__proto__"'],
    ['args.constructor == 1', 5, 'unknown name "constructor"'],
    ['session.key == "x"', 8, 'No such key: key'],
    ['type(args.path) == string', 0, 'unknown function "type"'],
    ['cel.bind(x, true, x)', 0, 'unknown method "bind"'],
  ])('is refused with its place: %s', (text, offset, message) => {
    const [rule] = conditional(['+files/read', text]).filter(isConditional);
    if (rule === undefined) throw new Error('no rule');
    const found = conditionMismatch(rule, stateOf([]).servers);
    expect(found?.message).toContain(message);
    expect(found?.offset).toBe(offset);
  });

  it('is bounded in length and size', () => {
    const long = `args.path == "${'x'.repeat(MAX_CONDITION_LENGTH)}"`;
    const wide = Array.from({ length: 60 }, () => 'true').join(' && ');
    for (const text of [long, wide]) expect(compileCondition(text, undefined).ok).toBe(false);
  });

  it.each(['paths', 'path', 'any'] as const)('looks at no more of %s than is bounded', (name) => {
    const value = {
      paths: Array(101).fill('x'),
      path: 'x'.repeat(20_000),
      any: Array(2_000).fill([]),
    }[name];
    const when =
      name === 'paths'
        ? 'args.paths.all(x, x == "x")'
        : name === 'path'
          ? 'args.path != ""'
          : 'args.any != 1';
    expect(asked([['+files/read', when]], { [name]: value })).toBe('condition_failed');
  });

  it('is read with line and column, quoted or not', () => {
    const text = (when: string) =>
      `id: a\nsubject: alice\npurpose: p\nexpires: 2099-01-01T00:00:00Z\nrules:\n  - permit: files/read\n    when: ${when}\n`;
    const places = ['foo == 1', '"foo == 1"', "'foo == 1'"].map((when) => {
      const parsed = parseGrant(text(when), 'a.yaml');
      return parsed.ok ? [] : parsed.problems.map(({ line, column }) => [line, column]);
    });
    expect(places).toEqual([[[7, 11]], [[7, 12]], [[7, 12]]]);
  });

  it('is written and read back', () => {
    const rules = conditional(['+files/read', '!args.isForced && args.path == "it\'s: #x"']);
    const parsed = parseGrant(formatGrant(grant('g', { rules })), 'g.yaml');
    expect(parsed.ok && parsed.document.rules.map(({ when }) => when)).toEqual([rules[0]?.when]);
  });
});

describe('a change of a condition', () => {
  const of = (...rules: ConditionalTexts) => grant('g', { rules: conditional(...rules) });

  it.each([
    ['another condition', of(['+a/b', 'true']), of(['+a/b', 'false']), 'mixed'],
    ['none any more', of(['+a/b', 'true']), of(['+a/b']), 'widens'],
    ['one where there was none', of(['+a/b']), of(['+a/b', 'true']), 'narrows'],
    ['the same', of(['+a/b', 'true']), of(['+a/b', 'true']), 'same'],
    ['a rule less', of(['+a/b', 'true'], ['+a/c', 'true']), of(['+a/b', 'true']), 'narrows'],
    ['another pattern', of(['+a/*', 'true']), of(['+a/b', 'true']), 'mixed'],
    ['a deny with one', of(['-a/b']), of(['-a/b', 'true']), 'widens'],
    ['a deny without one', of(['-a/b', 'true']), of(['-a/b']), 'narrows'],
    ['another in a deny', of(['-a/b', 'true']), of(['-a/b', 'false']), 'mixed'],
    ['a new deny', of(['+a/b']), of(['+a/b'], ['-a/b', 'true']), 'narrows'],
  ])('%s', (_what, old, next, kind) => {
    expect(compareGrants(old, next).kind).toBe(kind);
    expect(compareGrants(old, compareGrants(old, next).narrowed).kind).toMatch(/narrows|same/);
  });

  it('is told', () => {
    expect(compareGrants(of(['+a/b', 'true']), of(['+a/b', 'false'])).differences).toEqual([
      '- permit a/b when true',
      '+ permit a/b when false',
    ]);
  });
});
