import { roomAgainAt } from '../admit/judge-rates.ts';
import type { Rate } from '../domain/rule-terms.ts';
import type { Placed } from './append-event.ts';
import type { StateDatabase } from './state-database.ts';

/** Uses that count no more and are removed with each one that is added: more than one, so that none stay. */
const PRUNED_PER_USE = 4;

/**
 * The uses of one grant's rule, inside the transaction that admits one more. Numbered, so that the use a
 * limit turns on is found at once, however many there are.
 */
export class RuleUses {
  readonly #db: StateDatabase;
  readonly #rule: readonly [grant: string, ruleKey: string];

  constructor(db: StateDatabase, grant: string, ruleKey: string) {
    this.#db = db;
    this.#rule = [grant, ruleKey];
  }

  /** When there is room for one more; `undefined` when that is now. */
  roomAgainAt(rates: readonly Rate[], now: number): number | undefined {
    const newest = this.#newest();
    if (newest === 0) return undefined;
    return roomAgainAt(rates, (count) => this.#at(newest - count + 1), now);
  }

  /** Whether the use of an intent counts, so that a further round of it is none of its own. */
  has(intent: number): boolean {
    return (
      this.#db
        .statement('SELECT 1 FROM rule_uses WHERE grant_id = ? AND rule_key = ? AND seq = ?')
        .get(...this.#rule, intent) !== undefined
    );
  }

  /** Counts a use, for as long as the longest window is, and forgets some that count no more. */
  add({ seq, at }: Placed, rates: readonly Rate[]): void {
    const usedAt = Math.floor(at / 1_000);
    const until = usedAt + Math.max(...rates.map(({ windowMs }) => windowMs));
    this.#db.noteWrite();
    this.#db
      .statement(
        `DELETE FROM rule_uses WHERE (grant_id, rule_key, n) IN (
           SELECT grant_id, rule_key, n FROM rule_uses WHERE until <= ? ORDER BY until LIMIT ?)`,
      )
      .run(usedAt, PRUNED_PER_USE);
    this.#db
      .statement(
        `INSERT INTO rule_uses (grant_id, rule_key, n, at, seq, until) VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(...this.#rule, this.#newest() + 1, usedAt, seq, until);
  }

  /** A use goes on in another intent: it counts as before, and cannot go on from the earlier one again. */
  move(from: number, to: number): void {
    this.#db.noteWrite();
    this.#db
      .statement('UPDATE rule_uses SET seq = ? WHERE grant_id = ? AND rule_key = ? AND seq = ?')
      .run(to, ...this.#rule, from);
  }

  #newest(): number {
    const row = this.#db
      .statement<{ n: number | null }>(
        'SELECT max(n) AS n FROM rule_uses WHERE grant_id = ? AND rule_key = ?',
      )
      .get(...this.#rule);
    return row?.n ?? 0;
  }

  /** The instant of a use by its number, or of the one kept before it. */
  #at(n: number): number | undefined {
    return this.#db
      .statement<{ at: number }>(
        `SELECT at FROM rule_uses WHERE grant_id = ? AND rule_key = ? AND n <= ?
         ORDER BY n DESC LIMIT 1`,
      )
      .get(...this.#rule, n)?.at;
  }
}
