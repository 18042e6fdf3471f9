import { isFormerId, type PlaceId } from '../audit/place-id.ts';
import type { StateDatabase } from './state-database.ts';

/** The places of a configuration, by the table that says how far each has got. */
export type Places = Readonly<Record<'shipped' | 'anchored', readonly PlaceId[]>>;

const COLUMN = { shipped: 'target', anchored: 'anchor' } as const;

/**
 * Has places that were known by a plain hash known by their id, as far as they had got, and forgets
 * plain hashes that no place has: one that comes back is sent everything again, which harms nothing.
 *
 * @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_STORE_FAILED`.
 */
export async function adoptPlaces(db: StateDatabase, places: Places): Promise<void> {
  const tables = (['shipped', 'anchored'] as const).filter(
    (table) => db.read(() => formerIn(db, table)).length > 0,
  );
  if (tables.length === 0) return;
  await db.change(() => {
    db.noteWrite();
    for (const table of tables) {
      const column = COLUMN[table];
      for (const { id, formerId } of places[table]) {
        db.statement(
          `INSERT INTO ${table} (${column}, seq) SELECT ?, seq FROM ${table} WHERE ${column} = ?
           ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)`,
        ).run(id, formerId);
      }
      for (const former of formerIn(db, table)) {
        db.statement(`DELETE FROM ${table} WHERE ${column} = ?`).run(former);
      }
    }
  });
}

const formerIn = (db: StateDatabase, table: keyof typeof COLUMN): readonly string[] =>
  db
    .statement<{ id: string }>(`SELECT ${COLUMN[table]} AS id FROM ${table}`)
    .all()
    .map(({ id }) => id)
    .filter(isFormerId);
