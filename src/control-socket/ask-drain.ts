import type { DrainAnswer } from '../admin/admin-context.ts';
import type { LiveBroker } from '../session/live-broker-store.ts';
import { exchange } from './exchange.ts';
import { isListening, type Listening } from './reach-socket.ts';

const DRAIN_TIMEOUT_MS = 2_000;
const MAX_ANSWER_BYTES = 256;

/**
 * Asks a live broker to re-read rights and drain. Never rejects.
 *
 * Only a refused connection, or a socket that is gone together with its process, means dead; everything
 * else that is not a whole answer in time means silent, so that a broker in trouble is never counted as
 * one that obeyed. Attack: a socket file that is deleted would hide a broker that goes on serving.
 */
export async function askDrain(
  broker: LiveBroker,
  timeoutMs: number = DRAIN_TIMEOUT_MS,
): Promise<DrainAnswer> {
  const answer = await exchange(broker.socket, 'drain', { timeoutMs, maxBytes: MAX_ANSWER_BYTES });
  if (answer === 'silent') return { kind: 'silent' };
  if (typeof answer !== 'string') return parseAnswer(answer.line);
  // It may have died while answering: then nobody listens any more.
  const now = answer === 'broken' ? await isListening(broker.socket, timeoutMs) : answer;
  return { kind: isDead(broker, now) ? 'dead' : 'silent' };
}

/** Whether a registered broker still listens. `true` in doubt: only who is surely dead is buried. */
export async function isAlive(
  broker: LiveBroker,
  timeoutMs: number = DRAIN_TIMEOUT_MS,
): Promise<boolean> {
  return !isDead(broker, await isListening(broker.socket, timeoutMs));
}

const isDead = ({ pid }: LiveBroker, found: Listening): boolean =>
  found === 'refused' || (found === 'absent' && !isRunning(pid));

/** Whether a process of ours has this id. One we may not signal is somebody else's, who got it later. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function parseAnswer(line: string): DrainAnswer {
  try {
    const { cancelled } = JSON.parse(line);
    if (Number.isSafeInteger(cancelled) && cancelled >= 0) return { kind: 'drained', cancelled };
  } catch {
    // Not an answer: as good as none.
  }
  return { kind: 'silent' };
}
