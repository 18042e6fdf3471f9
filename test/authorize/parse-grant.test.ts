import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GRANT_KEYS, grantJsonSchema } from '../../src/authorize/grant-schema.ts';
import { parseGrant } from '../../src/authorize/parse-grant.ts';
import { unmatchedServers } from '../../src/authorize/rule-pattern.ts';
import { runs } from '../support/runs.ts';

const HEAD = 'id: a\nsubject: alice\npurpose: Test\nexpires: 2030-01-01T00:00:00Z\n';
/** A file whose rules start on line 6. */
const withRules = (text: string): string => `${HEAD}rules:\n${text}\n`;
/** A file with one more line, the fifth. */
const withLine = (line: string): string => `${HEAD}${line}\nrules:\n  - permit: files/*\n`;

/** Problems as `line:column kind message`. */
const problems = (text: string): readonly string[] => {
  const parsed = parseGrant(text, 'grants/a.yaml');
  if (parsed.ok) return [];
  return parsed.problems.map(
    ({ line, column, kind, message }) => `${line}:${column} ${kind} ${message}`,
  );
};

const hintOf = (text: string): string | undefined => {
  const parsed = parseGrant(text, 'grants/a.yaml');
  return parsed.ok ? undefined : parsed.problems[0]?.hint;
};

