import { createInterface } from 'node:readline';
import type { Ended, Running } from './processes.ts';

/** A JSON-RPC answer as it came. */
export interface Answer {
  readonly id?: unknown;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A hand-made stdio client: writes lines, matches answers by id. */
export class StdioClient {
  readonly running: Running;
  /** Every line of standard output, as it came. */
  readonly lines: string[] = [];
  readonly #waiting = new Map<unknown, (answer: Answer | undefined) => void>();
  #isOver = false;

  constructor(running: Running) {
    this.running = running;
    const { stdout, stdin } = running.child;
    if (stdout === null) throw new Error('no standard output');
    stdin?.on('error', () => {});
    const reader = createInterface({ input: stdout });
    reader.on('line', (line) => {
      this.lines.push(line);
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    reader.on('close', () => {
      this.#isOver = true;
      for (const settle of this.#waiting.values()) settle(undefined);
      this.#waiting.clear();
    });
  }

  /** Sends a request; `undefined` when the process ends without an answer. */
  ask(message: { readonly id: string | number; readonly [more: string]: unknown }) {
    return new Promise<Answer | undefined>((resolve) => {
      if (this.#isOver) {
        resolve(undefined);
        return;
      }
      this.#waiting.set(message.id, resolve);
      this.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    });
  }

  /** Writes bytes as they are. */
  write(text: string): void {
    this.running.child.stdin?.write(text);
  }

  /** Closes the process's input, waits for its end. */
  leave(): Promise<Ended> {
    this.running.child.stdin?.end();
    return this.running.ended;
  }

  /** Sends a signal, unless it has ended, and waits for its end. */
  end(signal: NodeJS.Signals): Promise<Ended> {
    const { child, ended } = this.running;
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  }
}
