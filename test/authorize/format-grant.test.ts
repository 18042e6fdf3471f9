import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/authorize/duration.ts';
import { formatGrant, formatInstant, markRevoked } from '../../src/authorize/format-grant.ts';
import { compileGlob } from '../../src/authorize/glob.ts';
import type { GrantDocument, GrantRule } from '../../src/authorize/grant-record.ts';
import { parseGrant } from '../../src/authorize/parse-grant.ts';
import { patternProblem } from '../../src/authorize/rule-pattern.ts';
import { runs } from '../support/runs.ts';

const SAMPLE: GrantDocument = {
  id: 'alice-files',
  subject: 'alice',
  clients: ['claude-desktop'],
  purpose: 'Read: what is there # and no more',
  expiresAt: Date.UTC(2026, 11, 31, 18),
  sessionLifeMs: 28_800_000,
  sessionLimits: { idleMs: 1_800_000, maxCalls: 2_000, concurrent: 4 },
  rules: [
    { effect: 'permit', pattern: 'files/read_*', line: 9 },
    { effect: 'deny', pattern: '*/*delete*', line: 10 },
    {
      effect: 'permit',
      pattern: 'mail/send',
      when: 'args.to.endsWith("@example.org")',
      hours: 'Mon-Fri 08:00-18:00 Europe/Berlin',
      rates: [
        { count: 10, windowMs: 3_600_000 },
        { count: 100, windowMs: 86_400_000 },
      ],
      approval: 'admin',
      waitMs: 90_000,
      maxResultBytes: 65_536,
      trialUntil: Date.UTC(2026, 5, 8),
      line: 11,
    },
  ],
};

const withoutLines = (document: GrantDocument) => ({
  ...document,
  rules: document.rules.map(({ line: _, ...rule }) => rule),
});

describe('a written grant', () => {
  it('is what a person would write', () => {
    expect(formatGrant(SAMPLE)).toBe(
      [
        '$schema: ../schema/grant.schema.json',
        'id: alice-files',
        'subject: alice',
        'clients: [ claude-desktop ]',
        'purpose: "Read: what is there # and no more"',
        'expires: 2026-12-31T18:00:00Z',
        'session: { life: 8h, idle: 30m, maxCalls: 2000, concurrent: 4 }',
        'rules:',
        '  - permit: files/read_*',
        '  - deny: "*\u002f*delete*"',
        '  - permit: mail/send',
        '    when: args.to.endsWith("@example.org")',
        '    hours: Mon-Fri 08:00-18:00 Europe/Berlin',
        '    limit: [ 10/h, 100/d ]',
        '    approval: admin',
        '    wait: 90s',
        '    maxResult: 64KB',
        '    enforce: false',
        '    until: 2026-06-08T00:00:00Z',
        '',
      ].join('\n'),
    );
  });

  it('is read back as the same grant, lines included', () => {
    expect(parseGrant(formatGrant(SAMPLE), 'f')).toMatchObject({ ok: true, document: SAMPLE });
  });

  it('is read back as the same grant, whatever it says', () => {
    const name = fc.constantFrom(
      'alice',
      'yes',
      'null',
      '1e3',
      '0x1F',
      "o'neil",
      'a: b',
      '- a',
      '#x',
      '@x',
      'true',
      '~',
      'x|y',
      '{a}',
      '! x',
      '"q"',
      '2026-01-01',
      'ü😀',
    );
    const pieces = fc.array(
      fc.constantFrom('a', '/', '*', '**', '?', '{a,b}', '{,x}', ': ', ' #', "'", '"', 'é', '-'),
      { minLength: 1, maxLength: 6 },
    );
    const pattern = fc
      .tuple(fc.constantFrom('', '', 'prompt:', 'ask:', 'resource:f/file:///'), pieces)
      .map(([kind, rest]) => kind + rest.join(''))
      .filter(
        (text) =>
          compileGlob(text).ok && patternProblem(text) === undefined && text.trim() === text,
      );
    const when = fc.constantFrom(
      'args.x == 1',
      '!has(args.x) || args.x in ["#", ": "]',
      'args.x == "yes" &&\n  args.y == \'no\'',
      'true',
      ' args.x ',
    );
    const hours = fc.constantFrom(
      'Mon-Fri 08:00-12:00, Sat,Sun 13:00-18:00 Europe/Berlin',
      '22:00-06:00 UTC',
      ' Mon 00:00-24:00  Etc/GMT+5 ',
    );
    const duration = fc.integer({ min: 1, max: 600 }).map((seconds) => seconds * 1_000);
    const permit = fc.record(
      {
        effect: fc.constant('permit' as const),
        pattern,
        line: fc.constant(1),
        when,
        hours,
        rates: fc.array(
          fc.record({ count: fc.integer({ min: 1, max: 10_000 }), windowMs: duration }),
          { minLength: 1, maxLength: 8 },
        ),
        approval: fc.constantFrom('admin' as const, 'client' as const),
        waitMs: duration,
        maxResultBytes: fc.integer({ min: 1, max: 9_999_999 }),
        flow: fc.constant('allow' as const),
        trialUntil: fc.integer({ min: 0, max: Date.UTC(2999, 0) }),
      },
      { requiredKeys: ['effect', 'pattern', 'line'] },
    );
    const deny = fc.record(
      { effect: fc.constant('deny' as const), pattern, line: fc.constant(1), when, hours },
      { requiredKeys: ['effect', 'pattern', 'line'] },
    );
    /** Without the terms that say nothing beside the others. */
    const rule = fc.oneof<fc.Arbitrary<GrantRule>[]>(permit, deny).map((made): GrantRule => {
      const { effect, line, waitMs, trialUntil, flow, ...rest } = { flow: undefined, ...made };
      if (made.pattern.startsWith('ask:')) return { effect, pattern: made.pattern, line };
      const isTried = made.when !== undefined || made.rates !== undefined;
      return {
        effect,
        line,
        ...rest,
        ...(waitMs === undefined || made.approval === undefined ? {} : { waitMs }),
        ...(flow === undefined || /^(prompt|resource):/.test(made.pattern) ? {} : { flow }),
        ...(trialUntil === undefined || !isTried ? {} : { trialUntil }),
      };
    });
    const document = fc.record(
      {
        id: fc.constantFrom('a', '0', 'null', '1e3', 'a-b'),
        subject: name,
        clients: fc.array(name, { minLength: 1, maxLength: 3 }),
        purpose: fc.oneof(
          name,
          fc.constantFrom(
            'two\nlines',
            'a\n\n b\n  c',
            'x'.repeat(300),
            `${'word '.repeat(60)}end`,
          ),
        ),
        expiresAt: fc.integer({ min: 0, max: Date.UTC(2999, 0) }),
        sessionLifeMs: fc.integer({ min: 1, max: 9_000 }).map((seconds) => seconds * 1_000),
        sessionLimits: fc
          .record(
            {
              idleMs: fc.integer({ min: 1, max: 9_000 }).map((seconds) => seconds * 1_000),
              maxCalls: fc.integer({ min: 1 }),
              concurrent: fc.integer({ min: 1 }),
            },
            { requiredKeys: [] },
          )
          .filter((limits) => Object.keys(limits).length > 0),
        rules: fc.array(rule, { maxLength: 4 }),
      },
      { requiredKeys: ['id', 'subject', 'purpose', 'expiresAt', 'rules'] },
    );
    fc.assert(
      fc.property(document, (written) => {
        const read = parseGrant(formatGrant(written), 'f');
        expect(read).toMatchObject({ ok: true });
        if (read.ok) expect(withoutLines(read.document)).toEqual(withoutLines(written));
      }),
      runs(500),
    );
  });
});

