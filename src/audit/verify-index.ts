import type { AuditEvent } from '../domain/event.ts';
import { firstOf, stretchOf } from './event-marks.ts';
import type { EventStore } from './event-store.ts';
import { type StretchIndex, StretchIndexer } from './index-stretch.ts';

/** Stretches compared together: a value's rows lie side by side in the store. */
const TOGETHER = 16;

/**
 * Whether the log's index is what its events give. Attack: an event that `audit query` does not find,
 * because the index was edited and the event was not. What is not indexed is no fault.
 */
export class IndexCheck {
  readonly #store: Pick<EventStore, 'areIndexedAs' | 'indexRows'>;
  readonly #report: (seq: number, message: string) => void;
  #indexer: StretchIndexer;
  readonly #made = new Map<number, StretchIndex>();
  #stretch: number;
  #rows = 0;
  #rowsBefore = 0;

  readonly #from: number;

  /** @param from the first event that is read: a stretch it lies within is not judged. */
  constructor(
    store: Pick<EventStore, 'areIndexedAs' | 'indexRows'>,
    report: (seq: number, message: string) => void,
    from: number,
  ) {
    this.#store = store;
    this.#report = report;
    this.#from = from;
    this.#stretch = stretchOf(from);
    this.#indexer = new StretchIndexer(this.#stretch);
  }

  /** Before the first event: brokers index while this reads. */
  async begin(): Promise<void> {
    const isCut = this.#from > firstOf(this.#stretch);
    this.#rowsBefore = await this.#store.indexRows(this.#stretch + (isCut ? 1 : 0));
  }

  /** Synchronous, since a promise for each event would cost more than reading it. */
  take(event: AuditEvent): void {
    const stretch = stretchOf(event.seq);
    if (stretch !== this.#stretch) this.#close(stretch);
    this.#indexer.add(event);
  }

  /** Between pages: compares what has gathered, when it is enough. */
  async compareSome(): Promise<void> {
    if (this.#made.size >= TOGETHER) await this.#compare();
  }

  async end(): Promise<void> {
    this.#close(this.#stretch + 1);
    await this.#compare();
    const more = this.#rowsBefore - this.#rows;
    if (more > 0) {
      this.#report(0, `the index has ${more} rows that no event gives: queries may be wrong`);
    }
  }

  #close(next: number): void {
    if (this.#from <= firstOf(this.#stretch)) {
      this.#made.set(this.#stretch, this.#indexer.made());
    }
    this.#stretch = next;
    this.#indexer = new StretchIndexer(next);
  }

  async #compare(): Promise<void> {
    const compared = await this.#store.areIndexedAs(this.#made);
    for (const [stretch, made] of this.#made) {
      const isSame = compared.get(stretch);
      if (isSame !== undefined) this.#rows += 1 + made.values.length + made.columns.length;
      if (isSame !== false) continue;
      const [from, to] = [firstOf(stretch), firstOf(stretch + 1) - 1];
      this.#report(from, `the index of events ${from} to ${to} is not what they give`);
    }
    this.#made.clear();
  }
}
