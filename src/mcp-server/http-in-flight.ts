import type { SessionId } from '../domain/ids.ts';
import type { RequestId } from '../domain/json-rpc.ts';
import { Passing } from '../domain/passing.ts';
import type { HttpSession } from './http-session.ts';

/** One request being answered. */
export interface HttpInFlight {
  readonly sessionId: SessionId;
  /** The transport session it came in, of a 2025 client. */
  readonly transport: HttpSession | undefined;
  readonly id: RequestId;
  readonly controller: AbortController;
}

/** The requests being answered over HTTP, by session, so that one session never reaches another's. */
export class HttpInFlights {
  readonly #bySession = new Map<SessionId, Passing<number, HttpInFlight>>();
  #size = 0;
  #taken = 0;
  readonly #idle = new Set<() => void>();

  /** How many are in flight. */
  get size(): number {
    return this.#size;
  }

  /** How many of one session are in flight. */
  sizeOf(sessionId: SessionId): number {
    return this.#bySession.get(sessionId)?.size ?? 0;
  }

  /**
   * Takes one up.
   *
   * @returns what lets it go, once.
   */
  add(entry: HttpInFlight): () => void {
    this.#taken += 1;
    const key = this.#taken;
    const { sessionId } = entry;
    const own = this.#bySession.get(sessionId) ?? new Passing();
    this.#bySession.set(sessionId, own);
    own.set(key, entry);
    this.#size += 1;
    return () => {
      if (!own.delete(key)) return;
      this.#size -= 1;
      if (own.size === 0) this.#bySession.delete(sessionId);
      if (this.#size === 0) for (const resolve of this.#idle) resolve();
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
    for (const own of this.#bySession.values())
      for (const one of own.values()) one.controller.abort();
  }

  /** Settles when nothing is in flight. */
  async whenIdle(): Promise<void> {
    if (this.#size === 0) return;
    await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  #of(transport: HttpSession): readonly HttpInFlight[] {
    const own = this.#bySession.get(transport.owner)?.values() ?? [];
    return own.filter((one) => one.transport === transport);
  }
}
