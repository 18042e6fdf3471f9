import { BrokerError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import { scanJson } from '../domain/json-scan.ts';
import { stringifyJson } from '../domain/json-text.ts';

/** Deepest nesting of what is kept: a schema of sixty levels, deeper than any that somebody wrote. */
const MAX_DEPTH = 128;

/**
 * Fails for what a tool server says of itself or of a tool that a message can carry and the lock file
 * cannot, where it stands deeper; answers how large it is, in UTF-8 bytes and members.
 *
 * Attack: one server's definitions make the lock file unreadable, and with it no other server can be
 * pinned, approved or narrowed.
 *
 * @throws BrokerError `ERR_SERVER_PROTOCOL`.
 */
export function assertKeepable(
  server: string,
  value: JsonObject,
): { readonly bytes: number; readonly members: number } {
  const text = stringifyJson(value);
  try {
    const { members } = scanJson(text, { maxDepth: MAX_DEPTH });
    return { bytes: Buffer.byteLength(text), members };
  } catch {
    throw new BrokerError(
      'ERR_SERVER_PROTOCOL',
      `tool server ${server} describes something nested deeper than can be kept`,
    );
  }
}
