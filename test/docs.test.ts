import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grantJsonSchema } from '../src/authorize/grant-schema.ts';
import { configJsonSchema } from '../src/config/config-schema.ts';
import { EVENT_CODES } from '../src/domain/event-codes.ts';

const root = join(import.meta.dirname, '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

describe('documents', () => {
  it('list every event code with its name', () => {
    const rows = [...read('docs/audit.md').matchAll(/^\| (TG\d{4}) \| (\S+) \|/gm)];
    const listed = Object.fromEntries(rows.map(([, code, name]) => [code, name]));
    expect(listed).toEqual(EVENT_CODES);
  });

  it('link to files that exist', () => {
    const pages = [
      ...readdirSync(root).filter((name) => name.endsWith('.md')),
      ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => join('docs', name)),
    ];
    const links = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, to]) =>
        join(dirname(page), to ?? ''),
      ),
    );
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  it.each([
    ['schema/config.schema.json', configJsonSchema],
    ['schema/grant.schema.json', grantJsonSchema],
  ] as const)('ship %s as the zod definition has it (npm run schemas)', (file, schema) => {
    expect(JSON.parse(read(file))).toEqual(JSON.parse(JSON.stringify(schema())));
  });
});
