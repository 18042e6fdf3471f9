import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDiscreet, expectError } from '../support/cli/expect-error.ts';
import { grantText, Place, removePlaces, settledPlace } from '../support/cli/place.ts';

let settled: Place;
beforeAll(async () => {
  settled = await settledPlace();
});
afterAll(removePlaces);

const rules = (rule: string) => grantText({ id: 'new', rules: `\n  - ${rule}` });

/** What is wrong: the file, the place and the words, the kind, and the hint where one helps. */
const CASES: readonly (readonly [
  title: string,
  content: string | Buffer,
  message: string,
  hint?: string,
])[] = [
  [
    '`when: !args.x`',
    rules("permit: 's/*'\n    when: !args.x"),
    ':7:11: `!` at the start makes this a tag',
    'quote it: "!args.x"',
  ],
  [
    '`permit: */*`',
    rules('permit: */*'),
    ':6:13: `*` at the start makes this an alias',
    'quote it: "*/*"',
  ],
  ['`permit: &s/x`', rules('permit: &a s/x'), ':6:13: `&` makes this an anchor'],
  ['a key twice', `${rules("permit: 's/*'")}subject: bob\n`, ':7:1: `subject` is repeated'],
  [
    'a key that is unknown',
    rules("permitt: 's/*'"),
    ':6:5: unknown key "permitt"',
    'did you mean `permit`',
  ],
  ['tabs', 'id: new\n\tsubject: alice\n', ':2:1: '],
  ['nothing', '', ':1:1: the file is empty'],
  ['comments only', '# later\n', ':1:1: the file is empty'],
  ['two documents', `${rules("permit: 's/*'")}---\nid: x\n`, 'more than one document'],
  ['a list', '- id: new\n', ':1:1: a grant is a mapping of keys and values'],
  ['no expiry', grantText({ id: 'new', expires: undefined }), ':1:1: `expires` is missing'],
  [
    'an expiry in words',
    grantText({ id: 'new', expires: 'tomorrow' }),
    ':4:10: `expires` must be an instant',
  ],
  [
    'an expiry without a zone',
    grantText({ id: 'new', expires: '2099-01-01T00:00:00' }),
    ':4:10: `expires` must be an instant',
  ],
  [
    'a day that does not exist',
    grantText({ id: 'new', expires: '2099-02-31T00:00:00Z' }),
    ':4:10: `expires` must be an instant',
  ],
  [
    'a number for a subject',
    grantText({ id: 'new', subject: '007' }),
    ':2:10: `subject` must be text',
    'quote it: "007"',
  ],
  ['no value', grantText({ id: 'new', subject: '' }), ':2:1: `subject` has no value'],
  [
    'a subject that cannot be seen',
    grantText({ id: 'new', subject: '"al\\u200bice"' }),
    ':2:10: `subject` must not begin or end',
  ],
  [
    'permit and deny',
    rules("permit: 's/*'\n    deny: 's/x'"),
    ':7:5: a rule has `permit` or `deny`, not both',
  ],
  [
    'a pattern without a server',
    rules('permit: nonsense'),
    ':6:13: a pattern names a server and a tool',
  ],
  ['a pattern with a class', rules("permit: 's/[a-z]*'"), ':6:'],
  [
    'bytes that are not UTF-8',
    Buffer.from('id: n\xe9w\n', 'latin1'),
    'cannot read grants/new.yaml: not UTF-8',
  ],
  ['1 MiB', `#${'x'.repeat(1024 * 1024)}\n`, 'grants/new.yaml is larger than 262144 bytes'],
  [
    'a condition on a question',
    rules('permit: ask:s/elicitation\n    when: subject == "bob"'),
    ':7:5: `when` on a rule about what a tool server asks: this version does not enforce it',
  ],
  [
    'a condition with a regular expression',
    rules('permit: \'s/*\'\n    when: args.x.matches("(a+)+")'),
    ':7:11: `when` regular expressions are not part of conditions',
  ],
  [
    'a limit on a question',
    rules('permit: ask:s/elicitation\n    limit: 10/h'),
    ':7:5: `limit` on a rule about what a tool server asks: this version does not enforce it',
  ],
  [
    'a limit on a deny',
    rules("deny: 's/*'\n    limit: 10/h"),
    ':7:5: `limit` is of a permit, and this is a deny',
  ],
  [
    'a wait for nothing',
    rules("permit: 's/*'\n    wait: 60s"),
    ':7:5: `wait` is for an approval, and there is none',
  ],
  [
    'a zone that is none',
    rules("permit: 's/*'\n    hours: 08:00-18:00 Berlin"),
    ':7:24: `hours` knows no zone "Berlin"',
  ],
  [
    'a trial without an end',
    rules("permit: 's/*'\n    limit: 10/h\n    enforce: false"),
    ':8:5: `enforce: false` has no end',
  ],
  [
    'a match',
    grantText({ id: 'new', subject: undefined, match: '{ issuer: corp }' }),
    '`match`: this version does not',
  ],
];

