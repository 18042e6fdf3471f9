import type { SessionId } from '../domain/ids.ts';
import type { RequestId } from '../domain/json-rpc.ts';

/** One request being answered. */
export interface HttpInFlight {
  readonly sessionId: SessionId;
  readonly id: RequestId;
  readonly controller: AbortController;
}

/** The requests being answered over HTTP, by session, so that one session never reaches another's. */
export class HttpInFlights {
  readonly #bySession = new Map<SessionId, Set<HttpInFlight>>();
  #size = 0;
  readonly #idle = new Set<() => void>();

  /** How many are in flight. */
  get size(): number {
    return this.#size;
  }

  /** How many of one session are in flight. */
  sizeOf(sessionId: SessionId): number {
    return this.#bySession.get(sessionId)?.size ?? 0;
  }

  /** Takes one up. */
  add(entry: HttpInFlight): void {
    const own = this.#bySession.get(entry.sessionId) ?? new Set();
    this.#bySession.set(entry.sessionId, own.add(entry));
    this.#size += 1;
  }

  /** Lets one go, once. */
  remove(entry: HttpInFlight): void {
    const own = this.#bySession.get(entry.sessionId);
    if (!own?.delete(entry)) return;
    this.#size -= 1;
    if (own.size === 0) this.#bySession.delete(entry.sessionId);
    if (this.#size === 0) for (const resolve of this.#idle) resolve();
  }

  /**
   * Cancels the request of this session with this id. Two requests with one id cannot be told apart
   * without a transport session, so then neither is cancelled; closing its connection cancels each.
   */
  cancel(sessionId: SessionId, id: RequestId): void {
    const matching = [...(this.#bySession.get(sessionId) ?? [])].filter((own) => own.id === id);
    if (matching.length === 1) matching[0]?.controller.abort();
  }

  /** Cancels everything. */
  abortAll(): void {
    for (const own of this.#bySession.values()) for (const one of own) one.controller.abort();
  }

  /** Settles when nothing is in flight. */
  async whenIdle(): Promise<void> {
    if (this.#size === 0) return;
    await new Promise<void>((resolve) => this.#idle.add(resolve));
  }
}
