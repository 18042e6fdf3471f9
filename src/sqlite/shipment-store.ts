import type { ShipmentStore } from '../audit/ship-events.ts';
import type { StateDatabase } from './state-database.ts';

/**
 * Of how far a place has got, what can be: the log has come as far. Attack: a number beyond it, so that the
 * place gets nothing until then.
 */
export const NOT_BEYOND = 'seq <= (SELECT max(seq) FROM events)';

/** How far each place has got the events, in SQLite. */
export class SqliteShipmentStore implements ShipmentStore {
  readonly #db: StateDatabase;

  constructor(db: StateDatabase) {
    this.#db = db;
  }

  async sentTo(target: string): Promise<number> {
    return this.#db.read(
      () =>
        this.#db
          .statement<{ seq: number }>(`SELECT seq FROM shipped WHERE target = ? AND ${NOT_BEYOND}`)
          .get(target)?.seq ?? 0,
    );
  }

  async noteSent(target: string, seq: number): Promise<void> {
    await this.#db.change(() => {
      this.#db.noteWrite();
      this.#db
        .statement(
          `INSERT INTO shipped (target, seq) VALUES (?, ?)
           ON CONFLICT DO UPDATE SET seq = max(iif(${NOT_BEYOND}, seq, 0), excluded.seq)`,
        )
        .run(target, seq);
    });
  }
}
