import { describe, expect, it } from 'vitest';
import { parseGrant } from '../../src/authorize/parse-grant.ts';

const HEAD =
  'id: a\nsubject: alice\npurpose: Test\nexpires: 2030-01-01T00:00:00Z\nrules:\n  - permit: ';
/** A file with one rule on line 6; what else it says begins on line 7, each at column 5. */
const rule = (pattern: string, ...terms: readonly string[]): string =>
  `${HEAD}${pattern}\n${terms.map((term) => `    ${term}\n`).join('')}`;

const read = (text: string) => {
  const parsed = parseGrant(text, 'grants/a.yaml');
  return parsed.ok
    ? parsed.document.rules
    : parsed.problems.map(({ line, column, kind, message, hint }) => {
        const is = kind === 'invalid' ? '' : `${kind} `;
        return `${line}:${column} ${is}${message}${hint === undefined ? '' : ` (${hint})`}`;
      });
};

describe('the terms of a rule', () => {
  it('are read, all of them', () => {
    const text = rule(
      'files/*',
      'when: args.path == "/x"',
      'hours: Mon-Fri 08:00-18:00 Europe/Berlin',
      'limit: [10/h, 100/d]',
      'approval: client',
      'wait: 60s',
      'maxResult: 64KB',
      'enforce: false',
      'until: 2029-01-01T00:00:00Z',
    );
    expect(read(text)).toEqual([
      {
        effect: 'permit',
        pattern: 'files/*',
        when: 'args.path == "/x"',
        hours: 'Mon-Fri 08:00-18:00 Europe/Berlin',
        rates: [
          { count: 10, windowMs: 3_600_000 },
          { count: 100, windowMs: 86_400_000 },
        ],
        approval: 'client',
        waitMs: 60_000,
        maxResultBytes: 65_536,
        trialUntil: Date.UTC(2029, 0),
        line: 6,
      },
    ]);
  });

  it.each(['prompt:files/*', 'resource:files/file:///**', 'files/*'])(
    'belong to rules on %s',
    (pattern) => {
      const terms = ['when: subject == "alice"', 'limit: 5/10m', 'hours: 08:00-18:00 UTC'];
      expect(read(rule(pattern, ...terms))).toEqual([
        {
          effect: 'permit',
          pattern,
          when: 'subject == "alice"',
          hours: '08:00-18:00 UTC',
          rates: [{ count: 5, windowMs: 600_000 }],
          line: 6,
        },
      ]);
    },
  );

  it('of a deny are its condition and its hours', () => {
    const text = rule('files/*', 'when: args.x == 1', 'hours: Sat,Sun 00:00-24:00 UTC');
    expect(read(text.replace('permit', 'deny'))).toMatchObject([
      { effect: 'deny', when: 'args.x == 1', hours: 'Sat,Sun 00:00-24:00 UTC' },
    ]);
  });

  it.each([
    'when: subject == "alice"',
    'hours: 08:00-18:00 UTC',
    'limit: 10/h',
    'approval: admin',
    'maxResult: 1MB',
  ])('are not enforced on what a tool server asks: %s', (term) => {
    const name = term.split(':')[0];
    expect(read(rule('ask:files/elicitation', term))).toEqual([
      `7:5 not_enforced \`${name}\` on a rule about what a tool server asks: this version does not enforce it`,
    ]);
  });

  it.each<[string, string]>([
    ['limit: 10', '7:12 `rules.1.limit` must be a rate such as 10/h, or a list of at most 8'],
    ['limit: []', '7:12 `rules.1.limit` must be a rate such as 10/h, or a list of at most 8'],
    ['limit: often', `7:12 \`limit\` must be a rate such as 10/h (${'RATE'})`],
    ['limit: 10/1.5h', `7:12 \`limit\` must be a rate such as 10/h (${'RATE'})`],
    ['limit: 10/w', `7:12 \`limit\` must be a rate such as 10/h (${'RATE'})`],
    [
      'limit: 0/h',
      `7:12 \`limit\` permits nothing: a rule that does not exist does too (${'RATE'})`,
    ],
    ['limit: 10/0m', `7:12 \`limit\` counts over no time at all (${'RATE'})`],
    ['limit: 10001/h', `7:12 \`limit\` counts from 1 to 10000, without leading zeros (${'RATE'})`],
    ['limit: 010/h', `7:12 \`limit\` counts from 1 to 10000, without leading zeros (${'RATE'})`],
    ['limit: 10/32d', `7:12 \`limit\` counts over at most 31d (${'RATE'})`],
    ['limit: [10/h, 10/0s]', `7:19 \`limit\` counts over no time at all (${'RATE'})`],
    ['approval: nobody', '7:15 `rules.1.approval` must be `admin` or `client`'],
    ['maxResult: 65536', '7:16 `rules.1.maxResult` must be a size such as 64KB'],
    ['maxResult: 0KB', '7:16 `rules.1.maxResult` must be a size such as 64KB'],
    ['maxResult: 64kb', '7:16 `rules.1.maxResult` must be a size such as 64KB'],
    ['wait: 60s', '7:5 `wait` is for an approval, and there is none (add `approval: admin`)'],
    ['enforce: maybe', '7:14 `rules.1.enforce` must be `false`, or left out'],
    ['enforce: true', '7:5 `enforce: true` is what every rule is (leave it out)'],
    [
      'until: 2029-01-01T00:00:00Z',
      '7:5 `until` is the end of `enforce: false`, which is missing (to end the grant itself write `expires` above `rules`)',
    ],
    [
      'hours: Mon-Fri 08:00-18:00',
      '7:31 `hours` names no zone, whose wall clock counts (such as Mon-Fri 08:00-18:00 Europe/Berlin)',
    ],
    [
      'hours: Mon-Fri 08:00-18:00 Europe/Berlni',
      '7:32 `hours` knows no zone "Europe/Berlni" (did you mean `Europe/Berlin`)',
    ],
    [
      'hours: Mon-Fri 08:00-18:00 +01:00',
      '7:32 `hours` knows no zone "+01:00" (such as Europe/Berlin, or UTC)',
    ],
    [
      'hours: "08:00-18:00 UTC\\n, Sat 08:00-18:00 UTC"',
      '7:12 `hours` knows no zone "UTC\\n, Sat 08:00-18:00 UTC" (such as Europe/Berlin, or UTC)',
    ],
    [
      'hours: Mon-Fry 08:00-18:00 UTC',
      '7:16 `hours` knows no day "Fry" (did you mean `Fri`; days are Mon, Tue, Wed, Thu, Fri, Sat, Sun)',
    ],
    [
      'hours: 08:00-08:00 UTC',
      '7:12 `hours` has a span of no time at all (all day is 00:00-24:00)',
    ],
    ['hours: 24:00-08:00 UTC', '7:12 `hours` begins no day at 24:00 (write 00:00)'],
    [
      'hours: "8:00-18:00 UTC"',
      '7:13 `hours` knows no time "8:00" (from 00:00 to 24:00, with two digits each)',
    ],
    [
      'hours: 08:00-25:00 UTC',
      '7:18 `hours` knows no time "25:00" (from 00:00 to 24:00, with two digits each)',
    ],
    [
      'hours: Mon UTC',
      '7:16 `hours` a span such as 08:00-18:00 is missing (such as Mon-Fri 08:00-18:00 Europe/Berlin)',
    ],
  ])('are refused: %s', (term, problem) => {
    const hint = 'a count, and `s`, `m`, `h` or `d`: 10/h, 100/d, 5/10m';
    expect(read(rule('files/*', term))).toEqual([problem.replace('RATE', hint)]);
  });

  it.each(['limit: 10/h', 'approval: admin', 'maxResult: 64KB', 'flow: allow'])(
    'of a permit alone are refused on a deny: %s',
    (term) => {
      const name = term.split(':')[0];
      expect(read(rule('files/*', term).replace('permit', 'deny'))).toEqual([
        `7:5 \`${name}\` is of a permit, and this is a deny (leave it out, or \`permit\`)`,
      ]);
    },
  );

  it('let data flow out of tools only, and are not what is so anyway', () => {
    expect(read(rule('files/*', 'flow: allow'))).toMatchObject([{ flow: 'allow' }]);
    expect(read(rule('prompt:files/*', 'flow: allow'))).toEqual([
      '7:5 `flow` is of tools: nothing else sends data out (leave it out)',
    ]);
    expect(read(rule('files/*', 'flow: hold'))).toEqual([
      '7:11 `rules.1.flow` must be `allow`, or left out',
    ]);
  });

  it('hold a call for its approval for ten minutes at most', () => {
    const text = (wait: string) => rule('files/*', 'approval: admin', `wait: ${wait}`);
    expect(read(text('10m'))).toMatchObject([{ waitMs: 600_000 }]);
    expect(read(text('601s'))).toEqual(['8:11 `wait` is at most 10m']);
  });

  it('are tried out only where there is something to try, and an end', () => {
    expect(read(rule('files/*', 'enforce: false'))).toEqual([
      '7:5 `enforce: false` tries out `when` and `limit`, and there is neither (leave it out)',
      '7:5 `enforce: false` has no end (add `until: <instant>`, at most seven days from now)',
    ]);
    expect(read(rule('files/*', 'limit: 1/s', 'enforce: false'))).toEqual([
      '8:5 `enforce: false` has no end (add `until: <instant>`, at most seven days from now)',
    ]);
  });
});
