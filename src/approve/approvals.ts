import type { ApprovalId, Entropy, SessionId } from '../domain/ids.ts';
import { newApprovalId } from '../domain/ids.ts';
import { MAX_PENDING } from './approval.ts';
import type { ApprovalStore } from './approval-store.ts';
import { type ArgumentSeal, createArgumentSeal } from './seal-arguments.ts';

/** A use that is held open until its approval may have been settled. */
export interface Waiting {
  /** Settles when approvals are to be looked at again; anew for each look. */
  woken(): Promise<void>;
  /** Waits no more. */
  end(): void;
}

/** Approvals as a broker has them. */
export interface Approvals {
  readonly store: ApprovalStore;
  readonly seal: ArgumentSeal;
  newId(): ApprovalId;
  /** Begins to wait; `undefined` when as many uses of the session wait as may. */
  wait(session: SessionId): Waiting | undefined;
  /** Something was settled, here or elsewhere: everybody who waits looks again. Nothing polls. */
  look(): void;
}

/** Makes them for one state. */
export function createApprovals(
  store: ApprovalStore,
  digestKey: Uint8Array,
  entropy: Entropy,
): Approvals {
  interface Waiter {
    readonly session: SessionId;
    wake: () => void;
  }
  const waiters = new Set<Waiter>();
  return {
    store,
    seal: createArgumentSeal(digestKey, entropy),
    newId: () => newApprovalId(entropy),
    wait(session) {
      const ofSession = [...waiters].filter((waiter) => waiter.session === session);
      if (ofSession.length >= MAX_PENDING) return undefined;
      const waiter: Waiter = { session, wake: () => {} };
      waiters.add(waiter);
      return {
        woken() {
          const { promise, resolve } = Promise.withResolvers<void>();
          waiter.wake = resolve;
          return promise;
        },
        end: () => void waiters.delete(waiter),
      };
    },
    look() {
      for (const { wake } of waiters) wake();
    },
  };
}