describe('a grant file', () => {
  it('is read whole, with the line of each rule', () => {
    const text = [
      '# a comment',
      '$schema: ../schema/grant.schema.json',
      'id: alice-triage',
      'subject: alice # who',
      'clients: [claude-desktop]',
      'purpose: Triage incoming issues',
      'expires: 2026-12-31T18:00:00+01:00',
      'session: { life: 8h, idle: 30m, maxCalls: 20, concurrent: 4 }',
      'rules:',
      '  - permit: github/{list,get,search}_*',
      '',
      '  - deny: "*/*delete*"',
      '  -',
      '    permit: files/**',
    ].join('\r\n');
    expect(parseGrant(text, 'grants/a.yaml')).toEqual({
      ok: true,
      document: {
        id: 'alice-triage',
        subject: 'alice',
        clients: ['claude-desktop'],
        purpose: 'Triage incoming issues',
        expiresAt: Date.UTC(2026, 11, 31, 17),
        sessionLifeMs: 8 * 3_600_000,
        sessionLimits: { idleMs: 1_800_000, maxCalls: 20, concurrent: 4 },
        rules: [
          { effect: 'permit', pattern: 'github/{list,get,search}_*', line: 10 },
          { effect: 'deny', pattern: '*/*delete*', line: 12 },
          { effect: 'permit', pattern: 'files/**', line: 14 },
        ],
      },
    });
  });

  it('says when it was marked revoked', () => {
    expect(parseGrant(withLine('revoked: 2026-01-02T03:04:05Z'), 'f')).toMatchObject({
      ok: true,
      markedRevoked: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
  });

  it('may have no rules, which is how everything is taken away', () => {
    expect(parseGrant(`${HEAD}rules: []\n`, 'f')).toMatchObject({
      ok: true,
      document: { rules: [] },
    });
  });

  it('names its file in every problem', () => {
    const parsed = parseGrant('id: A\n', 'grants/a.yaml');
    expect(parsed.ok).toBe(false);
    if (!parsed.ok)
      expect(new Set(parsed.problems.map(({ file }) => file))).toEqual(new Set(['grants/a.yaml']));
  });

  it.each<[string, string, string | undefined]>([
    ['- permit: */*', '6:13 invalid `*` at the start makes this an alias', 'quote it: "*/*"'],
    ['- permit: **', '6:13 invalid `*` at the start makes this an alias', 'quote it: "**"'],
    [
      '- permit: *delete* # all',
      '6:13 invalid `*` at the start makes this an alias',
      'quote it: "*delete*"',
    ],
    ['- deny: !files/*', '6:11 invalid `!` at the start makes this a tag', 'quote it: "!files/*"'],
    [
      '- permit: !!str files/*',
      '6:13 invalid `!` at the start makes this a tag',
      'quote it: "!!str files/*"',
    ],
    [
      '- permit: ! files/*',
      '6:13 invalid `!` at the start makes this a tag',
      'quote it: "! files/*"',
    ],
    ['- permit: &x files/*', '6:13 invalid `&` makes this an anchor', 'quote it: "&x files/*"'],
    [
      '- permit: files/*\n    when: !args.x',
      '7:11 invalid `!` at the start makes this a tag',
      'quote it: "!args.x"',
    ],
    [
      '- permit: files/*\n    when:',
      '7:5 invalid `when` has no value',
      'leave it out, or write the value in quotes',
    ],
    ['- permit: files/*\n    when: ~', '7:5 invalid `when` has no value', 'quote it: "~"'],
    ['- permit: files/*\n    when: null', '7:5 invalid `when` has no value', 'quote it: "null"'],
    ['- permit: {a,b}/x', '6:14 invalid `a` has no value', 'quote it: "{a,b}/x"'],
    [
      '- permit: @files/x',
      '6:13 invalid plain value cannot start with reserved character @',
      'quote it: "@files/x"',
    ],
    [
      '- permit: files/*: x',
      '6:13 invalid nested mappings are not allowed in compact mappings',
      'quote it: "files/*: x"',
    ],
    ['- permit: 12', '6:13 invalid `rules.1.permit` must be text', 'quote it: "12"'],
    ['- permit: true', '6:13 invalid `rules.1.permit` must be text', 'quote it: "true"'],
    ['- permit: files/*\n    permit: mail/*', '7:5 invalid `permit` is repeated', undefined],
    [
      '- permit: files/*\n    "permi\\u0074": mail/*',
      '7:5 invalid `permit` is repeated',
      undefined,
    ],
    ['- <<: { permit: files/* }', '6:5 invalid `<<` is a merge key', undefined],
    [
      '- permit: files/*\n\t- deny: x/y',
      '7:1 invalid tabs are not allowed as indentation',
      undefined,
    ],
  ])('refuses YAML that means something else: %j', (text, problem, hint) => {
    expect(problems(withRules(`  ${text}`))[0]).toBe(problem);
    if (hint !== undefined) expect(hintOf(withRules(`  ${text}`))).toBe(hint);
  });

  it.each<[string, string, string]>([
    ['an empty file', '', '1:1 invalid the file is empty'],
    ['only comments', '# x\n', '1:1 invalid the file is empty'],
    ['a list', '- a\n', '1:1 invalid a grant is a mapping of keys and values'],
    [
      'two documents',
      `${withRules('  - permit: a/b')}---\nid: b\n`,
      '8:1 invalid the file holds more than one document',
    ],
    [
      'a directive of another YAML',
      `%YAML 1.1\n---\n${withRules('  - permit: a/b')}`,
      '1:1 invalid directives (`%…`) are not read',
    ],
    [
      'a directive that renames tags',
      `%TAG ! tag:x,2000:\n---\n${withRules('  - permit: a/b')}`,
      '1:1 invalid directives (`%…`) are not read',
    ],
    [
      'a character that reorders',
      withRules('  - permit: a/\u202eb'),
      '6:15 invalid character U+202E makes the file look other than it is',
    ],
    [
      'a NUL',
      withRules('  - permit: a/\u0000b'),
      '6:15 invalid character U+0000 makes the file look other than it is',
    ],
    [
      'a line end only some know',
      withRules('  - permit: a/b # x\u2028  - deny: a/b'),
      '6:20 invalid character U+2028 makes the file look other than it is',
    ],
    [
      'broken encoding',
      withRules('  - deny: a/\ufffd'),
      '6:13 invalid character U+FFFD makes the file look other than it is',
    ],
    ['more than 256 KiB', `${HEAD}# ${'x'.repeat(300_000)}\n`, '1:1 invalid larger than 256 KiB'],
    ['nesting without end', '['.repeat(200_000), '1:34 invalid nested too deeply'],
  ])('refuses %s', (_title, text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  it.each<[string, string]>([
    ['- permit: "[a]/x"', '6:14 invalid globs have no character classes, in "[a]/x"'],
    ["- permit: 'a/[b]'", '6:16 invalid globs have no character classes, in "a/[b]"'],
    ['- permit: a/{b', '6:15 invalid `{` is never closed, in "a/{b"'],
    ['- permit: a\\b/c', '6:14 invalid globs have no escapes, in "a\\\\b/c"'],
    [
      '- permit: files',
      '6:13 invalid a pattern names a server and a tool, `server/tool`, in "files"',
    ],
    [
      '- permit: files**',
      '6:13 invalid a pattern names a server and a tool, `server/tool`, in "files**"',
    ],
    [
      '- deny: "!files/x"',
      '6:12 invalid no `server/tool` can match: the server part is letters, digits, `_` and `-`, in "!files/x"',
    ],
    [
      '- deny: /x',
      '6:11 invalid no `server/tool` can match: the server part is letters, digits, `_` and `-`, in "/x"',
    ],
    [
      '- deny: files/',
      '6:11 invalid no `server/tool` can match: the server part is letters, digits, `_` and `-`, in "files/"',
    ],
    [
      '- deny: git.hub/x',
      '6:11 invalid no `server/tool` can match: the server part is letters, digits, `_` and `-`, in "git.hub/x"',
    ],
    [
      '- deny: "a/x "',
      '6:11 invalid `rules.1.deny` must not begin or end with a space, nor hold characters that cannot be seen',
    ],
    [
      '- deny: "a/x\\u200b"',
      '6:11 invalid `rules.1.deny` must not begin or end with a space, nor hold characters that cannot be seen',
    ],
    ['- deny: ""', '6:11 invalid `rules.1.deny` must not be empty'],
    ['- files/x', '6:5 invalid `rules.1` must be a mapping'],
    ['- {}', '6:5 invalid a rule has `permit` or `deny`'],
    ['- permit: a/b\n    deny: a/c', '7:5 invalid a rule has `permit` or `deny`, not both'],
    ['- permitt: a/b', '6:5 invalid unknown key "permitt"'],
  ])('refuses the rule %j', (rule, problem) => {
    expect(problems(withRules(`  ${rule}`))[0]).toBe(problem);
  });

  it.each([
    '"**"',
    '"*/*"',
    '"{a,b}/x"',
    'files/read_*',
    '"?/x"',
    'a/b/c',
    '"**/b"',
    '"{a/b,c/d}"',
  ])('takes the pattern %s', (pattern) => {
    expect(problems(withRules(`  - permit: ${pattern}`))).toEqual([]);
  });

  it.each<[string, string, string | undefined]>([
    ['expiry: x', '5:1 invalid unknown key "expiry"', 'did you mean `expires`'],
    ['idle: 3m', '5:1 invalid unknown key "idle"', 'it belongs under `session`'],
    ['__proto__: { a: b }', '5:1 invalid unknown key "__proto__"', undefined],
    ['constructor: x', '5:1 invalid unknown key "constructor"', undefined],
    ['clients: []', '5:10 invalid `clients` names nobody; leave it out for any client', undefined],
    ['clients: desktop', '5:10 invalid `clients` must be a list', undefined],
    ['clients: ["*"]', '5:11 invalid `clients.1` is one name, not a pattern', undefined],
    [
      'session: { life: 8 h }',
      '5:18 invalid `session.life` must be a duration such as 30m, 8h or 7d',
      undefined,
    ],
    [
      'session: { life: 0h }',
      '5:18 invalid `session.life` must be a duration such as 30m, 8h or 7d',
      undefined,
    ],
    [
      'session: { idle: soon }',
      '5:18 invalid `session.idle` must be a duration such as 30m, 8h or 7d',
      undefined,
    ],
    ['session: { maxCalls: 0 }', '5:22 invalid `session.maxCalls` must be at least 1', undefined],
    [
      'session: { concurrent: 1.5 }',
      '5:24 invalid `session.concurrent` must be a whole number',
      undefined,
    ],
    ['session: { maxCall: 3 }', '5:12 invalid unknown key "maxCall"', 'did you mean `maxCalls`'],
    ['session: { lives: 8h }', '5:12 invalid unknown key "lives"', 'did you mean `life`'],
    [
      'revoked: yes',
      '5:10 invalid `revoked` must be an instant with its zone, such as 2026-12-31T18:00:00Z',
      undefined,
    ],
    ['1: x', '5:1 invalid a key must be text', undefined],
  ])('refuses the line %j', (line, problem, hint) => {
    expect(problems(withLine(line))).toEqual([problem]);
    if (hint !== undefined) expect(hintOf(withLine(line))).toBe(hint);
  });

  it.each([
    '2030-01-01',
    '2030-01-01T00:00:00',
    '2030-02-30T00:00:00Z',
    '2030-01-01 00:00:00Z',
    '1893456000',
    'tomorrow',
    '2030-01-01T25:00:00Z',
  ])('refuses to expire at %s', (instant) => {
    const [problem = ''] = problems(
      withRules('  - permit: a/b').replace('2030-01-01T00:00:00Z', instant),
    );
    expect(problem).toMatch(/^4:10 invalid `expires` must be /);
  });

  it.each(['id', 'subject', 'purpose', 'expires', 'rules'])('refuses to be without `%s`', (key) => {
    const text = withRules('  - permit: a/b')
      .split('\n')
      .filter((line) => !line.startsWith(key) && !(key === 'rules' && line.startsWith('  -')))
      .join('\n');
    expect(problems(text)).toEqual([`1:1 invalid \`${key}\` is missing`]);
  });

  it.each(['A', 'a_b', '-a', 'a.b', 'ä', 'a'.repeat(65)])('refuses the id %j', (id) => {
    expect(problems(withRules('  - permit: a/b').replace('id: a', `id: ${id}`))[0]).toMatch(
      /^1:5 invalid `id` must be /,
    );
  });

  it('tells all problems in the order of the file', () => {
    const text = `id: A\nsubject: alice\npurpose: ""\nexpires: never\nrules:\n  - permit: x\n  - deny: "[a]/b"\n`;
    expect(problems(text).map((each) => each.split(' ')[0])).toEqual([
      '1:5',
      '3:10',
      '4:10',
      '6:13',
      '7:12',
    ]);
  });
});

describe('what this version does not enforce', () => {
  it.each<[string, string]>([
    [withLine('match: { issuer: corp, groups: [support] }'), '5:1 not_enforced `match`'],
    [
      withRules('  - permit: ask:files/elicitation\n    when: subject == "alice"'),
      '7:5 not_enforced `when` on a rule about what a tool server asks',
    ],
  ])('is refused by name and place: %#', (text, problem) => {
    expect(problems(text)).toEqual([`${problem}: this version does not enforce it`]);
  });

  it('is still checked: a wrong value is invalid', () => {
    expect(problems(withRules('  - permit: files/*\n    approval: nobody'))).toContain(
      '7:15 invalid `rules.1.approval` must be `admin` or `client`',
    );
  });
});

describe('any text', () => {
  it('is read as a grant or refused with problems, and never throws', () => {
    const piece = fc.constantFrom(
      'id: a\n',
      'subject: alice\n',
      'purpose: p\n',
      'expires: 2030-01-01T00:00:00Z\n',
      'rules:\n',
      '  - permit: a/b\n',
      '    when: args.x\n',
      '    hours: 08:00-18:00 UTC\n',
      '    limit: [10/h, ',
      '    limit: 10/h\n',
      '    wait: 60s\n',
      '    enforce: false\n',
      '    until: ',
      '  - ',
      '? ',
      ': ',
      '*x',
      '&x ',
      '!t ',
      '{',
      '}',
      '[',
      ']',
      '|\n',
      '>\n',
      '"',
      "'",
      '#',
      '---\n',
      '...\n',
      '\t',
      '%',
      '@',
      '<<: ',
      'revoked: ',
      '\u2028',
      '__proto__: ',
      '\n',
      '- - - ',
    );
    let read = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 20 }).map((all) => all.join('')),
          fc.string(),
        ),
        (text) => {
          const parsed = parseGrant(text, 'f');
          if (parsed.ok) read += 1;
          else expect(parsed.problems.length).toBeGreaterThan(0);
        },
      ),
      runs(1_000),
    );
    expect(read).toBeLessThan(1_000);
  });
});

describe('the schema', () => {
  it('lists exactly the keys that are read', () => {
    const { properties } = grantJsonSchema() as {
      properties: Record<string, { items?: { properties: object } }>;
    };
    expect(Object.keys(properties)).toEqual(GRANT_KEYS.file);
    expect(Object.keys(properties.rules?.items?.properties ?? {})).toEqual(GRANT_KEYS.rule);
  });

  it('is plain JSON', () => {
    const schema = grantJsonSchema();
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});

describe('rules about servers that are not configured', () => {
  it('are named', () => {
    const parsed = parseGrant(
      withRules(
        '  - permit: files/*\n  - permit: fiels/*\n  - deny: "*/*"\n  - deny: "{mail,db}/x"',
      ),
      'f',
    );
    expect(parsed.ok).toBe(true);
    if (!parsed.ok) return;
    const found = unmatchedServers(parsed.document, ['files', 'mail']);
    expect(found).toEqual([{ effect: 'permit', pattern: 'fiels/*', line: 7 }]);
  });
});
