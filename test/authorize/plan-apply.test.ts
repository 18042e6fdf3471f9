import { describe, expect, it } from 'vitest';
import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import { parseGrant } from '../../src/authorize/parse-grant.ts';
import { type ApplyMode, type ParsedFile, planApply } from '../../src/authorize/plan-apply.ts';
import { grant, NOW } from './sample-grants.ts';

function file(
  id: string,
  ruleLines: readonly string[],
  more = '',
  path = `grants/${id}.yaml`,
): ParsedFile {
  const list = ruleLines.map((line) => `\n  - ${line}`).join('');
  const text = `id: ${id}\nsubject: alice\npurpose: Test\nexpires: 2030-01-01T00:00:00Z\n${more}rules:${list || ' []'}\n`;
  return { file: path, text, parsed: parseGrant(text, path) };
}

function applied(
  id: string,
  ruleLines: readonly string[],
  members: Partial<GrantRecord> = {},
): GrantRecord {
  const { parsed } = file(id, ruleLines);
  if (!parsed.ok) throw new Error('a sample is broken');
  return grant(id, { ...parsed.document, ...members });
}

const plan = (
  files: readonly ParsedFile[],
  records: readonly GrantRecord[],
  mode: ApplyMode,
  more: { prune?: boolean; reinstate?: readonly string[] } = {},
) => planApply({ files, applied: records, mode, prune: false, reinstate: [], ...more });

/** `id action`, with `put` and `waits` where they hold. */
const brief = (...args: Parameters<typeof plan>): readonly string[] =>
  plan(...args).entries.map(({ id, action, put, waits }) =>
    [id, action, ...(put === undefined ? [] : ['put']), ...(waits ? ['waits'] : [])].join(' '),
  );

const READ = 'permit: files/read_*';
const WRITE = 'permit: files/write_*';
const DENY = 'deny: "*/*delete*"';

describe('a plan', () => {
  it.each<[string, ApplyMode, ParsedFile[], GrantRecord[], string[]]>([
    [
      'creates everything at the first start',
      'first-start',
      [file('b', [READ]), file('a', [DENY])],
      [],
      ['a create put', 'b create put'],
    ],
    ['creates what somebody applies', 'apply', [file('a', [READ])], [], ['a create put']],
    ['lets a new grant wait', 'auto', [file('a', [READ])], [], ['a create waits']],
    [
      'lets a new grant wait at a later start',
      'first-start',
      [file('a', [READ]), file('b', [READ])],
      [applied('b', [READ])],
      ['a create waits', 'b same'],
    ],
    ['applies a new grant that only denies', 'auto', [file('a', [DENY])], [], ['a create put']],
    [
      'applies the denies of a new grant at once',
      'auto',
      [file('a', [READ, DENY])],
      [],
      ['a create put waits'],
    ],
    [
      'leaves alone what is the same',
      'auto',
      [file('a', [READ])],
      [applied('a', [READ])],
      ['a same'],
    ],
    [
      'stores another purpose',
      'auto',
      [file('a', [READ])],
      [applied('a', [READ], { purpose: 'Old' })],
      ['a same put'],
    ],
    [
      'stores another file',
      'auto',
      [file('a', [READ])],
      [applied('a', [READ], { file: 'grants/old.yaml' })],
      ['a same put'],
    ],
    [
      'applies what narrows',
      'auto',
      [file('a', [READ])],
      [applied('a', [READ, WRITE])],
      ['a narrow put'],
    ],
    [
      'lets what widens wait',
      'auto',
      [file('a', [READ, WRITE])],
      [applied('a', [READ])],
      ['a widen waits'],
    ],
    [
      'applies what widens when asked',
      'apply',
      [file('a', [READ, WRITE])],
      [applied('a', [READ])],
      ['a widen put'],
    ],
    [
      'applies the narrowing half of a change',
      'auto',
      [file('a', [WRITE])],
      [applied('a', [READ])],
      ['a mixed put waits'],
    ],
    [
      'applies the whole of a change when asked',
      'apply',
      [file('a', [WRITE])],
      [applied('a', [READ])],
      ['a mixed put'],
    ],
    ['reports a grant without a file', 'apply', [], [applied('a', [READ])], ['a missing-file']],
    [
      'treats a file marked revoked as none',
      'apply',
      [file('a', [READ], 'revoked: 2026-01-01T00:00:00Z\n')],
      [applied('a', [READ])],
      ['a missing-file'],
    ],
    [
      'applies nothing of a new file marked revoked',
      'first-start',
      [file('a', [READ], 'revoked: 2026-01-01T00:00:00Z\n')],
      [],
      ['a same'],
    ],
    [
      'never brings a revoked grant back',
      'apply',
      [file('a', [READ])],
      [applied('a', [READ], { revokedAt: NOW })],
      ['a tombstoned'],
    ],
    [
      'never brings a revoked grant back under another file',
      'apply',
      [file('a', [DENY], '', 'grants/new.yaml')],
      [applied('a', [READ], { revokedAt: NOW })],
      ['a tombstoned'],
    ],
    [
      'says nothing of what was revoked and has no file',
      'apply',
      [],
      [applied('a', [READ], { revokedAt: NOW })],
      [],
    ],
  ])('%s', (_title, mode, files, records, expected) => {
    expect(brief(files, records, mode)).toEqual(expected);
  });

  it('revokes what has no file with prune, when asked and only then', () => {
    const records = [applied('a', [READ])];
    expect(brief([], records, 'apply', { prune: true })).toEqual(['a prune']);
    expect(brief([], records, 'auto', { prune: true })).toEqual(['a missing-file']);
  });

  it('reinstates by name, with what its file says', () => {
    const records = [
      applied('a', [READ], { revokedAt: NOW }),
      applied('b', [READ], { revokedAt: NOW }),
    ];
    const files = [file('a', [WRITE]), file('b', [READ])];
    const { entries } = plan(files, records, 'apply', { reinstate: ['a'] });
    expect(entries.map(({ id, action }) => [id, action])).toEqual([
      ['a', 'reinstate'],
      ['b', 'tombstoned'],
    ]);
    expect(entries[0]?.put?.rules).toEqual([
      { effect: 'permit', pattern: 'files/write_*', line: 6 },
    ]);
  });

  it('reinstates nothing when one of the ids has no file', () => {
    const records = [
      applied('a', [READ], { revokedAt: NOW }),
      applied('b', [READ], { revokedAt: NOW }),
    ];
    expect(plan([file('b', [READ])], records, 'apply', { reinstate: ['a', 'b'] })).toEqual({
      entries: [],
      problems: [],
      notRevoked: [],
      fileless: ['a'],
    });
  });

  it('tells a tombstone whose file says so from one whose file does not', () => {
    const records = [
      applied('a', [READ], { revokedAt: NOW }),
      applied('b', [READ], { revokedAt: NOW }),
    ];
    const files = [file('a', [READ]), file('b', [READ], 'revoked: 2026-01-01T00:00:00Z\n')];
    expect(plan(files, records, 'apply').entries.map(({ isUnmarked }) => isUnmarked)).toEqual([
      true,
      undefined,
    ]);
  });

  it('reinstates nothing by itself', () => {
    const records = [applied('a', [READ], { revokedAt: NOW })];
    expect(brief([file('a', [READ])], records, 'auto', { reinstate: ['a'] })).toEqual([
      'a tombstoned',
    ]);
  });

  it('names what cannot be reinstated, and changes nothing', () => {
    const found = plan([file('a', [READ]), file('b', [READ])], [applied('a', [READ])], 'apply', {
      reinstate: ['a', 'c'],
    });
    expect(found).toEqual({ entries: [], problems: [], notRevoked: ['a', 'c'], fileless: [] });
  });

  it('asks for the mark to be removed before it reinstates', () => {
    const files = [file('a', [READ], 'revoked: 2026-01-01T00:00:00Z\n')];
    const found = plan(files, [applied('a', [READ], { revokedAt: NOW })], 'apply', {
      reinstate: ['a'],
    });
    expect(found.entries).toEqual([]);
    expect(found.problems).toMatchObject([
      { file: 'grants/a.yaml', hint: 'remove the line `revoked:`' },
    ]);
  });

  it('shows what changes, and what is left to wait', () => {
    const [entry] = plan([file('a', [WRITE, DENY])], [applied('a', [READ])], 'auto').entries;
    expect(entry?.differences).toEqual([
      '- permit files/read_*',
      '+ permit files/write_*',
      '+ deny *\u002f*delete*',
    ]);
    expect(entry?.put?.rules).toEqual([{ effect: 'deny', pattern: '*/*delete*', line: 7 }]);
  });
});

