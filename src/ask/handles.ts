import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { UseTarget } from '../domain/access-request.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Entropy, SessionId } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import { parseJson, stringifyJson } from '../domain/json-text.ts';

/**
 * What a handle is for. `state`: a tool server's own request state. `held`: a call that waits for its
 * client's answers. `cursor`: where a list goes on. `task`: a tool server's task.
 */
export type HandleKind = 'state' | 'held' | 'cursor' | 'task';

/** Whom and what a handle is good for: it opens for an equal binding and for no other. */
export interface HandleBinding {
  readonly kind: HandleKind;
  readonly session: SessionId;
  readonly method: string;
  readonly target?: UseTarget;
  /** HMAC of what the client asked with, so that an answer to one question serves no other. */
  readonly argsHmac?: string;
}

/** Seals what is handed to a client to be brought back, and opens it again. */
export interface Handles {
  /** @throws BrokerError `ERR_SERVER_PROTOCOL` when the payload is larger than a handle may be. */
  seal(binding: HandleBinding, payload: Json, now: number): string;
  /** The payload; `undefined` for a handle that is another's, another use's, altered, too old or none. */
  open(binding: HandleBinding, handle: string, now: number): Json | undefined;
}

/** How long a handle is good for, milliseconds, besides its session's life. */
export const HANDLE_LIFE_MS: Readonly<Record<HandleKind, number>> = {
  state: 60 * 60_000,
  held: 10 * 60_000,
  cursor: 60 * 60_000,
  // A session's life bounds it: a task is found under one id for as long as it is there.
  task: Number.POSITIVE_INFINITY,
};

/** Largest payload, UTF-8 bytes of its JSON. */
const MAX_PAYLOAD_BYTES = 256 * 1024;
/** A clock that another process of this state may be ahead by, milliseconds. */
const SKEW_MS = 30_000;

const VERSION = 1;
const SALT_BYTES = 24;
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + SALT_BYTES;
const MIN_BYTES = HEAD_BYTES + TAG_BYTES;
/** The payload, the instant beside it, and what surrounds both, in base64url. */
const MAX_TEXT = Math.ceil(((MAX_PAYLOAD_BYTES + MIN_BYTES + 64) * 4) / 3);
const INFO = 'toolgrant sealed handle v1';
const SALT_INFO = 'toolgrant steady handle v1';

/**
 * Makes the sealer of one state. Each handle has a key and nonce of its own (HKDF-SHA256 of the
 * state's digest key with 192 random bits), AES-256-GCM over the payload with the binding as
 * associated data: every broker process on the state opens it, and a client learns nothing from it.
 *
 * Attack: a client alters its handle, brings another session's, or brings one with another tool or
 * other arguments than it was made for. One that is not the canonical encoding of what it says is
 * refused too, or it could be told from the handle that was seen before.
 *
 * @param entropy 24 bytes for each handle but a task's; a repeated salt would repeat key and nonce.
 */
export function createHandles(digestKey: Uint8Array, entropy: Entropy): Handles {
  const keyed = (salt: Uint8Array): { readonly key: Buffer; readonly iv: Buffer } => {
    const bytes = Buffer.from(hkdfSync('sha256', digestKey, salt, INFO, KEY_BYTES + IV_BYTES));
    return { key: bytes.subarray(0, KEY_BYTES), iv: bytes.subarray(KEY_BYTES) };
  };

  /** A task keeps its id: the salt is a digest of all that is sealed, so no two share key and nonce. */
  const saltOf = (binding: HandleBinding, plain: Buffer): Buffer => {
    const saltKey = Buffer.from(hkdfSync('sha256', digestKey, '', SALT_INFO, KEY_BYTES));
    const aad = associated(binding);
    return createHmac('sha256', saltKey)
      .update(`${aad.length}:`)
      .update(aad)
      .update(plain)
      .digest()
      .subarray(0, SALT_BYTES);
  };

  return {
    seal(binding, payload, now) {
      const isSteady = binding.kind === 'task';
      const plain = Buffer.from(stringifyJson([isSteady ? 0 : now, payload]), 'utf8');
      if (plain.length > MAX_PAYLOAD_BYTES) {
        throw new BrokerError(
          'ERR_SERVER_PROTOCOL',
          'a request state is larger than may be sealed',
        );
      }
      const salt = isSteady ? saltOf(binding, plain) : entropy(SALT_BYTES);
      const { key, iv } = keyed(salt);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(associated(binding));
      const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), salt, sealed, cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open(binding, handle, now) {
      if (handle.length > MAX_TEXT) return undefined;
      const bytes = Buffer.from(handle, 'base64url');
      if (bytes.length < MIN_BYTES || bytes[0] !== VERSION) return undefined;
      if (bytes.toString('base64url') !== handle) return undefined;
      const { key, iv } = keyed(bytes.subarray(1, HEAD_BYTES));
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
        .setAAD(associated(binding))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const sealed = bytes.subarray(HEAD_BYTES, -TAG_BYTES);
        const plain = Buffer.concat([decipher.update(sealed), decipher.final()]);
        return unexpired(parseJson(plain.toString('utf8')), HANDLE_LIFE_MS[binding.kind], now);
      } catch {
        return undefined;
      }
    },
  };
}

/** One text for each binding; `JSON.stringify` writes lone surrogates of a client's text apart. */
function associated({ kind, session, method, target, argsHmac }: HandleBinding): Buffer {
  const members =
    target === undefined ? [] : Object.entries(target).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([kind, session, method, members, argsHmac ?? null]), 'utf8');
}

function unexpired(opened: Json, lifeMs: number, now: number): Json | undefined {
  if (!Array.isArray(opened)) return undefined;
  const [sealedAt, payload] = opened as readonly Json[];
  if (typeof sealedAt !== 'number' || sealedAt > now + SKEW_MS) return undefined;
  return now - sealedAt < lifeMs ? payload : undefined;
}
