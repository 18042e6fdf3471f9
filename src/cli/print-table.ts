import { printable } from './printable.ts';

/**
 * Lays out rows for people: columns padded, two spaces between. Every field is made printable, so
 * that no name, purpose or tool can forge a row (S32).
 *
 * @returns lines without a trailing line feed; just the header when there are no rows.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) =>
    Math.max(...lines.map((line) => [...(line[column] ?? '')].length)),
  );
  return lines
    .map((line) =>
      widths
        .map((width, column) => {
          const field = line[column] ?? '';
          return field + ' '.repeat(width - [...field].length);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
