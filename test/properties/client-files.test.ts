import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientById } from '../../src/client-config/clients.ts';
import { withEntry, withoutEntry } from '../../src/client-config/entry-text.ts';
import { parseClientText } from '../../src/client-config/parse-client-text.ts';
import { runs } from '../support/runs.ts';

const client = clientById('cursor');
if (client === undefined) throw new Error('no cursor');
const file = (text: string) => ({ client, path: '/f', text });
const ENTRY = { command: '/n/node', args: ['/t/toolgrant.js', 'stdio', '--profile', 'p'] };

/** White space and comments where JSONC may have them; a line comment always ends its line. */
const gap = fc
  .array(
    fc.constantFrom(
      '',
      ' ',
      '\n',
      '\r\n',
      '\t',
      '  ',
      '/* " } , */',
      '/*\n*/',
      '// { "tg": \n',
      '//\r\n',
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(''));

const scalar = fc.oneof(
  fc.constantFrom('1', '1.50', '-0', '1e400', 'true', 'null', '"\\u0041\\/"', '"tg"', '"// x"'),
  fc.string({ maxLength: 6 }).map((text) => JSON.stringify(text)),
);
const name = fc.constantFrom('"a"', '"b"', '"tg2"', '"mcpServers2"', '"\\u0062c"', '""');

/** JSONC with any spacing and trailing commas, as text. */
const { value } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, tie('object'), list(tie('value'))),
  object: objectOf(fc.tuple(name, tie('value'))),
}));

function joined(items: fc.Arbitrary<string>, open: string, close: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.tuple(gap, items, gap), { maxLength: 3 }), gap, fc.boolean())
    .map(([parts, end, hasComma]) => {
      const inner = parts.map(([before, item, after]) => before + item + after).join(',');
      return `${open}${inner}${hasComma && parts.length > 0 ? ',' : ''}${end}${close}`;
    });
}

function list(items: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return joined(items, '[', ']');
}

function objectOf(members: fc.Arbitrary<[string, string]>): fc.Arbitrary<string> {
  return joined(
    fc
      .tuple(gap, members, gap)
      .map(([before, [key, item], after]) => `${key}${before}:${after}${item}`),
    '{',
    '}',
  );
}

const servers = objectOf(fc.tuple(name, value));
const root = fc
  .tuple(
    gap,
    servers,
    gap,
    objectOf(fc.tuple(name, value)),
    fc.boolean(),
    fc.constantFrom('', '\ufeff'),
  )
  .map(([before, inner, after, around, hasServers, mark]) => {
    const own = hasServers ? `"mcpServers"${before}:${after}${inner}` : '';
    const rest = around.slice(1).replace(/^/, own === '' ? '' : ',');
    const isEmpty = parseClientText('jsonc', around);
    const isAlone = 'value' in isEmpty && Object.keys(isEmpty.value as object).length === 0;
    return `${mark}${before}{${own}${isAlone ? rest.replace(/^,/, '') : rest}${after}`;
  });

const meaning = (text: string): unknown => {
  const parsed = parseClientText('jsonc', text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.value;
};

describe('any JSONC file', () => {
  it('is its own text again once our entry went in and out', () => {
    let inserted = 0;
    fc.assert(
      fc.property(root, (text) => {
        const { text: after, splice } = withEntry(file(text), 'tg', ENTRY);
        inserted += after === text ? 0 : 1;
        expect(meaning(after)).toMatchObject({ mcpServers: { tg: ENTRY } });
        expect(withoutEntry(file(after), 'tg', splice)).toBe(text);
      }),
      runs(1500),
    );
    expect(inserted).toBeGreaterThan(1000);
  });

  it('means the same once the entry was taken out by its place alone', () => {
    fc.assert(
      fc.property(root, (text) => {
        const { text: after } = withEntry(file(text), 'tg', ENTRY);
        const without = meaning(withoutEntry(file(after), 'tg')) as Record<string, unknown>;
        expect({ mcpServers: {}, ...without }).toEqual({
          mcpServers: {},
          ...(meaning(text) as Record<string, unknown>),
        });
      }),
      runs(1500),
    );
  });
});
