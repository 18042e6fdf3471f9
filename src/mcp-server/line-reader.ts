/** One line of input: its bytes without the end of line, or a line beyond the limit. */
export type Line =
  /** `bytes` are valid until the next line is asked for. */
  { readonly kind: 'line'; readonly bytes: Buffer } | { readonly kind: 'too_long' };

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const FIRST_BYTES = 64 * 1024;

/**
 * Cuts a byte stream into lines. A line beyond the limit is reported once, when the limit is passed,
 * and skipped to its end, so that memory stays bounded however long it goes on and however small
 * the pieces are it comes in.
 */
export class LineReader {
  readonly #maxBytes: number;
  #line = Buffer.alloc(0);
  #size = 0;
  #skipping = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes and gives the lines they complete; empty lines are left out. */
  *push(chunk: Uint8Array): Generator<Line> {
    let start = 0;
    while (start < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline === -1 ? chunk.length : newline;
      if (!this.#skipping && this.#size + end - start > this.#maxBytes) {
        this.#skipping = true;
        yield { kind: 'too_long' };
      }
      if (newline === -1) {
        if (!this.#skipping) this.#append(chunk.subarray(start, end));
        return;
      }
      const bytes = this.#take(chunk, start, end);
      start = newline + 1;
      const text = bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
      if (text.length > 0) yield { kind: 'line', bytes: text };
    }
  }

  /** The line that ends here: of the chunk alone, or with what came before it; empty when it was skipped. */
  #take(chunk: Uint8Array, start: number, end: number): Buffer {
    if (this.#size === 0 && !this.#skipping) {
      return Buffer.from(chunk.buffer, chunk.byteOffset + start, end - start);
    }
    if (!this.#skipping) this.#append(chunk.subarray(start, end));
    const bytes = this.#line.subarray(0, this.#skipping ? 0 : this.#size);
    this.#size = 0;
    this.#skipping = false;
    return bytes;
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#size + bytes.length;
    if (needed > this.#line.length) {
      const grown = Buffer.alloc(Math.max(needed, this.#line.length * 2, FIRST_BYTES));
      this.#line.copy(grown, 0, 0, this.#size);
      this.#line = grown;
    }
    this.#line.set(bytes, this.#size);
    this.#size = needed;
  }
}
