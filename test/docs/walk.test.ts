import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Block, blocksOf, looksTyped } from '../support/docs/read-page.ts';
import { removeHomes, Walk } from '../support/docs/walk.ts';

const root = join(import.meta.dirname, '../..');
const PAGES = [
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md'],
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
];
const text = (page: string): string => readFileSync(join(root, page), 'utf8');
const pages = new Map<string, readonly Block[]>(PAGES.map((page) => [page, blocksOf(text(page))]));

/** What no test can type, by page, in order. */
const SKIPPED: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['installs, builds and serves the clone'],
  'CONTRIBUTING.md': ['installs, builds and tests the clone'],
  'docs/operations.md': [
    'needs root and systemd',
    'needs root and systemd',
    'needs docker',
    'needs a second version',
    'needs root and systemd',
  ],
};

afterAll(removeHomes);

/** The quick start, up to where it is undone. */
let begun: Promise<Walk> | undefined;
const afterQuickStart = (): Promise<Walk> => {
  begun ??= walk('docs/quick-start.md', new Walk());
  return begun;
};

async function walk(page: string, on: Walk): Promise<Walk> {
  try {
    for (const block of pages.get(page) ?? []) await on.follow(block);
  } finally {
    await on.end();
  }
  return on;
}

describe('the commands of the documents', () => {
  const walked = PAGES.filter((page) =>
    pages.get(page)?.some(({ language, skip }) => language === 'sh' && skip === undefined),
  );

  it('are there', () => {
    expect(walked).toContain('docs/quick-start.md');
    expect(walked.length).toBeGreaterThan(3);
  });

  it.concurrent.each(walked)(
    'work as they stand, in order: %s',
    async (page) => {
      const goesOn = text(page).includes('<!-- starts where quick-start.md ends -->');
      const { ran } =
        page === 'docs/quick-start.md'
          ? await afterQuickStart()
          : await walk(page, new Walk(goesOn ? await afterQuickStart() : undefined));
      expect(ran).toBeGreaterThan(0);
    },
    300_000,
  );

  it('are marked as such', () => {
    const unmarked = PAGES.flatMap((page) =>
      (pages.get(page) ?? [])
        .filter(({ language }) => language !== 'sh')
        .filter((block) => block.text.split('\n').some(looksTyped))
        .map(({ line }) => `${page}:${line}`),
    );
    expect(unmarked).toEqual([]);
  });

  it('are run, but for those that are listed here', () => {
    const skipped = PAGES.map((page) => [
      page,
      (pages.get(page) ?? []).flatMap(({ skip }) => (skip === undefined ? [] : [skip])),
    ]).filter(([, reasons]) => reasons?.length !== 0);
    expect(Object.fromEntries(skipped)).toEqual(SKIPPED);
  });
});
