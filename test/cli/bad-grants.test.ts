import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
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
  ['`when: !args.x`', rules("permit: 's/*'\n    when: !args.x"), ':7:11: `!` at the start makes this a tag', 'quote it: "!args.x"'],
  ['`permit: */*`', rules('permit: */*'), ':6:13: `*` at the start makes this an alias', 'quote it: "*/*"'],
  ['`permit: &s/x`', rules('permit: &a s/x'), ':6:13: `&` makes this an anchor'],
  ['a key twice', `${rules("permit: 's/*'")}subject: bob\n`, ':7:1: `subject` is repeated'],
  ['a key that is unknown', rules("permitt: 's/*'"), ':6:5: unknown key "permitt"', 'did you mean `permit`'],
  ['tabs', 'id: new\n\tsubject: alice\n', ':2:1: '],
  ['nothing', '', ':1:1: the file is empty'],
  ['comments only', '# later\n', ':1:1: the file is empty'],
  ['two documents', `${rules("permit: 's/*'")}---\nid: x\n`, 'more than one document'],
  ['a list', '- id: new\n', ':1:1: a grant is a mapping of keys and values'],
  ['no expiry', grantText({ id: 'new', expires: undefined }), ':1:1: `expires` is missing'],
  ['an expiry in words', grantText({ id: 'new', expires: 'tomorrow' }), ':4:10: `expires` must be an instant'],
  ['an expiry without a zone', grantText({ id: 'new', expires: '2099-01-01T00:00:00' }), ':4:10: `expires` must be an instant'],
  ['a day that does not exist', grantText({ id: 'new', expires: '2099-02-31T00:00:00Z' }), ':4:10: `expires` must be an instant'],
  ['a number for a subject', grantText({ id: 'new', subject: '007' }), ':2:10: `subject` must be text', 'quote it: "007"'],
  ['no value', grantText({ id: 'new', subject: '' }), ':2:1: `subject` has no value'],
  ['a subject that cannot be seen', grantText({ id: 'new', subject: '"al\\u200bice"' }), ':2:10: `subject` must not begin or end'],
  ['permit and deny', rules("permit: 's/*'\n    deny: 's/x'"), ':7:5: a rule has `permit` or `deny`, not both'],
  ['a pattern without a server', rules('permit: nonsense'), ':6:13: a pattern names a server and a tool'],
  ['a pattern with a class', rules("permit: 's/[a-z]*'"), ':6:'],
  ['bytes that are not UTF-8', Buffer.from('id: n\xe9w\n', 'latin1'), 'cannot read grants/new.yaml: not UTF-8'],
  ['1 MiB', `#${'x'.repeat(1024 * 1024)}\n`, 'grants/new.yaml is larger than 262144 bytes'],
  ['a condition', rules("permit: 's/*'\n    when: \"args.x == 1\""), ':7:5: `when`: this version does not enforce it'],
  ['a limit', rules("permit: 's/*'\n    limit: 10/h"), ':7:5: `limit`: this version does not enforce it'],
  ['an approval', rules("permit: 's/*'\n    approval: admin"), ':7:5: `approval`: this version does not'],
  ['a rule on resources', rules("permit: 'resource:s/**'"), 'a rule on `resource:`: this version does not'],
  ['a match', grantText({ id: 'new', subject: undefined, match: '{ issuer: corp }' }), '`match`: this version does not'],
  ['an idle limit', grantText({ id: 'new', session: '{ idle: 30m }' }), '`session.idle`: this version does not'],
];