/** The ones `grant apply` is tried with; `grant validate` reads them all. */
const APPLIED: ReadonlySet<string> = new Set([
  '`when: !args.x`',
  '`permit: */*`',
  'a key that is unknown',
  'nothing',
  'two documents',
  'an expiry without a zone',
  'bytes that are not UTF-8',
  '1 MiB',
  'a condition on a question',
  'a condition with a regular expression',
  'a limit on a deny',
  'a rule on resources',
]);

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly kind: string;
  readonly message: string;
  readonly hint: string | null;
}

describe.concurrent('a grant file that cannot be used, beside a good one', () => {
  it.each(
    CASES.filter(([title]) => APPLIED.has(title)).map(([title, content, message, hint]) => ({
      title,
      content,
      message,
      hint,
    })),
  )('ends with 3 and nothing is applied: $title', async ({ content, message, hint }) => {
    const place = new Place(settled);
    place.writeGrant('good.yaml', grantText({ id: 'good', subject: 'bob' }));
    place.writeGrant('new.yaml', content);
    const [before, held] = [place.files(), place.held()];
    const ended = await place.run(['grant', 'apply']);
    expectError(ended, 3, 'grants/new.yaml', hint);
    expect(ended.stderr).toContain(message);
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it.each([
    ['serve', '--port', '0', '--apply'],
    ['grant', 'apply', '--dry-run'],
    ['grant', 'diff'],
    ['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '8h', '--id', 'new'],
  ])('ends %s %s %s with an error as well', async (...words) => {
    const place = new Place(settled);
    place.writeGrant('new.yaml', rules('permit: */*'));
    const { codes: _, ...held } = place.held();
    const ended = await place.run(words);
    expectError(ended, words.includes('create') ? 2 : 3, /new/);
    expect(place.held()).toMatchObject({ ...held, liveBrokers: 0 });
    expect(Object.keys(place.files()).filter((name) => name.startsWith('grants/'))).toEqual([
      'grants/',
      'grants/alice-s.yaml',
      'grants/new.yaml',
    ]);
  });

  it('is named by validate with place and hint, whatever is wrong with it', async () => {
    const place = new Place(settled);
    // What cannot be read as text stops the command: that is tried with `grant apply`.
    const readable = CASES.filter(([, , message]) => !message.includes('grants/new.yaml'));
    const names = readable.map((_, index) => join(place.grants, `case-${index}.yaml`));
    for (const [index, [, content]] of readable.entries()) {
      writeFileSync(names[index] ?? '', content);
    }
    const ended = await place.run(['grant', 'validate', '--json', ...names]);
    expectDiscreet(ended);
    const findings = JSON.parse(ended.stdout) as Finding[];
    const told = readable.map(([title, , message, hint], index) => {
      const of = findings.filter(({ file }) => file === names[index]);
      const found = of.find(({ line, column, message: text }) =>
        `:${line}:${column}: ${text}`.includes(message),
      );
      return [title, found !== undefined && (hint === undefined || found.hint === hint)];
    });
    expect([ended.code, told.length > 20]).toEqual([3, true]);
    expect(told).toEqual(readable.map(([title]) => [title, true]));
  });

  it('is told from what is not enforced, and from a rule that matches no tool server', async () => {
    const place = new Place(settled);
    place.writeGrant('a.yaml', rules('permit: */*').replace('new', 'a'));
    place.writeGrant('b.yaml', rules('permit: ask:s/roots\n    limit: 1/h').replace('new', 'b'));
    place.writeGrant('c.yaml', rules("permit: 'nobody/*'").replace('new', 'c'));
    const ended = await place.run(['grant', 'validate', '--json']);
    expectDiscreet(ended);
    expect([ended.code, JSON.parse(ended.stdout)]).toEqual([
      3,
      [
        {
          file: 'grants/a.yaml',
          line: 6,
          column: 13,
          kind: 'invalid',
          message: expect.any(String),
          hint: 'quote it: "*/*"',
        },
        {
          file: 'grants/b.yaml',
          line: 7,
          column: 5,
          kind: 'not_enforced',
          message: expect.any(String),
          hint: null,
        },
        {
          file: 'grants/c.yaml',
          line: 6,
          column: 1,
          kind: 'warning',
          message: expect.any(String),
          hint: null,
        },
      ],
    ]);
  });

  it('is one of two with the same id', async () => {
    const place = new Place(settled);
    place.writeGrant('other.yaml', grantText({ rules: "\n  - permit: '**/**'" }));
    const held = place.held();
    const ended = await place.run(['grant', 'apply']);
    expectError(ended, 3, /alice-s/);
    expect(place.held()).toEqual(held);
  });
});

describe.concurrent('a folder of grants that is not as it should be', () => {
  const spoiled: readonly (readonly [string, (place: Place, path: string) => void, string])[] = [
    [
      'holds a folder named as a file',
      (_, path) => mkdirSync(path),
      'new.yaml is not a regular file',
    ],
    [
      'holds a link that leads nowhere',
      (_, path) => symlinkSync('none', path),
      'new.yaml is a link that leads nowhere',
    ],
    [
      'holds a pipe',
      (_, path) => execFileSync('mkfifo', ['-m', '600', path]),
      'new.yaml is not a regular file',
    ],
    [
      'is a file',
      (place) => {
        rmSync(place.grants, { recursive: true });
        writeFileSync(place.grants, 'x', { mode: 0o644 });
      },
      'grants is not a folder',
    ],
  ];
  it.runIf(process.platform !== 'win32').each(spoiled)(
    '%s: ends with 3',
    async (_, spoil, error) => {
      const place = new Place(settled);
      spoil(place, join(place.grants, 'new.yaml'));
      const [before, held] = [place.files(), place.held()];
      expectError(await place.run(['grant', 'apply']), 3, error);
      expect([place.files(), place.held()]).toEqual([before, held]);
    },
  );

  it('is gone: what is in force stays so, until --prune', async () => {
    const place = new Place(settled);
    rmSync(place.grants, { recursive: true });
    const held = place.held();
    const kept = await place.run(['grant', 'apply']);
    expect([kept.code, place.held()]).toEqual([0, held]);
    expect(kept.stderr).toContain('alice-s stays in force without a file');
    const pruned = await place.json<{ applied: unknown }>('grant', 'apply', '--prune', '--yes');
    expect(pruned.applied).toEqual(['alice-s']);
    expect(await place.json('grant', 'list')).toEqual([]);
  });

  it('holds what is no grant, which is left alone', async () => {
    const place = new Place(settled);
    place.writeGrant('README.md', 'no grant');
    place.writeGrant('.hidden.yaml', ':::');
    const held = place.held();
    const ended = await place.run(['grant', 'apply', '--json']);
    expect([ended.code, JSON.parse(ended.stdout), place.held()]).toEqual([
      0,
      { dryRun: false, applied: [], grants: [], brokers: null },
      held,
    ]);
  });
});
