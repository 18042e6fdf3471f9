import type { ShipmentStore } from '../audit/ship-events.ts';
import type { StateDatabase } from './state-database.ts';

/** How far each place has got the events, in SQLite. */
export class SqliteShipmentStore implements ShipmentStore {
  readonly #db: StateDatabase;

  constructor(db: StateDatabase) {
    this.#db = db;
  }

  async sentTo(target: string): Promise<number> {
    return this.#db.read(
      () =>
        this.#db.statement<{ seq: number }>('SELECT seq FROM shipped WHERE target = ?').get(target)
          ?.seq ?? 0,
    );
  }

  async noteSent(target: string, seq: number): Promise<void> {
    await this.#db.change(() => {
      this.#db.noteWrite();
      this.#db
        .statement(
          `INSERT INTO shipped (target, seq) VALUES (?, ?)
           ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)`,
        )
        .run(target, seq);
    });
  }
}
