import { hash } from 'node:crypto';

/** Bytes of a block of SHA-256. */
const BLOCK = 64;
/** UTF-16 units of the longest text. Three bytes each at most. */
const MOST_UNITS = 2_048;

/**
 * HMAC-SHA256 of short texts under one key, as two plain hashes: to set a keyed one up in OpenSSL costs
 * more than both.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2104#section-2
 */
export class ShortHmac {
  /** The key and the inner pad, then a text. */
  readonly #inner = Buffer.alloc(BLOCK + 3 * MOST_UNITS, 0x36);
  /** The key and the outer pad, then the inner hash. */
  readonly #outer = Buffer.alloc(BLOCK + 32, 0x5c);

  constructor(key: Uint8Array) {
    const bytes = key.length > BLOCK ? hash('sha256', key, 'buffer') : key;
    for (const [at, byte] of bytes.entries()) {
      this.#inner[at] = 0x36 ^ byte;
      this.#outer[at] = 0x5c ^ byte;
    }
  }

  /** The digest, hex, and how many bytes of UTF-8 the text takes; `undefined` of one that is too long. */
  of(text: string): { readonly hmac: string; readonly bytes: number } | undefined {
    if (text.length > MOST_UNITS) return undefined;
    const bytes = this.#inner.write(text, BLOCK);
    this.#outer.write(hash('sha256', this.#inner.subarray(0, BLOCK + bytes)), BLOCK, 'hex');
    return { hmac: hash('sha256', this.#outer), bytes };
  }
}
