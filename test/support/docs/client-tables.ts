import type { ClientFacts } from '../../../src/client-config/client-facts.ts';

const WAYS: Readonly<Record<ClientFacts['connect'], string>> = {
  stdio: 'stdio',
  'http-headers-helper': 'stdio, or HTTP with a token from a command',
  'http-env': 'stdio, or HTTP with a token from its environment',
  'print-only': 'the entry is printed',
};

const code = (text: string): string => `\`${text}\``;
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n');

const PLATFORMS = { darwin: 'macOS', linux: 'Linux', win32: 'Windows' } as const;

/** Where something is, by system; once where they all have it in one place. */
function places(of: (platform: keyof typeof PLATFORMS) => readonly string[]): string {
  const named = Object.entries(PLATFORMS).map(([platform, name]) => {
    const paths = of(platform as keyof typeof PLATFORMS).map((path) => path.replace('$HOME', '~'));
    return [paths.map(code).join(' or '), name] as const;
  });
  const bySystem = Map.groupBy(named, ([paths]) => paths);
  if (bySystem.size === 1) return named[0]?.[0] ?? '';
  return [...bySystem]
    .map(([paths, same]) => `${same.map(([, name]) => name).join(', ')}: ${paths}`)
    .join('; ');
}

/** The tables of docs/clients.md, from what the product itself goes by. */
export function clientTables(clients: readonly ClientFacts[]): string {
  const edited = clients.filter(({ files }) => Object.keys(files).length > 0);
  const files = edited.map(({ title, files: of, key }) => [
    title,
    places((platform) => of[platform] ?? []),
    key.map(code).join(', '),
  ]);
  const ways = clients.map(({ id, title, files, connect, needsRestart, note, verifiedOn }) => [
    title,
    code(id),
    Object.keys(files).length === 0 ? 'not' : WAYS[connect],
    [needsRestart, ...(note === undefined ? [] : [note])].join('; '),
    verifiedOn,
  ]);
  const logs = clients.flatMap(({ title, logs: of }) =>
    of === undefined ? [] : [[title, places((platform) => [of[platform] ?? '–'])]],
  );
  return [
    '## Files',
    table(['Client', 'File', 'Servers stand under'], files),
    '## Connecting',
    table(['Client', 'Its name for us', 'How it is connected', 'Then', 'Verified'], ways),
    '## Logs',
    'Where a client keeps what a server says on standard error, ours included:',
    table(['Client', 'Files'], logs),
  ].join('\n\n');
}

const BEGIN = '<!-- written by `npm run schemas` -->\n\n';
const END = '\n\n<!-- until here -->';

/** A page with its tables as they are to be. */
export function withTables(page: string, tables: string): string {
  const [before, ...rest] = page.split(BEGIN);
  const [, after] = rest.join(BEGIN).split(END);
  if (before === undefined || after === undefined) throw new Error('the page has no marks');
  return `${before}${BEGIN}${tables}${END}${after}`;
}
