import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { formatTable } from '../../src/cli/print-table.ts';
import { printable } from '../../src/cli/printable.ts';
import { asInvoked, commandLine } from '../../src/cli/shell-words.ts';
import type { BrokerErrorCode } from '../../src/domain/errors.ts';
import { visibleJson } from '../../src/domain/unseen.ts';
import { runs } from '../support/runs.ts';

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const text = fc.string({ unit: 'binary' });

describe('printable', () => {
  it.each([
    ['\r\n\t', '\\u{d}\\u{a}\\u{9}'],
    ['\u001b[31m', '\\u{1b}[31m'],
    ['\u009b2J', '\\u{9b}2J'],
    ['a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
    ['\u200b\u{e0041}\ufe0f', '\\u{200b}\\u{e0041}\\u{fe0f}'],
    ['\ud800', '\\u{d800}'],
    ['plain äöü 漢字', 'plain äöü 漢字'],
  ])('writes %j as %s', (input, expected) => {
    expect(printable(input)).toBe(expected);
  });

  it('leaves nothing that acts or hides, whatever the text', () => {
    fc.assert(
      fc.property(text, (input) => !UNSAFE.test(printable(input))),
      runs(),
    );
  });
});

describe('visibleJson', () => {
  it('is safe to print and still the same JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), text, (value, name) => {
        const whole = { [`k${name}`]: value, name };
        const printed = visibleJson(JSON.stringify(whole, null, 2));
        expect(printed.replaceAll('\n', '')).not.toMatch(UNSAFE);
        expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
      runs(),
    );
  });
});

describe('formatTable', () => {
  it('has a line for the header and one for each row, whatever the fields', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (rows) => {
        const lines = formatTable(['A', 'B'], rows).split('\n');
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(line).not.toMatch(UNSAFE);
      }),
      runs(),
    );
  });
});

describe('commandLine', () => {
  it('quotes words a shell would read otherwise', () => {
    expect(commandLine('./tg', ['a', 'files/*', "it's", '', '-x', '$(id)'])).toBe(
      "./tg a 'files/*' 'it'\\''s' '' -x '$(id)'",
    );
  });
});

describe('asInvoked', () => {
  it.each([
    ['see `toolgrant grant list`', 'see `X grant list`'],
    ['run: toolgrant serve', 'run: X serve'],
    ['the folder toolgrant made', 'the folder toolgrant made'],
  ])('rewrites %s', (hint, expected) => {
    expect(asInvoked(hint, 'X')).toBe(expected);
  });
});

describe('exitCodeOf', () => {
  it.each<[BrokerErrorCode, number]>([
    ['ERR_USAGE', 2],
    ['ERR_CONFIG', 3],
    ['ERR_GRANT', 3],
    ['ERR_NOT_ENFORCED', 3],
    ['ERR_STATE_UNSAFE', 3],
    ['ERR_NOT_COMMITTED', 4],
    ['ERR_STORE_LOCKED', 4],
    ['ERR_UNREACHABLE', 4],
    ['ERR_INTERNAL', 4],
    ['ERR_NOT_FOUND', 5],
  ])('maps %s to %d', (code, exit) => {
    expect(exitCodeOf(code)).toBe(exit);
  });
});
