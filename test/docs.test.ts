import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grantJsonSchema } from '../src/authorize/grant-schema.ts';
import { lockJsonSchema } from '../src/catalog/lock-schema.ts';
import { configJsonSchema } from '../src/config/config-schema.ts';
import { EVENT_CODES } from '../src/domain/event-codes.ts';
import { PARTS } from '../src/monitor/judge-call.ts';
import { DEFAULT_LADDER, STEPS } from '../src/monitor/ladder.ts';

const root = join(import.meta.dirname, '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

describe('documents', () => {
  it('list every event code with its name', () => {
    const rows = [...read('docs/audit.md').matchAll(/^\| (TG\d{4}) \| (\S+) \|/gm)];
    const listed = Object.fromEntries(rows.map(([, code, name]) => [code, name]));
    expect(listed).toEqual(EVENT_CODES);
  });

  it('list every signal of the monitor with its threshold and step, every part of a score, every step', () => {
    const monitoring = read('docs/monitoring.md');
    for (const [name, { threshold, step }] of Object.entries(DEFAULT_LADDER)) {
      const row = monitoring.split('\n').find((line) => line.startsWith(`| \`${name}\``));
      const group = row ?? monitoring.split('\n').find((line) => line.includes(`\`${name}\``));
      expect(group, name).toContain(String(threshold));
      expect(group, name).toContain(`| \`${step}\` |`);
    }
    for (const step of STEPS) expect(monitoring).toContain(`| \`${step}\` |`);
    const calls = read('docs/injected-calls.md');
    for (const part of PARTS) expect(calls).toContain(`\n| ${part} | `);
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

  it('name tests that exist', () => {
    const named = ['SECURITY.md', 'docs/threat-model.md'].flatMap((page) =>
      [...read(page).matchAll(/`(test\/[^`*]+)`/g)].map(([, path]) => path ?? ''),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('list every numbered test in the threat model, and say later of those that are not there', () => {
    const rows = [...read('docs/threat-model.md').matchAll(/^\| S(\d+) \|.*\| (.+) \|$/gm)];
    const numbers = rows.map(([, number]) => Number(number));
    const files = readdirSync(join(root, 'test/security'));
    const found = files.flatMap((name) => /^s(\d\d)-/.exec(name)?.[1] ?? []).map(Number);
    const first = Array.from({ length: 29 }, (_, index) => index + 1);
    expect(numbers).toEqual([...new Set([...first, ...found])].sort((a, b) => a - b));
    const isThere = (number: string) => found.includes(Number(number));
    const wrong = rows.filter(
      ([, number = '', where = '']) => where.startsWith('later') === isThere(number),
    );
    expect(wrong.map(([row]) => row)).toEqual([]);
  });

  it.each([
    ['schema/config.schema.json', configJsonSchema],
    ['schema/grant.schema.json', grantJsonSchema],
    ['schema/lock.schema.json', lockJsonSchema],
  ] as const)('ship %s as the zod definition has it (npm run schemas)', (file, schema) => {
    expect(JSON.parse(read(file))).toEqual(JSON.parse(JSON.stringify(schema())));
  });
});
