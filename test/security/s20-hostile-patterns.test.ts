import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactArguments } from '../../src/audit/redact.ts';
import { isSecretKey } from '../../src/audit/secret-keys.ts';
import { inspectTokenForm } from '../../src/authenticate/token-form.ts';
import { compileGlob } from '../../src/authorize/glob.ts';
import { compareDefinitions } from '../../src/catalog/compare-definitions.ts';
import { exposedName } from '../../src/catalog/exposed-name.ts';
import { findOrders } from '../../src/catalog/find-orders.ts';
import { flagTool } from '../../src/catalog/flag-tool.ts';
import { skeleton } from '../../src/catalog/skeleton.ts';
import { spellHidden } from '../../src/catalog/spell-hidden.ts';
import { printable, printableJson } from '../../src/cli/printable.ts';
import { hasDuplicateMember } from '../../src/domain/duplicate-members.ts';
import { parseJson } from '../../src/domain/json-text.ts';
import { escapeText } from '../../src/log/escape-text.ts';
import { createScrubber } from '../../src/log/scrub-text.ts';
import { scrubValue } from '../../src/log/scrub-value.ts';
import { encodeFieldValue, isReservedHeader } from '../../src/mcp-client/http-headers.ts';
import { parseJsonRpc } from '../../src/mcp-client/rpc-message.ts';
import { readable } from '../../src/mcp-client/stderr-drain.ts';
import { readBearer } from '../../src/mcp-server/http-gate.ts';
import { codeLines, hasNestedRepetition, regexLiterals } from '../support/regex-literals.ts';

describe('S20 expressions of the product', () => {
  it('are never made of a text from outside', () => {
    const made = codeLines().filter(({ line }) => /\bRegExp\(/.test(line));
    // Two, of constants in the same file.
    expect(made.map(({ file }) => file)).toEqual([
      'audit/secret-shapes.ts',
      'audit/secret-shapes.ts',
    ]);
  });

  it('repeat nothing without bound inside a repetition without bound', () => {
    const literals = regexLiterals();
    expect(literals.length).toBeGreaterThan(100);
    const nested = literals.filter(({ source }) => hasNestedRepetition(source));
    // JSON strings of the configuration: an escape and what is no escape share no character.
    expect(nested.map(({ file }) => file)).toEqual(['config/scan-json.ts']);
  });

  it.each(['(a+)+', '(?:a*b)*', '(?:x[a)]{2,}){3,}', '((a|b+))*'])(
    'would be found when they did: %s',
    (source) => {
      expect(hasNestedRepetition(source)).toBe(true);
    },
  );

  it.each(['(?:a+){0,4}', 'a+b+', '[a+]+', '(?:ab)+', '\\(a+\\)+'])(
    'are not mistaken for that: %s',
    (source) => {
      expect(hasNestedRepetition(source)).toBe(false);
    },
  );
});

const LENGTH = 250_000;
const times = (text: string): string => text.repeat(Math.ceil(LENGTH / text.length));

/** Texts that make a backtracking engine go over the same stretch again and again. */
const HOSTILE: readonly string[] = [
  times('a'),
  times('0'),
  times(' '),
  times('-'),
  times('"'),
  times('\\'),
  times('=/+'),
  times('A1-'),
  times('://'),
  `Bearer${times(' ')}!`,
  times('Bearer '),
  times('-----BEGIN A-----'),
  times('-----BEGIN PRIVATE KEY-----'),
  times('eyJ.'),
  times('password='),
  times('token token: '),
  times('sk-'),
  times('ignore '),
  times('do not '),
  times('before using '),
  times('\u200b'),
  times('\ud800'),
  times('e\u0301'),
  times('rnvv'),
  times('{"a":'),
  `[${times('1e999,')}1]`,
];

const scrubber = createScrubber(['canary-secret-0123456789', 'aaaaaaaa']);

/** Whatever reads text of a client or a tool server with an expression. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  redacted: (text) => redactArguments({ [text]: text }, 'redacted', ['canary-secret']),
  full: (text) => redactArguments(text, 'full', ['canary-secret']),
  isSecretKey,
  inspectTokenForm: (text) => inspectTokenForm(`${text}.${text}.${text}`),
  readBearer: (text) => readBearer({ authorization: [`bearer ${text}`] }),
  exposedName: (text) => exposedName({ server: 's', tool: text }),
  findOrders,
  flagTool: (text) =>
    flagTool(
      { name: text, description: text },
      { server: 's', others: [{ server: 't', tool: text }] },
    ),
  skeleton,
  spellHidden: (text) => spellHidden(text, { maxChars: 10_000 }),
  compareDefinitions: (text) => compareDefinitions({ a: text }, { a: `${text.slice(1)}x` }),
  printable,
  printableJson,
  escapeText,
  scrubber,
  scrubValue: (text) => scrubValue({ [text]: text, error: new Error(text) }, scrubber),
  readable: (text) => readable(Buffer.from(text), 2_048, ['canary-secret']),
  encodeFieldValue,
  isReservedHeader,
  hasDuplicateMember,
  parseJsonRpc,
  parseJson: (text) => {
    try {
      return parseJson(text);
    } catch (error) {
      return (error as Error).name;
    }
  },
};

describe('S20 a quarter of a million hostile characters', () => {
  // Linear work takes milliseconds each; a backtracking one would not end within the test's limit.
  it.each(Object.entries(READERS))('is read to its end by %s', (_, read) => {
    for (const text of HOSTILE) expect(() => read(text)).not.toThrow();
  });
});

describe('S20 a glob of a grant against hostile names', () => {
  const pattern = fc
    .array(fc.constantFrom('*', '**', '?', 'a', '/', '{,a}', '{*,**}', '{a,aa,aaa}'), {
      minLength: 1,
      maxLength: 60,
    })
    .map((pieces) => pieces.join(''));
  const name = fc
    .array(fc.constantFrom('a', 'aa', '/', '*', '\u{1f600}', '\ud800'), {
      minLength: 1,
      maxLength: 40,
    })
    .map((pieces) => pieces.join('').repeat(25));

  it('takes at most one step for each character of the name and of the pattern', () => {
    let most = 0;
    fc.assert(
      fc.property(pattern, name, (glob, text) => {
        const compiled = compileGlob(glob);
        if (!compiled.ok) return;
        const meter = { steps: 0 };
        compiled.glob.matches(text, meter);
        most = Math.max(most, meter.steps);
        expect(meter.steps).toBeLessThanOrEqual(text.length * (glob.length + 1));
      }),
    );
    expect(most).toBeGreaterThan(1_000);
  });
});
