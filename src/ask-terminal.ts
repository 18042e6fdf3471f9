import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { printable } from './cli/printable.ts';

/** Where a person is asked. */
export interface AskOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Aborted: the question has no answer. */
  readonly signal: AbortSignal;
  /** Shows nothing of what is typed. */
  readonly isHidden?: boolean;
}

/**
 * Asks a person for one line. Nothing typed is kept in a history.
 *
 * @returns the line, or `undefined` when the person ends it without one (Ctrl-C, Ctrl-D, end of input).
 */
export function askTerminal(question: string, options: AskOptions): Promise<string | undefined> {
  const { input, output, signal, isHidden = false } = options;
  if (signal.aborted) return Promise.resolve(undefined);
  // Attack: a client's file names what it asks for, and may name it in a terminal's orders.
  const asked = `${printable(question)} `;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({
    input,
    output: isHidden ? nowhere : output,
    // Raw mode, in which the terminal itself echoes nothing.
    terminal: isHidden || (output as { isTTY?: boolean }).isTTY === true,
    historySize: 0,
  });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const end = () => terminal.close();
  signal.addEventListener('abort', end, { once: true });
  terminal.once('line', (line) => {
    resolve(line);
    terminal.close();
  });
  terminal.once('SIGINT', end);
  terminal.once('close', () => {
    signal.removeEventListener('abort', end);
    // What is typed after the answer is nobody's.
    input.pause();
    if (isHidden) output.write('\n');
    resolve(undefined);
  });
  if (isHidden) output.write(asked);
  else {
    terminal.setPrompt(asked);
    terminal.prompt();
  }
  return promise;
}
