import { LOG_LEVELS } from '../domain/log-level.ts';
import type { Channel } from './channel.ts';

/** Milliseconds. */
const TIMEOUT_MS = 5_000;

/**
 * Keeps the level of log messages that a 2025 server is told for the whole connection. A request of our
 * own, like a ping: it makes nothing happen that a right is needed for.
 *
 * @returns says what the next call wants; a promise only when something has to be sent before it.
 */
export function createSessionLevel(channel: Channel): (level: string) => Promise<void> | undefined {
  let told: string | undefined;
  return (level) => {
    if (level === told || !LOG_LEVELS.includes(level)) return undefined;
    told = level;
    const asked = channel.request({
      method: 'logging/setLevel',
      params: { level },
      timeoutMs: TIMEOUT_MS,
      isCancellable: false,
    });
    return asked.then(
      () => undefined,
      () => {
        if (told === level) told = undefined;
      },
    );
  };
}
