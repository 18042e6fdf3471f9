/** Longest line worth a suggestion; longer ones are not what somebody mistyped. */
const MAX_LINE = 1_000;

/**
 * For a line such as `- permit: @foo`, how to write its value so that YAML leaves it alone.
 * `undefined` when the line is not a key with a plain value.
 */
export function quoteHint(line: string): string | undefined {
  if (line.length > MAX_LINE) return undefined;
  const colon = line.indexOf(': ');
  const dash = line.indexOf('- ');
  const from = colon !== -1 ? colon + 2 : dash !== -1 ? dash + 2 : undefined;
  if (from === undefined) return undefined;
  const comment = line.indexOf(' #', from);
  const value = line.slice(from, comment === -1 ? undefined : comment).trim();
  if (value === '' || value.endsWith(':') || /^["'|>]/.test(value)) return undefined;
  return `quote it: ${JSON.stringify(value)}`;
}
