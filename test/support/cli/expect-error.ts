import { expect } from 'vitest';
import { type Ended, SET_SECRET, WRITTEN_SECRET } from './place.ts';

/** Log lines of `serve`, `stdio` and `call` are not what the command says to the person. */
const said = (stderr: string): readonly string[] =>
  stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));

/** Nothing a person should not see: no secret, no stack, no failure we did not think of. */
export function expectDiscreet({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    expect(text).not.toContain(WRITTEN_SECRET);
    expect(text).not.toContain(SET_SECRET);
    expect(text).not.toMatch(/^\s+at |node:internal|\.[jt]s:\d+:\d+|internal error|\[object /m);
  }
}

/**
 * A command that ended as documented: the exit code, nothing on standard output, and on standard error
 * `error: …` and at most one `hint: …`, in lower case and without a full stop.
 */
export function expectError(
  ended: Ended,
  code: number,
  error: RegExp | string,
  hint?: RegExp | string,
): void {
  expectDiscreet(ended);
  const [first = '', second, ...more] = said(ended.stderr);
  expect({ code: ended.code, signal: ended.signal, stdout: ended.stdout, first, more }).toEqual({
    code,
    signal: null,
    stdout: '',
    first:
      typeof error === 'string' ? expect.stringContaining(error) : expect.stringMatching(error),
    more: [],
  });
  expect(first).toMatch(/^error: (?![A-Z][a-z])\S.*[^.\s]$/);
  if (second !== undefined) expect(second).toMatch(/^hint: (?![A-Z][a-z])\S.*[^.\s]$/);
  if (hint === undefined) return;
  expect(second ?? '').toEqual(
    typeof hint === 'string' ? expect.stringContaining(hint) : expect.stringMatching(hint),
  );
}
