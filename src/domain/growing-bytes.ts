const FIRST_BYTES = 4096;

/**
 * Bytes that arrive in pieces, kept in one buffer.
 *
 * Attack: a message sent a byte at a time costs a hundred bytes for each, when its pieces are kept.
 */
export class GrowingBytes {
  #buffer: Buffer = Buffer.alloc(0);
  #size = 0;

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
      // Intentionally not filled with zeros: only what was written is ever handed out.
      const grown = Buffer.allocUnsafeSlow(capacity);
      this.#buffer.copy(grown, 0, 0, this.#size);
      this.#buffer = grown;
    }
    this.#buffer.set(piece, this.#size);
    this.#size = needed;
  }

  /** What was added, without a copy. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  #capacityFor(size: number): number {
    return size <= this.#buffer.length
      ? this.#buffer.length
      : Math.max(size, this.#buffer.length * 2, FIRST_BYTES);
  }
}
