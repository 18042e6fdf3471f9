import { BrokerError } from '../domain/errors.ts';
import type { Timers } from './timers.ts';

/** Calls that may wait for one connection. */
const MAX_WAITING = 64;
/** Longest wait, milliseconds: a person may be answering the question of the call before. */
export const LONGEST_WAIT_MS = 10 * 60_000;

/** A connection for the time of one call. */
export interface Turn {
  /** Idempotent. */
  end(): void;
  /**
   * Says that its call waits for a client that may never come back: whoever waits for it looks for
   * another connection.
   *
   * @returns the call goes on. Idempotent.
   */
  hold(): () => void;
}

/** How a turn is waited for. */
export interface TurnWait {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly waitMs: number;
  /** Waits for the end of a held call as well: there is no other connection to be had. */
  readonly isPatient: boolean;
}

/** Gives out one turn after the other. */
export interface Turns {
  /**
   * Waits for a turn, in order of arrival; `undefined` when the caller is to look for a connection again.
   *
   * @throws BrokerError `ERR_SERVER_LIMIT` when too many wait, `ERR_SERVER_TIMEOUT` after `waitMs`,
   * `ERR_SERVER_CLOSED` when `signal` aborts.
   */
  take(wait: TurnWait): Promise<Turn | undefined>;
  /** Whether the call whose turn it is waits for a client. */
  readonly isHeld: boolean;
  /** Has everybody who waits look for a connection again: there may be a better one. */
  lookAgain(): void;
}

/** Makes turns of which nobody has one yet. */
export function createTurns(server: string, timers: Timers, onGoesOn: () => void): Turns {
  /** Each leaves its place and has its turn, or looks again. */
  const waiting = new Set<(turn: 'turn' | 'look') => void>();
  let isTaken = false;
  let isHeld = false;

  function lookAgain(): void {
    for (const go of [...waiting]) go('look');
  }

  function turn(): Turn {
    isTaken = true;
    let isMine = true;
    const goOn = (): void => {
      if (!isMine || !isHeld) return;
      isHeld = false;
      onGoesOn();
    };
    return {
      end() {
        if (!isMine) return;
        goOn();
        isMine = false;
        isTaken = false;
        const [next] = waiting;
        next?.('turn');
      },
      hold() {
        if (isMine) {
          isHeld = true;
          lookAgain();
        }
        return goOn;
      },
    };
  }

  return {
    async take({ signal, waitMs, isPatient }) {
      if (!isTaken) return turn();
      if (isHeld && !isPatient) return undefined;
      if (waiting.size >= MAX_WAITING) {
        throw new BrokerError('ERR_SERVER_LIMIT', `too many calls wait for ${server}`);
      }
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(go);
          cancelTimer();
          signal.removeEventListener('abort', onAbort);
        };
        const go = (to: 'turn' | 'look'): void => {
          leave();
          resolve(to === 'turn' ? turn() : undefined);
        };
        const onAbort = (): void => {
          leave();
          reject(new BrokerError('ERR_SERVER_CLOSED', `waiting for ${server} was given up`));
        };
        const cancelTimer = timers.after(waitMs, () => {
          leave();
          reject(new BrokerError('ERR_SERVER_TIMEOUT', `calls before it keep ${server} busy`));
        });
        waiting.add(go);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
    get isHeld() {
      return isHeld;
    },
    lookAgain,
  };
}
