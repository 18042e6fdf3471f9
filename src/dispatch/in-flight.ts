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

/** Makes the register of running calls. */
export function createInFlight(): InFlight {
  interface Running {
    readonly key: number;
    readonly request: AccessRequest;
    readonly decide: () => Decision;
    readonly controller: AbortController;
    readonly ended: Promise<void>;
    deny: Deny | undefined;
  }
  const running = new Passing<number, Running>();
  let begun = 0;

  return {
    begin(incoming, request, decide) {
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const controller = new AbortController();
      begun += 1;
      const key = begun;
      const flight: Running = { key, request, decide, controller, ended, deny: undefined };
      const onClientAbort = () => flight.controller.abort();
      if (incoming.signal.aborted) onClientAbort();
      else incoming.signal.addEventListener('abort', onClientAbort, { once: true });
      running.set(key, flight);
      return {
        signal: flight.controller.signal,
        deny: () => flight.deny,
        stop(deny) {
          flight.deny ??= deny;
          flight.controller.abort();
        },
        end() {
          incoming.signal.removeEventListener('abort', onClientAbort);
          running.delete(key);
          resolve();
        },
      };
    },
    async drain() {
      const stopped: Promise<void>[] = [];
      for (const flight of running.values()) {
        const decision = decideOrDeny(flight.request, flight.decide);
        if (decision.kind === 'permit') continue;
        flight.deny = decision;
        flight.controller.abort();
        stopped.push(flight.ended);
      }
      await Promise.all(stopped);
      return stopped.length;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running.values().map(({ ended }) => ended));
    },
    cancelAll() {
      for (const flight of running.values()) flight.controller.abort();
    },
    get size() {
      return running.size;
    },
  };
}
