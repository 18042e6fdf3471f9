import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { ApprovalId, Entropy } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import { parseJson, stringifyJson } from '../domain/json-text.ts';

/** Seals what a waiting use would send, for whoever approves it, and opens it again. */
export interface ArgumentSeal {
  seal(id: ApprovalId, sent: Json): Uint8Array;
  /** `undefined` for what is another approval's, altered or sealed by another state. */
  open(id: ApprovalId, sealed: Uint8Array): Json | undefined;
}

const VERSION = 1;
const SALT_BYTES = 24;
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + SALT_BYTES;
const INFO = 'toolgrant approval arguments v1';

/**
 * Makes the seal of one state: AES-256-GCM with a key and nonce of its own for each approval
 * (HKDF-SHA256 of the state's digest key with 192 random bits), its id as associated data.
 *
 * Attack: whoever gets hold of the database, its WAL or a backup reads what waits for approval, or has
 * one call shown in the place of another.
 *
 * @param entropy 24 bytes for each: a repeated salt would repeat key and nonce.
 */
export function createArgumentSeal(digestKey: Uint8Array, entropy: Entropy): ArgumentSeal {
  const keyed = (salt: Uint8Array): { readonly key: Buffer; readonly iv: Buffer } => {
    const bytes = Buffer.from(hkdfSync('sha256', digestKey, salt, INFO, KEY_BYTES + IV_BYTES));
    return { key: bytes.subarray(0, KEY_BYTES), iv: bytes.subarray(KEY_BYTES) };
  };
  return {
    seal(id, sent) {
      const salt = entropy(SALT_BYTES);
      const { key, iv } = keyed(salt);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(id));
      const sealed = [cipher.update(stringifyJson(sent), 'utf8'), cipher.final()];
      return Buffer.concat([Buffer.of(VERSION), salt, ...sealed, cipher.getAuthTag()]);
    },
    open(id, sealed) {
      const bytes = Buffer.from(sealed);
      if (bytes.length < HEAD_BYTES + TAG_BYTES || bytes[0] !== VERSION) return undefined;
      const { key, iv } = keyed(bytes.subarray(1, HEAD_BYTES));
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(id))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const sent = bytes.subarray(HEAD_BYTES, -TAG_BYTES);
        return parseJson(Buffer.concat([decipher.update(sent), decipher.final()]).toString('utf8'));
      } catch {
        return undefined;
      }
    },
  };
}
