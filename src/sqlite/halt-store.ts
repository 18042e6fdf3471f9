import type { Halt, HaltStore } from '../authorize/halt-store.ts';
import type { EventDraft } from '../domain/event.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { nextEpoch } from './rights-epoch.ts';
import type { StateDatabase } from './state-database.ts';

interface Row {
  readonly halted_at: number | null;
  readonly halt_reason: string | null;
}

/** The halt, on SQLite: two columns of the one row that holds the epoch. */
export class SqliteHaltStore implements HaltStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  async current(): Promise<Halt | undefined> {
    return this.#db.read(() => this.#read());
  }

  async order(halt: Halt, event: EventDraft): Promise<Halt | undefined> {
    return this.#db.change(() => {
      const before = this.#read();
      if (before === undefined) this.#write(halt.at, halt.reason, event);
      return before;
    }, 'full');
  }

  async lift(event: EventDraft): Promise<Halt | undefined> {
    return this.#db.change(() => {
      const before = this.#read();
      if (before !== undefined) this.#write(undefined, undefined, event);
      return before;
    }, 'full');
  }

  #read(): Halt | undefined {
    const row = this.#db
      .statement<Row>('SELECT halted_at, halt_reason FROM rights WHERE id = 1')
      .get();
    if (row === undefined || row.halted_at === null) return undefined;
    return { at: row.halted_at, ...(row.halt_reason === null ? {} : { reason: row.halt_reason }) };
  }

  #write(at: number | undefined, reason: string | undefined, event: EventDraft): void {
    this.#db.noteWrite();
    this.#db
      .statement('UPDATE rights SET halted_at = ?, halt_reason = ? WHERE id = 1')
      .run(at ?? null, reason ?? null);
    this.#append(storableDraft({ ...event, epoch: nextEpoch(this.#db) }));
  }
}
