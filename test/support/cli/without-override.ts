import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Words before a program that make it obey modes although the tests run as root: nothing for any
 * other user; `undefined` where root cannot be held to them.
 */
export function wordsToObeyModes(): readonly string[] | undefined {
  if (process.getuid === undefined) return undefined;
  if (process.getuid() !== 0) return [];
  const words = [
    'setpriv',
    '--inh-caps=-dac_override,-dac_read_search',
    '--bounding-set=-dac_override,-dac_read_search',
  ];
  const folder = mkdtempSync(join(tmpdir(), 'tg-modes-'));
  try {
    const file = join(folder, 'file');
    writeFileSync(file, '', { mode: 0o400 });
    const [command = '', ...rest] = words;
    const answer = execFileSync(
      command,
      [...rest, 'sh', '-c', 'test -w "$0" && echo yes || echo no', file],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    return answer === 'no\n' ? words : undefined;
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
