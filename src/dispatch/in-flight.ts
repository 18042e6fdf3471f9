import type { AccessRequest } from '../domain/access-request.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import { decideOrDeny } from '../domain/decide-or-deny.ts';
import type { Decision, Deny } from '../domain/decision.ts';
import { Passing } from '../domain/passing.ts';

/** One dispatched call, as long as it runs. */
export interface Flight {
  /** Aborted when the client cancels or the right is gone. */
  readonly signal: AbortSignal;
  /** The deny that stopped it; `undefined` while none did. */
  deny(): Deny | undefined;
  /** Stops it: its right turned out to be gone. */
  stop(deny: Deny): void;
  end(): void;
}

/** The calls that are running now, so that a revocation reaches them. */
export interface InFlight {
  begin(incoming: IncomingRequest, request: AccessRequest, decide: () => Decision): Flight;
  /**
   * Decides every running call again and stops those whose right is gone.
   *
   * @returns how many were stopped, once each of them has ended (its outcome is recorded).
   */
  drain(): Promise<number>;
  /** Settles when no call runs. */
  idle(): Promise<void>;
  /** Stops every running call as cancelled. */
  cancelAll(): void;
  readonly size: number;
}

class Running implements Flight {
  readonly request: AccessRequest;
  readonly decide: () => Decision;
  readonly #client: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onClientAbort = () => this.#controller.abort();
  readonly #onEnd: () => void;
  /** Made once somebody waits for its end: hardly anybody ever does. */
  #end: PromiseWithResolvers<void> | undefined;
  #isOver = false;
  denied: Deny | undefined;

  constructor(
    client: AbortSignal,
    request: AccessRequest,
    decide: () => Decision,
    onEnd: () => void,
  ) {
    this.request = request;
    this.decide = decide;
    this.#client = client;
    this.#onEnd = onEnd;
    if (client.aborted) this.abort();
    else client.addEventListener('abort', this.#onClientAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles when it is over. */
  get ended(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#end ??= Promise.withResolvers<void>();
    return this.#end.promise;
  }

  deny(): Deny | undefined {
    return this.denied;
  }

  stop(deny: Deny): void {
    this.denied ??= deny;
    this.abort();
  }

  abort(): void {
    this.#controller.abort();
  }

  end(): void {
    this.#client.removeEventListener('abort', this.#onClientAbort);
    this.#isOver = true;
    this.#onEnd();
    this.#end?.resolve();
  }
}

/** Makes the register of running calls. */
export function createInFlight(): InFlight {
  const running = new Passing<number, Running>();
  let begun = 0;

  return {
    begin({ signal }, request, decide) {
      begun += 1;
      const key = begun;
      const flight = new Running(signal, request, decide, () => running.delete(key));
      running.set(key, flight);
      return flight;
    },
    async drain() {
      const stopped: Promise<void>[] = [];
      for (const flight of running.values()) {
        const decision = decideOrDeny(flight.request, flight.decide);
        if (decision.kind === 'permit') continue;
        flight.denied = decision;
        flight.abort();
        stopped.push(flight.ended);
      }
      await Promise.all(stopped);
      return stopped.length;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running.values().map(({ ended }) => ended));
    },
    cancelAll() {
      for (const flight of running.values()) flight.abort();
    },
    get size() {
      return running.size;
    },
  };
}
