/**
 * Events in a stretch: the unit of the index, and of nothing else. Longer ones cost less to write and more
 * to read while they are not whole. A place in one takes two bytes.
 */
export const STRETCH = 4_000;

/** Bytes of a stretch's marks, a bit for each event. */
const MARK_BYTES = STRETCH / 8;

/** The number of the stretch an event lies in, from 0. */
export const stretchOf = (seq: number): number => Math.floor((seq - 1) / STRETCH);

/** The sequence number of a stretch's first event. */
export const firstOf = (stretch: number): number => stretch * STRETCH + 1;

/** Which events of one stretch are meant, by their place in it. */
export class Marks {
  readonly #bits: Uint8Array;

  private constructor(bits: Uint8Array) {
    this.#bits = bits;
  }

  static none(): Marks {
    return new Marks(new Uint8Array(MARK_BYTES));
  }

  static of(place: number): Marks {
    const marks = Marks.none();
    marks.add(place);
    return marks;
  }

  /** The places from `from` up to `to`, both included. */
  static between(from: number, to: number): Marks {
    const bits = new Uint8Array(MARK_BYTES);
    for (let place = Math.max(0, from); place <= Math.min(STRETCH - 1, to); place += 1) {
      bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
    }
    return new Marks(bits);
  }

  /** Reads what `pack` wrote; bytes of no such form mark nothing. */
  static unpack(bytes: Uint8Array): Marks {
    if (bytes.length === MARK_BYTES) return new Marks(bytes);
    const marks = Marks.none();
    for (let at = 0; at + 1 < bytes.length; at += 2) {
      marks.add((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
    }
    return marks;
  }

  /** A bit for each place, or where it is shorter the places themselves, two bytes each. */
  pack(): Uint8Array {
    const count = this.count();
    if (count * 2 >= MARK_BYTES) return this.#bits;
    const bytes = new Uint8Array(count * 2);
    let at = 0;
    // Not `places`: this is most of what an index costs to compare.
    for (let byte = 0; at < bytes.length; byte += 1) {
      for (let bits = this.#bits[byte] ?? 0; bits !== 0; bits &= bits - 1) {
        const place = byte * 8 + 31 - Math.clz32(bits & -bits);
        bytes[at] = place & 0xff;
        bytes[at + 1] = place >> 8;
        at += 2;
      }
    }
    return bytes;
  }

  add(place: number): void {
    if (place >= 0 && place < STRETCH) {
      this.#bits[place >> 3] = (this.#bits[place >> 3] ?? 0) | (1 << (place & 7));
    }
  }

  /** Those in both. */
  and(other: Marks): Marks {
    const bits = new Uint8Array(MARK_BYTES);
    for (let at = 0; at < MARK_BYTES; at += 1) {
      bits[at] = (this.#bits[at] ?? 0) & (other.#bits[at] ?? 0);
    }
    return new Marks(bits);
  }

  /** Those in either. */
  or(other: Marks): Marks {
    const bits = this.#bits.slice();
    for (let at = 0; at < MARK_BYTES; at += 1) bits[at] = (bits[at] ?? 0) | (other.#bits[at] ?? 0);
    return new Marks(bits);
  }

  /** How many are in both. */
  countBoth(other: Marks): number {
    let count = 0;
    for (let at = 0; at < MARK_BYTES; at += 1) {
      count += ONES[(this.#bits[at] ?? 0) & (other.#bits[at] ?? 0)] ?? 0;
    }
    return count;
  }

  count(): number {
    return this.countBoth(this);
  }

  isEmpty(): boolean {
    return this.#bits.every((byte) => byte === 0);
  }

  /** The places, ascending, or descending. */
  *places(isDescending = false): Generator<number> {
    const [first, step, shift] = isDescending ? [MARK_BYTES - 1, -1, 7] : [0, 1, 0];
    for (let byte = first; byte >= 0 && byte < MARK_BYTES; byte += step) {
      const bits = this.#bits[byte] ?? 0;
      if (bits === 0) continue;
      for (let turn = 0; turn < 8; turn += 1) {
        const bit = Math.abs(turn - shift);
        if ((bits & (1 << bit)) !== 0) yield byte * 8 + bit;
      }
    }
  }
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
});
