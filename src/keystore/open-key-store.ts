import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyStore, SigningKey } from '../authenticate/key-store.ts';
import { BrokerError } from '../domain/errors.ts';
import { createStateDir } from './create-state-dir.ts';
import {
  corrupt,
  createPrivateFile,
  ensurePrivateFolder,
  type PrivateFileOptions,
  readPrivateFile,
  removePrivateFile,
} from './private-file.ts';
import { formatSigningKey, generateSigningKey, parseSigningKey } from './signing-key.ts';

const FIRST_SESSION_KEY = 'session-0001.json';
const SESSION_KEY = /^session-\d{4}\.json$/;
const DIGEST_KEY_BYTES = 32;

/**
 * Opens the keys of a state directory: `keys/session-NNNN.json` (the highest signs, all verify),
 * `keys/checkpoint.json`, `keys/digest.key` and `broker-id`. Each is made when first asked for, by
 * exactly one of the processes that ask, and its owner and mode are checked at every read.
 *
 * Looking up a key by id makes none: an unknown token must not cost more than a refusal.
 *
 * Methods throw BrokerError `ERR_STATE_UNSAFE`, `ERR_STORE_CORRUPT`, `ERR_STORE_FAILED`, never with
 * what a file holds.
 */
export function openKeyStore(options: PrivateFileOptions): KeyStore {
  const { stateDir, uid, entropy } = options;
  const keysDir = join(stateDir, 'keys');

  const readKey = async (path: string): Promise<SigningKey | undefined> => {
    const bytes = readPrivateFile(path, uid);
    if (bytes === undefined) return undefined;
    const key = await parseSigningKey(bytes.toString('utf8'));
    if (key === undefined) throw corrupt(path);
    return key;
  };

  const readOrMakeKey = async (path: string): Promise<SigningKey> => {
    const existing = await readKey(path);
    if (existing !== undefined) return existing;
    ensureKeysDir(options, keysDir);
    createPrivateFile(path, formatSigningKey(await generateSigningKey()), entropy);
    // The file, not what was just made: another process may have been first.
    const winner = await readKey(path);
    if (winner === undefined) throw corrupt(path);
    return winner;
  };

  const readOrMakeBytes = (path: string, make: () => string | Uint8Array): Buffer => {
    const existing = readPrivateFile(path, uid);
    if (existing !== undefined) return existing;
    ensureKeysDir(options, keysDir);
    createPrivateFile(path, make(), entropy);
    const winner = readPrivateFile(path, uid);
    if (winner === undefined) throw corrupt(path);
    return winner;
  };

  return {
    async sessionKey() {
      const newest = sessionKeyFiles(keysDir).at(-1) ?? FIRST_SESSION_KEY;
      return readOrMakeKey(join(keysDir, newest));
    },
    async findSessionKey(kid) {
      for (const file of sessionKeyFiles(keysDir).reverse()) {
        const key = await readKey(join(keysDir, file));
        if (key?.kid === kid) return key;
      }
      return undefined;
    },
    async sessionKeys() {
      const found: { kid: string; madeAt: number }[] = [];
      for (const file of sessionKeyFiles(keysDir)) {
        const path = join(keysDir, file);
        const key = await readKey(path);
        if (key !== undefined) found.push({ kid: key.kid, madeAt: madeAt(path) });
      }
      return found;
    },
    async rotateSessionKey() {
      const newest = sessionKeyFiles(keysDir).at(-1);
      return readOrMakeKey(join(keysDir, newest === undefined ? FIRST_SESSION_KEY : after(newest)));
    },
    async removeSessionKey(kid) {
      for (const file of sessionKeyFiles(keysDir).slice(0, -1)) {
        const path = join(keysDir, file);
        if ((await readKey(path))?.kid === kid) removePrivateFile(path);
      }
    },
    async checkpointKey() {
      return readOrMakeKey(join(keysDir, 'checkpoint.json'));
    },
    async digestKey() {
      const path = join(keysDir, 'digest.key');
      const key = readOrMakeBytes(path, () => entropy(DIGEST_KEY_BYTES));
      if (key.length !== DIGEST_KEY_BYTES) throw corrupt(path);
      return new Uint8Array(key);
    },
    async brokerId() {
      const path = join(stateDir, 'broker-id');
      const make = () => `toolgrant:${Buffer.from(entropy(20)).toString('hex')}\n`;
      const id = readOrMakeBytes(path, make).toString('utf8').trimEnd();
      if (!/^toolgrant:[0-9a-f]{40}$/.test(id)) throw corrupt(path);
      return id;
    },
  };
}

function ensureKeysDir(options: PrivateFileOptions, keysDir: string): void {
  createStateDir(options);
  ensurePrivateFolder(keysDir, options.uid);
}

/** The name after a session key's. */
function after(file: string): string {
  const number = Number(file.slice('session-'.length, -'.json'.length)) + 1;
  if (number > 9999) throw new BrokerError('ERR_STORE_FAILED', 'no name is left for a session key');
  return `session-${String(number).padStart(4, '0')}.json`;
}

/** When a key's file was written, which happens once. Epoch milliseconds. */
function madeAt(path: string): number {
  try {
    return Math.floor(statSync(path).mtimeMs);
  } catch {
    throw corrupt(path);
  }
}

/** Ascending: the last is the newest. */
function sessionKeyFiles(keysDir: string): string[] {
  try {
    return readdirSync(keysDir)
      .filter((name) => SESSION_KEY.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw corrupt(keysDir);
  }
}