describe('marking a file revoked', () => {
  const AT = '2026-05-06T07:08:09Z';

  it('adds one line and leaves every other character', () => {
    const text = `# who\n${formatGrant(SAMPLE)}\n# the end\n`;
    const marked = markRevoked(text, AT);
    expect(marked.replace(`revoked: ${AT}\n`, '')).toBe(text);
    expect(parseGrant(marked, 'f')).toMatchObject({ ok: true, markedRevoked: Date.parse(AT) });
  });

  it.each<[string, (text: string) => string]>([
    ['without a line end at its end', (text) => text.trimEnd()],
    ['with Windows line ends', (text) => text.replaceAll('\n', '\r\n')],
    ['that ends in a comment on the last rule', (text) => `${text.trimEnd()} # last\n`],
    ['that ends in an end mark', (text) => `${text}...\n`],
    ['that starts with a start mark', (text) => `---\n${text}`],
  ])('works for a file %s', (_title, change) => {
    const text = change(formatGrant(SAMPLE));
    const marked = markRevoked(text, AT);
    expect(parseGrant(marked, 'f')).toMatchObject({ ok: true, markedRevoked: Date.parse(AT) });
    expect(marked.replace(/(\r?\n)?revoked: \S+(\r?\n)?/, '').replaceAll(/\s/g, '')).toBe(
      text.replaceAll(/\s/g, ''),
    );
  });

  it('updates a mark in place', () => {
    const text = `revoked: "2020-01-01T00:00:00Z" # before\n${formatGrant(SAMPLE)}`;
    expect(markRevoked(text, AT)).toBe(`revoked: ${AT} # before\n${formatGrant(SAMPLE)}`);
  });

  it.each(['', '- a\n', 'id: [', 'id: x\n', '{ id: a }\n'])('leaves %j as it is', (text) => {
    expect(markRevoked(text, AT)).toBe(text);
  });

  it('leaves a file alone when the instant is not one', () => {
    const text = formatGrant(SAMPLE);
    expect(markRevoked(text, 'now\nsubject: mallory')).toBe(text);
  });
});

describe('a duration', () => {
  it.each<[string, number | undefined]>([
    ['30s', 30_000],
    ['30m', 1_800_000],
    ['8h', 28_800_000],
    ['7d', 604_800_000],
    ['0h', undefined],
    ['-1h', undefined],
    ['1.5h', undefined],
    ['8H', undefined],
    ['8', undefined],
    ['', undefined],
    [' 8h', undefined],
    ['99999999d', undefined],
  ])('%j is %j ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    [1_000, '1s'],
    [90_000, '90s'],
    [5_400_000, '90m'],
    [86_400_000, '1d'],
    [90_500, '90s'],
  ])('%j ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('an instant', () => {
  it.each([
    [Date.UTC(2026, 0, 1), '2026-01-01T00:00:00Z'],
    [Date.UTC(2026, 0, 1) + 5, '2026-01-01T00:00:00.005Z'],
  ])('%j is %s', (at, text) => {
    expect(formatInstant(at)).toBe(text);
  });
});
