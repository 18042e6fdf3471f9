import { BrokerError } from '../domain/errors.ts';
import type { Timers } from './timers.ts';

/** Calls that may wait for one connection. */
const MAX_WAITING = 64;
/** Longest wait, milliseconds: a person may be answering the question of the call before. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** Gives out one turn after the other. */
export interface Turns {
  /**
   * Waits for a turn, in order of arrival.
   *
   * @returns ends the turn. Idempotent.
   * @throws BrokerError `ERR_SERVER_LIMIT` when too many wait, `ERR_SERVER_TIMEOUT` after ten minutes,
   * `ERR_SERVER_CLOSED` when `signal` aborts.
   */
  take(signal: AbortSignal): Promise<() => void>;
}

/** Makes turns of which nobody has one yet. */
export function createTurns(server: string, timers: Timers): Turns {
  const waiting = new Set<() => void>();
  let isTaken = false;

  function turn(): () => void {
    isTaken = true;
    let isMine = true;
    return () => {
      if (!isMine) return;
      isMine = false;
      isTaken = false;
      const [next] = waiting;
      next?.();
    };
  }

  return {
    async take(signal) {
      if (!isTaken) return turn();
      if (waiting.size >= MAX_WAITING) {
        throw new BrokerError('ERR_SERVER_LIMIT', `too many calls wait for ${server}`);
      }
      return new Promise<() => void>((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(go);
          cancelTimer();
          signal.removeEventListener('abort', onAbort);
        };
        const go = (): void => {
          leave();
          resolve(turn());
        };
        const onAbort = (): void => {
          leave();
          reject(new BrokerError('ERR_SERVER_CLOSED', `waiting for ${server} was given up`));
        };
        const cancelTimer = timers.after(LONGEST_WAIT_MS, () => {
          leave();
          reject(new BrokerError('ERR_SERVER_TIMEOUT', `calls before it keep ${server} busy`));
        });
        waiting.add(go);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
