import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askTerminal } from '../src/ask-terminal.ts';

describe('a question', () => {
  it.each([true, false])('gives a terminal no orders (hidden: %s)', async (isHidden) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const answer = askTerminal('\u009b2Jtoken\u202e\u001b]0;x\u0007?', {
      input,
      output,
      signal: new AbortController().signal,
      isHidden,
    });
    input.write('a\n');
    expect(await answer).toBe('a');
    const shown = String(output.read());
    expect(shown).toContain('\\u{9b}2Jtoken\\u{202e}\\u{1b}]0;x\\u{7}?');
    for (const order of ['\u009b', '\u202e', '\u0007']) expect(shown).not.toContain(order);
  });
});
