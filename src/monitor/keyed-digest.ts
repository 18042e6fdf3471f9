import { hkdfSync } from 'node:crypto';

/** Digest of a text: a whole number below 2^53. Equal texts have equal ones, under one key. */
export type KeyedDigest = (text: string) => number;

/** Bytes of a key. */
export const DIGEST_KEY_BYTES = 16;

const INFO = 'toolgrant monitor digest v1';

/** The digest of one state, made from its digest key: the same in each of its brokers, after a restart too. */
export const stateDigest = (digestKey: Uint8Array): KeyedDigest =>
  keyedDigest(new Uint8Array(hkdfSync('sha256', digestKey, '', INFO, DIGEST_KEY_BYTES)));

/**
 * SipHash-2-4 over the UTF-16LE bytes of a text, cut to 53 bits so that a `Map` takes it as a number.
 * What the monitor remembers is kept as this: who reads its memory without the key cannot try out what a
 * digest may stand for, and who chooses the texts cannot choose which ones collide.
 *
 * Fast for texts of some ten characters, which an HMAC by way of the crypto module is not.
 *
 * @see https://131002.net/siphash/siphash.pdf
 */
export function keyedDigest(key: Uint8Array): KeyedDigest {
  if (key.length !== DIGEST_KEY_BYTES) throw new RangeError('a digest key has 16 bytes');
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const [k0, k1, k2, k3] = [0, 4, 8, 12].map((at) => view.getInt32(at, true));
  const state = new Int32Array(8);
  return (text) => {
    const { length } = text;
    state.set([0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261]);
    state.set([0x6e657261, 0x6c796765, 0x79746573, 0x74656462], 4);
    for (const [at, word] of [k0, k1, k2, k3, k0, k1, k2, k3].entries()) {
      state[at] = (state[at] as number) ^ (word as number);
    }
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      const low = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
      const high = text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16);
      compress(state, low, high);
    }
    let low = 0;
    let high = ((length * 2) & 0xff) << 24;
    if (at < length) low = text.charCodeAt(at);
    if (at + 1 < length) low |= text.charCodeAt(at + 1) << 16;
    if (at + 2 < length) high |= text.charCodeAt(at + 2);
    compress(state, low, high);
    state[4] = (state[4] as number) ^ 0xff;
    for (let left = 4; left > 0; left -= 1) round(state);
    const [a0, a1, b0, b1, c0, c1, d0, d1] = state as unknown as number[];
    const lower = ((a0 as number) ^ (b0 as number) ^ (c0 as number) ^ (d0 as number)) >>> 0;
    const upper = ((a1 as number) ^ (b1 as number) ^ (c1 as number) ^ (d1 as number)) >>> 0;
    return (upper >>> 11) * 0x100000000 + lower;
  };
}

function compress(state: Int32Array, low: number, high: number): void {
  state[6] = (state[6] as number) ^ low;
  state[7] = (state[7] as number) ^ high;
  round(state);
  round(state);
  state[0] = (state[0] as number) ^ low;
  state[1] = (state[1] as number) ^ high;
}

/** One round over four words of 64 bits, each as its lower and its upper half. */
function round(state: Int32Array): void {
  add(state, 0, 2);
  turn(state, 2, 13);
  xor(state, 2, 0);
  turn(state, 0, 32);
  add(state, 4, 6);
  turn(state, 6, 16);
  xor(state, 6, 4);
  add(state, 0, 6);
  turn(state, 6, 21);
  xor(state, 6, 0);
  add(state, 4, 2);
  turn(state, 2, 17);
  xor(state, 2, 4);
  turn(state, 4, 32);
}

function add(state: Int32Array, to: number, from: number): void {
  const low = ((state[to] as number) >>> 0) + ((state[from] as number) >>> 0);
  const carry = low > 0xffffffff ? 1 : 0;
  state[to] = low;
  state[to + 1] = (state[to + 1] as number) + (state[from + 1] as number) + carry;
}

function xor(state: Int32Array, to: number, from: number): void {
  state[to] = (state[to] as number) ^ (state[from] as number);
  state[to + 1] = (state[to + 1] as number) ^ (state[from + 1] as number);
}

/** Rotates a word to the left by 1 to 32 bits. */
function turn(state: Int32Array, at: number, by: number): void {
  const [low, high] = [state[at] as number, state[at + 1] as number];
  if (by === 32) {
    state[at] = high;
    state[at + 1] = low;
    return;
  }
  state[at] = (low << by) | (high >>> (32 - by));
  state[at + 1] = (high << by) | (low >>> (32 - by));
}
