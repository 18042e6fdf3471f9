import type { Answer, Question } from '../domain/broker.ts';
import type { RequestId, RpcReply } from '../domain/json-rpc.ts';
import { internalError } from '../respond/rpc-errors.ts';
import { notificationText, requestText } from './wire.ts';

/**
 * The questions of one client's connection or transport session that wait for its answer, under ids
 * of our own.
 *
 * Attack: a client that answers what another was asked, or what was never asked; one that is asked
 * and never answers, so that questions pile up.
 */
export class ClientQuestions {
  readonly #maxOpen: number;
  readonly #open = new Map<RequestId, (answer: Answer) => void>();
  #lastId = 0;
  #isClosed = false;

  /** @param maxOpen questions that may wait at once; one beyond is answered `-32603` by ourselves. */
  constructor(maxOpen: number) {
    this.#maxOpen = maxOpen;
  }

  /** How many wait. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Asks with `send` and waits for the answer. Aborting sends `notifications/cancelled` and settles as
   * cancelled. Never rejects.
   */
  ask(question: Question, signal: AbortSignal, send: (text: string) => void): Promise<Answer> {
    if (this.#isClosed || signal.aborted) return Promise.resolve({ kind: 'cancelled' });
    if (this.#open.size >= this.#maxOpen) {
      return Promise.resolve({ kind: 'error', error: internalError() });
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const onAbort = (): void => {
        settle({ kind: 'cancelled' });
        send(
          notificationText({
            jsonrpc: '2.0',
            method: 'notifications/cancelled',
            params: { requestId: id },
          }),
        );
      };
      const settle = (answer: Answer): void => {
        this.#open.delete(id);
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      };
      this.#open.set(id, settle);
      signal.addEventListener('abort', onAbort, { once: true });
      send(requestText({ jsonrpc: '2.0', id, ...question }));
    });
  }

  /** Takes an answer in; `false` when no question with this id waits. */
  answer(id: RequestId | null, reply: RpcReply): boolean {
    const settle = id === null ? undefined : this.#open.get(id);
    settle?.(reply);
    return settle !== undefined;
  }

  /** Settles what waits as cancelled, and asks nothing any more. Nothing is sent. */
  close(): void {
    this.#isClosed = true;
    for (const settle of [...this.#open.values()]) settle({ kind: 'cancelled' });
  }
}