describe('a broken file', () => {
  const broken = { ...file('b', ['permit: x']), file: 'grants/b.yaml' };

  it('stops everything when somebody applies', () => {
    const found = plan([file('a', [READ]), broken], [applied('b', [READ])], 'apply', {
      prune: true,
    });
    expect(found.entries).toEqual([]);
    expect(found.problems).toHaveLength(1);
  });

  it('stops everything at the first start', () => {
    expect(plan([file('a', [READ]), broken], [], 'first-start').entries).toEqual([]);
  });

  it('leaves its own grant as it is and does not hold up what narrows elsewhere', () => {
    const records = [applied('a', [READ, WRITE]), applied('b', [READ])];
    const found = plan([file('a', [READ]), broken], records, 'auto');
    expect(found.entries.map(({ id, action }) => [id, action])).toEqual([['a', 'narrow']]);
    expect(found.problems).toHaveLength(1);
  });
});

describe('one id in two files', () => {
  const twice = [file('a', [READ], '', 'grants/z.yaml'), file('a', [WRITE], '', 'grants/y.yaml')];

  it('is a problem of both that names both', () => {
    const { problems } = plan(twice, [], 'apply');
    expect(problems.map(({ file: name, message }) => [name, message])).toEqual([
      ['grants/y.yaml', 'the id `a` is in grants/y.yaml and grants/z.yaml'],
      ['grants/z.yaml', 'the id `a` is in grants/y.yaml and grants/z.yaml'],
    ]);
  });

  it('leaves the grant as it is', () => {
    expect(brief(twice, [applied('a', [READ, WRITE])], 'auto')).toEqual([]);
  });
});

describe('what applies by itself', () => {
  const forms = [[READ], [WRITE], [READ, WRITE], [DENY], [READ, DENY], []];
  const pairs = forms.flatMap((before) => forms.map((after) => [before, after] as const));

  it.each(pairs)('of %j then %j is stable: a second look changes nothing', (before, after) => {
    for (const expiresAt of [Date.UTC(2029, 0), Date.UTC(2030, 0), Date.UTC(2031, 0)]) {
      const files = [file('a', after)];
      const old = applied('a', before, { expiresAt });
      const put = plan(files, [old], 'auto').entries[0]?.put;
      const second = plan(files, [{ ...old, ...put }], 'auto');
      expect(second.entries.map((entry) => entry.put)).toEqual([undefined]);
    }
  });
});
