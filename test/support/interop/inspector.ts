import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const INSPECTOR = fileURLToPath(
  new URL(
    '../../../node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js',
    import.meta.url,
  ),
);

/** What the Inspector said of one request. */
export interface Inspected {
  readonly code: number | null;
  /** The whole result, as it prints it. */
  readonly result?: unknown;
  /** What it calls the failure: `auth_required`, `tool_not_found`. */
  readonly error?: string;
  readonly message?: string;
}

/** Runs the official Inspector's command line for one request, at home in an empty `home`. */
export async function inspect(home: string, words: readonly string[]): Promise<Inspected> {
  const always = ['--format', 'json', '--quiet', '--stored-auth-only'];
  const child = spawn(process.execPath, [INSPECTOR, ...words, ...always], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return { code, result: (JSON.parse(stdout) as { result: unknown }).result };
  // Its own last line; a stdio server's words may stand before it.
  const said = stderr.split('\n').findLast((line) => line.startsWith('{"error"'));
  if (said === undefined) throw new Error(`the Inspector ended with ${code}: ${stderr}`);
  const { error } = JSON.parse(said) as { error: { code: string; message: string } };
  return { code, error: error.code, message: error.message };
}

/** The tools a list names, in its order. */
export const namesIn = ({ result }: Inspected): readonly string[] =>
  (result as { tools: readonly { name: string }[] }).tools.map(({ name }) => name);