describe.concurrent('a grant file that cannot be used, beside a good one', () => {
  it.each(CASES)('ends with 3 and nothing is applied: %s', async (_, content, message, hint) => {
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

  it('is named by validate, with its place, and by nothing else on standard output', async () => {
    const place = new Place(settled);
    place.writeGrant('a.yaml', rules('permit: */*').replace('new', 'a'));
    place.writeGrant('b.yaml', rules("permit: 's/*'\n    limit: 1/h").replace('new', 'b'));
    place.writeGrant('c.yaml', rules("permit: 'nobody/*'").replace('new', 'c'));
    const ended = await place.run(['grant', 'validate', '--json']);
    expectDiscreet(ended);
    expect([ended.code, JSON.parse(ended.stdout)]).toEqual([
      3,
      [
        { file: 'grants/a.yaml', line: 6, column: 13, kind: 'invalid', message: expect.any(String), hint: 'quote it: "*/*"' },
        { file: 'grants/b.yaml', line: 7, column: 5, kind: 'not_enforced', message: expect.any(String), hint: null },
        { file: 'grants/c.yaml', line: 6, column: 1, kind: 'warning', message: expect.any(String), hint: null },
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
    ['holds a folder named as a file', (_, path) => mkdirSync(path), 'new.yaml is not a regular file'],
    ['holds a link that leads nowhere', (_, path) => symlinkSync('none', path), 'new.yaml is a link that leads nowhere'],
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
  it.runIf(process.platform !== 'win32').each(spoiled)('%s: ends with 3', async (_, spoil, error) => {
    const place = new Place(settled);
    spoil(place, join(place.grants, 'new.yaml'));
    const [before, held] = [place.files(), place.held()];
    expectError(await place.run(['grant', 'apply']), 3, error);
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it('is gone: what is in force stays so, until --prune', async () => {
    const place = new Place(settled);
    rmSync(place.grants, { recursive: true });
    const held = place.held();
    const kept = await place.run(['grant', 'apply']);
    expect([kept.code, place.held()]).toEqual([0, held]);
    expect(kept.stderr).toContain('alice-s stays in force without a file');
    const pruned = await place.json<{ applied: unknown }>('grant', 'apply', '--prune');
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

describe.concurrent('a grant', () => {
  it('is applied when it has expired, and is inert', async () => {
    const place = new Place(settled);
    place.writeGrant('old.yaml', grantText({ id: 'old', subject: 'bob', expires: '2020-01-01T00:00:00Z' }));
    expect((await place.json<{ applied: unknown }>('grant', 'apply')).applied).toEqual(['old']);
    expect(await place.json('grant', 'show', 'old')).toMatchObject({ id: 'old', state: 'expired' });
    const asked = await place.run(['can-i', 'bob', 's/echo', '--json']);
    expect([asked.code, JSON.parse(asked.stdout)]).toMatchObject([1, { allowed: false }]);
    const held = place.held();
    expectError(await place.run(['session', 'open', '--subject', 'bob']), 5, 'bob has no live grant');
    expect(place.held()).toEqual(held);
  });

  it('may begin with a byte order mark', async () => {
    const place = new Place(settled);
    place.writeGrant('new.yaml', `\ufeff${rules('permit: s/*')}`);
    expect((await place.json<{ applied: unknown }>('grant', 'apply')).applied).toEqual(['new']);
  });

  it('is not changed by --dry-run', async () => {
    const place = new Place(settled);
    place.writeGrant('alice-s.yaml', grantText({ rules: "\n  - permit: '*/*'" }));
    const [before, held] = [place.files(), place.held()];
    const shown = await place.json<object>('grant', 'apply', '--dry-run');
    expect(shown).toMatchObject({ dryRun: true, applied: [], grants: [{ action: 'widen' }] });
    const drafted = await place.json<object>(
      ...['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '8h', '--dry-run'],
    );
    expect(drafted).toMatchObject({ dryRun: true, grant: { id: 'bob-s' } });
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it('stays revoked whatever its file says, until it is reinstated by name', async () => {
    const place = new Place(settled);
    const path = join(place.grants, 'alice-s.yaml');
    const original = readFileSync(path, 'utf8');
    await place.json('grant', 'revoke', 'alice-s');
    expect(readFileSync(path, 'utf8')).toContain('revoked: ');
    const states = async () => place.json<{ state: string }[]>('grant', 'list', '--all');

    expectError(
      await place.run(['grant', 'apply', '--reinstate', 'alice-s', '--json']),
      3,
      'grants/alice-s.yaml',
    );
    writeFileSync(path, original);
    const plain = await place.json<object>('grant', 'apply');
    expect(plain).toMatchObject({ applied: [], grants: [{ id: 'alice-s', action: 'tombstoned' }] });
    unlinkSync(path);
    await place.json('grant', 'apply', '--prune');
    place.writeGrant('renamed.yaml', original);
    await place.json('grant', 'apply');
    expect(await states()).toMatchObject([{ id: 'alice-s', state: 'revoked' }]);

    const back = await place.json<object>('grant', 'apply', '--reinstate', 'alice-s');
    expect(back).toMatchObject({ applied: ['alice-s'], grants: [{ action: 'reinstate' }] });
    expect(await states()).toMatchObject([{ id: 'alice-s', state: 'active', revision: 2 }]);
  });

  it('is revoked once: again changes nothing and says so', async () => {
    const place = new Place(settled);
    const first = await place.json('grant', 'revoke', 'alice-s');
    const [before, held] = [place.files(), place.held()];
    const second = await place.json('grant', 'revoke', 'alice-s');
    expect([first, second]).toMatchObject([{ wasRevoked: false }, { wasRevoked: true }]);
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it.each([
    ['in force', 'alice-s', 'the grant id alice-s is taken'],
    ['revoked', 'gone', 'the grant id gone is taken'],
    ['in a file only', 'waiting', 'the grant id waiting is taken'],
  ])('is not created over one that is %s', async (_, id, error) => {
    const place = new Place(settled);
    if (id === 'gone') {
      await place.json(...['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '8h', '--id', 'gone']);
      await place.json('grant', 'revoke', 'gone');
      unlinkSync(join(place.grants, 'gone.yaml'));
    }
    place.writeGrant('x.yaml', grantText({ id: 'waiting' }));
    const [before, held] = [place.files(), place.held()];
    const ended = await place.run(
      ['grant', 'create', 'alice', '--permit', 's/*', '--ttl', '8h', '--id', id],
    );
    expectError(ended, 2, error, 'choose another --id');
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it.each([
    ['--id', '../evil'],
    ['--id', 'A B'],
    ['--permit', 'nonsense'],
    ['--permit', 'resource:s/**'],
    ['--purpose', ' '],
    ['--client', 'a*'],
  ])('is not created with %s %s', async (option, value) => {
    const place = new Place(settled);
    const [before, held] = [place.files(), place.held()];
    const ended = await place.run(
      ['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '8h', option, value],
    );
    expectError(ended, 3, /:\d+:\d+: /);
    expect([place.files(), place.held()]).toEqual([before, held]);
  });
});
