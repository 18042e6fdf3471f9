import type { AuditEvent } from '../domain/event.ts';
import { firstOf, stretchOf } from './event-marks.ts';
import type { EventStore } from './event-store.ts';
import { indexStretch } from './index-stretch.ts';

/**
 * Whether the log's index is what its events give. Attack: an event that `audit query` does not find,
 * because the index was edited and the event was not. What is not indexed is no fault.
 */
export class IndexCheck {
  readonly #store: Pick<EventStore, 'isIndexedAs' | 'indexRows'>;
  readonly #report: (seq: number, message: string) => void;
  #events: AuditEvent[] = [];
  #stretch: number;
  #rows = 0;
  #rowsBefore = 0;

  readonly #from: number;

  /** @param from the first event that is read: a stretch it lies within is not judged. */
  constructor(
    store: Pick<EventStore, 'isIndexedAs' | 'indexRows'>,
    report: (seq: number, message: string) => void,
    from: number,
  ) {
    this.#store = store;
    this.#report = report;
    this.#from = from;
    this.#stretch = stretchOf(from);
  }

  /** Before the first event: brokers index while this reads. */
  async begin(): Promise<void> {
    this.#rowsBefore = await this.#store.indexRows();
  }

  async take(event: AuditEvent): Promise<void> {
    const stretch = stretchOf(event.seq);
    if (stretch !== this.#stretch) await this.#judge(stretch);
    this.#events.push(event);
  }

  async end(): Promise<void> {
    await this.#judge(this.#stretch + 1);
    const more = this.#rowsBefore - this.#rows;
    if (more > 0 && this.#from === 1) {
      this.#report(0, `the index has ${more} rows that no event gives: queries may be wrong`);
    }
  }

  async #judge(next: number): Promise<void> {
    if (this.#from > firstOf(this.#stretch)) {
      this.#stretch = next;
      this.#events = [];
      return;
    }
    const made = indexStretch(this.#stretch, this.#events);
    const isSame = await this.#store.isIndexedAs(this.#stretch, made);
    if (isSame !== undefined) this.#rows += made.values.length + made.columns.length;
    const [from, to] = [firstOf(this.#stretch), firstOf(this.#stretch + 1) - 1];
    if (isSame === false) {
      this.#report(from, `the index of events ${from} to ${to} is not what they give`);
    }
    this.#stretch = next;
    this.#events = [];
  }
}
