import type { AuditEvent } from '../domain/event.ts';
import { firstOf, stretchOf } from './event-marks.ts';
import { type StretchIndex, StretchIndexer } from './index-stretch.ts';

/** Values of finished stretches that are kept: some fifty ordinary stretches, 2 MB of marks. */
const MOST_VALUES = 4_000;

interface OwnStretch {
  readonly index: StretchIndex;
  /** The hash of its last event. */
  readonly lastHash: string;
}

/**
 * The index of stretches of which this process appended every event, made as they are appended, so that
 * they need not be read back.
 *
 * Each event but a stretch's first names in `prev` the hash of the one indexed before it, or the stretch
 * is given up: another process wrote between them, or a transaction was undone. A log that has the last
 * one's hash at its place has all of them, then: no index is of events that the log does not hold.
 */
export class OwnStretches {
  #indexer: StretchIndexer | undefined;
  #stretch = -1;
  #lastHash = '';
  readonly #finished = new Map<number, OwnStretch>();

  /** Takes an event that was just appended, as it will be read back. It may still be undone. */
  add(event: AuditEvent): void {
    const stretch = stretchOf(event.seq);
    if (event.seq === firstOf(stretch)) {
      this.#indexer = new StretchIndexer(stretch);
      this.#stretch = stretch;
    } else if (event.prev !== this.#lastHash || stretch !== this.#stretch) {
      this.#indexer = undefined;
    }
    if (this.#indexer === undefined) return;
    this.#indexer.add(event);
    this.#lastHash = event.hash;
    if (event.seq === firstOf(stretch + 1) - 1) this.#finish(stretch, this.#indexer.made());
  }

  /** What was made of a stretch, if its last event in the log has this hash. Given once. */
  take(stretch: number, lastHash: string | undefined): StretchIndex | undefined {
    const own = this.#finished.get(stretch);
    this.#finished.delete(stretch);
    return own?.lastHash === lastHash ? own?.index : undefined;
  }

  #finish(stretch: number, index: StretchIndex): void {
    this.#indexer = undefined;
    this.#finished.set(stretch, { index, lastHash: this.#lastHash });
    let values = 0;
    for (const own of this.#finished.values()) values += own.index.values.length;
    for (const [oldest, own] of this.#finished) {
      if (values <= MOST_VALUES) break;
      this.#finished.delete(oldest);
      values -= own.index.values.length;
    }
  }
}
