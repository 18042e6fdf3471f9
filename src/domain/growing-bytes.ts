const FIRST_BYTES = 4096;
/** Bytes of memory that are kept for what comes next, at most. */
const MOST_KEPT = 1_048_576;

const NONE = Buffer.alloc(0);

/**
 * Bytes that arrive in pieces, kept in one buffer.
 *
 * Attack: a message sent a byte at a time costs a hundred bytes for each, when its pieces are kept.
 */
export class GrowingBytes {
  #buffer: Buffer = NONE;
  #size = 0;
  /** Whether the memory is not that of a piece. */
  #isOurs = false;
  /** Memory of ours that holds nothing. */
  #spare: Buffer | undefined;

  /** How many were added. */
  get size(): number {
    return this.#size;
  }

  /** How many more bytes of memory a piece of this length will take: none when it fits in. */
  growthFor(length: number): number {
    if (this.#size === 0) return length;
    return this.#capacityFor(this.#size + length) - this.#buffer.length;
  }

  /** Adds a piece. The first is kept as it is: what comes in one piece is not copied. */
  append(piece: Uint8Array): void {
    if (this.#size === 0) {
      this.#buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      this.#size = piece.length;
      return;
    }
    const needed = this.#size + piece.length;
    const capacity = this.#capacityFor(needed);
    if (capacity > this.#buffer.length) {
      const grown = this.#takeMemory(capacity);
      this.#buffer.copy(grown, 0, 0, this.#size);
      this.#buffer = grown;
      this.#isOurs = true;
    }
    this.#buffer.set(piece, this.#size);
    this.#size = needed;
  }

  /** What was added, without a copy. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  /** Forgets what was added. What `bytes` gave is written over by what comes next. */
  clear(): void {
    if (this.#isOurs && this.#buffer.length <= MOST_KEPT) this.#spare = this.#buffer;
    this.#isOurs = false;
    this.#buffer = NONE;
    this.#size = 0;
  }

  #takeMemory(capacity: number): Buffer {
    const spare = this.#spare;
    this.#spare = undefined;
    // Intentionally not filled with zeros: only what was written is ever handed out.
    return spare !== undefined && spare.length >= capacity
      ? spare
      : Buffer.allocUnsafeSlow(capacity);
  }

  #capacityFor(size: number): number {
    return size <= this.#buffer.length
      ? this.#buffer.length
      : Math.max(size, this.#buffer.length * 2, FIRST_BYTES);
  }
}
