import type { AuditEvent, Checkpoint } from '../domain/event.ts';
import { CHECKPOINT_EVENTS, CHECKPOINT_MICROS } from './checkpoint.ts';
import type { SeqRange } from './event-index.ts';

type Place = Pick<Checkpoint, 'seq' | 'at'>;

/**
 * Whether the log was signed as often as brokers sign it, in the transaction of the event that is due.
 * Attack: whoever can write the database, and has no key, removes the checkpoints and writes the log anew.
 */
export class CadenceCheck {
  /** Newest first. */
  readonly #waiting: Place[];
  readonly #range: SeqRange;
  readonly #report: (seq: number, message: string) => void;
  #last: Place | undefined;

  /** @param range from the first event that is read to the newest there was before `stored` was read. */
  constructor(
    stored: readonly Place[],
    range: SeqRange,
    report: (seq: number, message: string) => void,
  ) {
    this.#waiting = stored.toSorted((a, b) => b.seq - a.seq);
    this.#range = range;
    this.#report = report;
  }

  take({ seq, at }: Pick<AuditEvent, 'seq' | 'at'>): void {
    if (seq > this.#range.to) return;
    let next = this.#waiting.at(-1);
    for (; next !== undefined && next.seq <= seq; next = this.#waiting.at(-1)) {
      this.#last = next;
      this.#waiting.pop();
    }
    // Where none came before, as brokers count: from the first event.
    this.#last ??= { seq: this.#range.from - 1, at };
    const last = this.#last;
    if (last.seq === seq) return;
    if (seq - last.seq < CHECKPOINT_EVENTS && !(at - last.at >= CHECKPOINT_MICROS)) return;
    this.#report(seq, 'brokers sign the log here at the latest, and no checkpoint is stored');
    this.#last = { seq, at };
  }
}
