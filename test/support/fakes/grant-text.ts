/** A grant file's text for tests. */
export function grantText(options: {
  readonly id: string;
  readonly subject?: string;
  readonly expires?: string;
  readonly rules?: readonly string[];
  readonly clients?: readonly string[];
  readonly extra?: readonly string[];
}): string {
  const rules = options.rules ?? ['permit: files/read_*'];
  return [
    `id: ${options.id}`,
    `subject: ${options.subject ?? 'alice'}`,
    ...(options.clients === undefined ? [] : [`clients: [${options.clients.join(', ')}]`]),
    'purpose: testing',
    `expires: ${options.expires ?? '2026-12-31T00:00:00Z'}`,
    ...(options.extra ?? []),
    'rules:',
    ...rules.map((rule) => `  - ${rule}`),
    '',
  ].join('\n');
}
