import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactArguments } from '../../src/audit/redact.ts';
import type { Json } from '../../src/domain/json.ts';
import { parseJson, parseJsonAsSpelled, stringifyJson } from '../../src/domain/json-text.ts';
import { secretForms } from '../../src/domain/known-secrets.ts';
import { runs } from '../support/runs.ts';

const redacted = (args: Json, secrets: readonly string[] = []) =>
  redactArguments(args, 'redacted', secrets);

const redactText = (text: string, secrets: readonly string[]) => String(redacted(text, secrets));

const scrubText = (text: string, secrets: readonly string[]) =>
  String(redactArguments(text, 'full', secrets));

/** Random text of an alphabet, the same for the same seed. */
const generated = (alphabet: string, length: number) =>
  fc
    .array(fc.integer({ min: 0, max: alphabet.length - 1 }), {
      minLength: length,
      maxLength: length,
    })
    .map((places) => places.map((place) => alphabet[place]).join(''));

const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

describe('redactArguments', () => {
  it.each([
    '4111 1111 1111 1111',
    '5555-5555-5555-4444',
    '378282246310005',
    4_111_111_111_111_111,
    parseJson('[4111111111111111]') as Json,
  ])('hides the number of a card: %s', (card) => {
    const shown = JSON.stringify(redacted({ note: card, text: `to ${String(card)}, now` }));
    expect(shown).not.toMatch(/\d{4}/);
    expect(shown).toContain('to [redacted:card], now');
  });

  it.each([
    '4111 1111 1111 1112',
    '1795436190674302',
    '41111111111111110',
    '4111111111111111.5',
    'build 4111-1111-1111',
    1_795_436_190_674_302,
  ])('keeps a number that is no card’s: %s', (number) => {
    expect(redacted({ note: number })).toEqual({ note: number });
  });

  it.each(['digest', 'none'] as const)('keeps nothing in mode %s', (mode) => {
    expect(redactArguments({ a: 1 }, mode, [])).toBeUndefined();
  });

  it('keeps structure, names and ordinary values', () => {
    const args = {
      path: '/home/alice/project/src/components/UserAccountDetails2.tsx',
      query: 'issues opened since 2026-01-01 by alice',
      url: 'https://example.com:8080/docs/getting-started?page=2#install',
      id: '0b8f6a0e-6d5e-4a51-9a55-1f2f3f4f5f6f',
      limit: 20,
      deep: [true, null, { x: -1.5 }],
    };
    expect(redacted(args)).toEqual(args);
  });

  it.each([
    'password',
    'DB_PASSWORD',
    'apiKey',
    'x-api-key',
    'access_token',
    'Authorization',
    'X-Auth',
    'clientSecret',
    'Set-Cookie',
    'private_key',
    'credentials',
    'pin',
    'cardNumber',
    'CVC',
    'recovery code',
    'Passwort',
    'Contraseña',
    'mot de passe',
    'пароль',
    '密码',
    'ﾊﾟｽﾜｰﾄﾞ',
    'ｐａｓｓｗｏｒｄ',
    'pass\u200bword',
  ])('hides what is under the name %s', (name) => {
    expect(redacted({ [name]: 'hunter2' })).toEqual({ [name]: '[redacted:key]' });
    expect(redacted({ [name]: 123456 })).toEqual({ [name]: '[redacted:key]' });
    expect(redacted({ [name]: { v: ['hunter2'] } })).toEqual({ [name]: '[redacted:key]' });
  });

  it('hides the value beside a name that is itself a value', () => {
    expect(redacted([{ name: 'API_KEY', value: 'hunter2' }, ['Authorization', 'hunter2']])).toEqual(
      [{ name: 'API_KEY', value: '[redacted:key]' }, ['Authorization', '[redacted:key]']],
    );
  });

  const shapes: readonly string[] = [
    'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl',
    `ghp_${'a1'.repeat(18)}`,
    `github_pat_${'a1'.repeat(20)}`,
    `glpat-${'a1'.repeat(10)}`,
    `sk-proj-${'a1'.repeat(12)}`,
    `sk_live_${'a1'.repeat(12)}`,
    `xoxb-12345678901-${'a1'.repeat(8)}`,
    `AKIA${'A1'.repeat(8)}`,
    `AIza${'a1'.repeat(17)}x`,
    `npm_${'a1'.repeat(18)}`,
    `SG.${'a1'.repeat(11)}.${'b2'.repeat(11)}`,
    `hf_${'ab'.repeat(17)}`,
    `shpat_${'a1'.repeat(16)}`,
    'https://hooks.slack.com/services/T0/B0/abc',
    '-----BEGIN PRIVATE KEY-----\nMIIE\nabc\n-----END PRIVATE KEY-----',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz',
    'Bearer abcdef',
    'Basic YWxpY2U6aHVudGVyMg==',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    'd41d8cd98f00b204e9800998ecf8427e',
  ];

  it.each(shapes)('hides the shape %s', (text) => {
    const shown = redactText(`before ${text} after`, []);
    expect(shown).toMatch(/^before .*\[redacted:[a-z-]+\].*$/s);
    for (const part of text.split(/[\s/.]+/).filter((word) => word.length > 8 && /\d/.test(word))) {
      expect(shown).not.toContain(part);
    }
  });

  it.each([
    'password=hunter2',
    'PASSWORD: hunter2',
    '{"token":"hunter2"}',
    '{\\"secret\\": \\"hunter2\\"}',
    'curl --token hunter2 x',
    'curl -u alice:hunter2 x',
    'postgres://alice:hunter2@db.example/x',
    'https://hunter2@example.com/',
    'https://example.com/?a=1&api_key=hunter2&b=2',
    'Cookie: sid=hunter2',
    "CREATE USER a IDENTIFIED BY 'hunter2'",
  ])('hides what is assigned in %s', (text) => {
    expect(redactText(text, [])).not.toContain('hunter2');
  });

  it('hides secrets in the names of members and keeps names apart', () => {
    const token = `ghp_${'a1'.repeat(18)}`;
    expect(redacted({ [token]: 1, [`${token}2`]: 2 })).toEqual({
      '[redacted:github]': 1,
      '[redacted:github] (1)': 2,
    });
  });

  it('cuts long strings and says how long they were', () => {
    expect(redactText('word '.repeat(100), [])).toBe(
      `${'word '.repeat(100).slice(0, 256)}… [500 characters]`,
    );
  });

  it('shows no beginning of a secret that lies across the cut', () => {
    const token = `ghp_${'a1'.repeat(18)}`;
    const text = `${'x '.repeat(120)}${token} tail`;
    expect(redactText(text, [])).not.toContain('ghp_');
    const known = redactText(`${'x '.repeat(126)}my plain secret`, ['my plain secret']);
    expect(known).not.toContain('my p');
  });

  it('leaves out items and nesting beyond its bounds', () => {
    const wide = redacted(Array.from({ length: 5_000 }, () => 1)) as readonly Json[];
    expect(wide.length).toBeLessThanOrEqual(1_001);
    expect(wide.at(-1)).toMatch(/^\[\d+ more\]$/);
    const deep = JSON.stringify(redacted(parseJson('['.repeat(500) + ']'.repeat(500))));
    expect(deep).toContain('nested too deeply');
  });

  it('keeps a number a double cannot hold as its text', () => {
    expect(redacted(parseJson('{"n":12345678901234567890}'))).toEqual({
      n: '12345678901234567890',
    });
  });

  it('hides a known secret that is a number', () => {
    expect(redacted({ n: 73201984 }, ['73201984'])).toEqual({ n: '[redacted:known]' });
  });

  it('scrubs known secrets, and nothing else, in mode full', () => {
    expect(
      redactArguments({ password: 'p', text: 'a hush-hush b' }, 'full', ['hush-hush']),
    ).toEqual({ password: 'p', text: 'a [redacted:known] b' });
  });

  it('leaves a value without known secrets the object it is in mode full', () => {
    const value = { list: [{ a: 'x' }, 1, null], text: 'hush', big: parseJson('1e400') };
    expect(redactArguments(value, 'full', ['hush-hush'])).toBe(value);
  });

  it('has a long value written anew that spells a number as a known secret', () => {
    const text = `{"n":4711.000,"text":"${'x'.repeat(20_000)}"}`;
    const { result } = parseJsonAsSpelled(`{"result":${text}}`) as { readonly result: Json };
    const written = (secret: string) =>
      stringifyJson(redactArguments(result, 'full', [secret]) ?? null);
    expect(written('another')).toBe(text);
    expect(written('4711.000')).toBe(text.replace('4711.000', '4711'));
  });

  it('keeps a member named __proto__ a member', () => {
    const out = redacted(JSON.parse('{"__proto__":{"a":1}}') as Json);
    expect(JSON.stringify(out)).toBe('{"__proto__":{"a":1}}');
  });

  it('never shows a known secret, plain, percent-encoded or in base64 at any place', () => {
    const secret = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' });
    const around = fc.string({ maxLength: 300 });
    fc.assert(
      fc.property(secret, around, around, (hidden, before, after) => {
        const encode = (text: string) => Buffer.from(text).toString('base64');
        const texts = [
          before + hidden + after,
          before + encodeURIComponent(hidden) + after,
          encode(`user:${hidden}`),
          encode(`use:${hidden}`),
          encode(`us:${hidden}:x`),
          Buffer.from(`us:${hidden}`).toString('base64url'),
        ];
        for (const text of texts) {
          const scrubbed = scrubText(text, [hidden]);
          expect(secretForms(hidden).some((form) => scrubbed.includes(form))).toBe(false);
          const shown = JSON.stringify(redacted({ text, [text]: 1 }, [hidden]));
          expect(secretForms(hidden).some((form) => shown.includes(form))).toBe(false);
        }
      }),
      runs(300),
    );
  });

  it('hides all but a few in a thousand of generated words of letters and digits', () => {
    let shown = 0;
    fc.assert(
      fc.property(generated(ALNUM, 32), fc.string({ maxLength: 20 }), (word, before) => {
        if (redactText(`${before} ${word}`, []).includes(word)) shown += 1;
      }),
      { numRuns: 2_000, seed: 7 },
    );
    expect(shown).toBeLessThanOrEqual(2);
  });

  it('hides generated hexadecimal words', () => {
    fc.assert(
      fc.property(generated('0123456789abcdef', 32), (word) => {
        expect(redactText(`id ${word}`, [])).not.toContain(word);
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it('looks at no more of a text than it may keep', () => {
    const long = `${'a'.repeat(300)}${'-----BEGIN A-----'.repeat(300_000)}`;
    expect(redactText(long, ['secret'])).toHaveLength(256 + `… [${long.length} characters]`.length);
  });
});
