import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Home } from './home.ts';

const RECORDER = fileURLToPath(new URL('../tool-servers/recorder.mjs', import.meta.url));

/** A home whose one tool server `s` keeps the bytes that reach it. */
export const recorded = ({ journalPath }: Home) => ({
  s: {
    command: process.execPath,
    args: [RECORDER, journalPath],
    toolgrant: { isolation: 'shared' },
  },
});

/** The calls that reached the recorder, as text. */
export function received({ journalPath }: Home): readonly string[] {
  if (!existsSync(journalPath)) return [];
  const lines = readFileSync(journalPath, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => Buffer.from(line, 'base64').toString('utf8'));
}

/** The bytes of `arguments` in a call to `echo` whose `arguments` were sent before its `name`. */
export function argumentsIn(call: string): string | undefined {
  return /"params":\{"arguments":(.*),"name":"echo"\}\}$/s.exec(call)?.[1];
}
