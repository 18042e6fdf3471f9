import type { RequestId } from '../domain/json-rpc.ts';
import type { HttpSession } from './http-session.ts';

/** One request being answered. */
export interface HttpInFlight {
  /** The transport session it came in, of a 2025 client. */
  readonly transport: HttpSession | undefined;
  readonly id: RequestId;
  readonly controller: AbortController;
}

/** The requests being answered over HTTP. Those of one transport session never reach another's. */
export class HttpInFlights {
  /** Each has a place of its own; a free one is taken again, so that nothing is held on to that is gone. */
  readonly #places: (HttpInFlight | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #idle = new Set<() => void>();

  /**
   * Takes one up.
   *
   * @returns what lets it go, once.
   */
  add(entry: HttpInFlight): () => void {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = entry;
    return () => {
      if (this.#places[place] !== entry) return;
      this.#places[place] = undefined;
      this.#free.push(place);
      if (this.#isIdle()) for (const resolve of this.#idle) resolve();
    };
  }

  /**
   * Cancels the request of this transport session with this id. Of two with one id neither is cancelled:
   * they cannot be told apart.
   */
  cancel(transport: HttpSession, id: RequestId): void {
    const matching = this.#of(transport).filter((one) => one.id === id);
    if (matching.length === 1) matching[0]?.controller.abort();
  }

  /** Cancels all requests of a transport session. */
  abortAllOf(transport: HttpSession): void {
    for (const { controller } of this.#of(transport)) controller.abort();
  }

  /** Cancels everything. */
  abortAll(): void {
    for (const one of [...this.#places]) one?.controller.abort();
  }

  /** Settles when nothing is in flight. */
  async whenIdle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  #isIdle(): boolean {
    return this.#free.length === this.#places.length;
  }

  #of(transport: HttpSession): readonly HttpInFlight[] {
    return this.#places.filter((one) => one?.transport === transport) as HttpInFlight[];
  }
}
