import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as protocol from '@modelcontextprotocol/core';
import { describe, expect, it } from 'vitest';
import { METHODS } from '../src/methods.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/protocol.md'), 'utf8');

interface Row {
  readonly methods: readonly string[];
  readonly in2025: string;
  readonly in2026: string;
  readonly decided: string;
}

/** The rows of a section's table. */
function rowsOf(title: string): readonly Row[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
  return [...section.matchAll(/^\| (`.+?) \| (.+?) \| (.+?) \| (.+?) \|/gm)].map(
    ([, methods = '', in2025 = '', in2026 = '', decided = '']) => ({
      methods: [...methods.matchAll(/`([^`]+)`/g)].map(([, method = '']) => method),
      in2025,
      in2026,
      decided,
    }),
  );
}

/** Every method a schema of the protocol names, of either era and way. */
const SCHEMA_METHODS = Object.values(protocol).flatMap((schema) => {
  const shape = (schema as { shape?: { method?: { def?: { values?: string[] } } } }).shape;
  return shape?.method?.def?.values ?? [];
});

const SECTIONS = [
  'What clients ask',
  'What clients tell',
  'What tool servers ask',
  'What tool servers tell',
];

describe('the table of the protocol', () => {
  it('has every method and notification of the schemas, and no other but those of the extension', () => {
    const listed = new Set(SECTIONS.flatMap(rowsOf).flatMap(({ methods }) => methods));
    expect(SCHEMA_METHODS.length).toBeGreaterThan(30);
    expect([...listed].sort()).toEqual([...new Set([...SCHEMA_METHODS, 'tasks/update'])].sort());
  });

  it.each(['2025', '2026'] as const)('names the requests that are answered in %s', (era) => {
    const open = rowsOf('What clients ask').filter(
      (row) => row[`in${era}`] !== 'no' && row.decided !== 'closed',
    );
    const listen = era === '2026' ? ['subscriptions/listen'] : [];
    expect(open.flatMap(({ methods }) => methods).sort()).toEqual(
      [...Object.keys(METHODS[era]), ...listen].sort(),
    );
  });
});
