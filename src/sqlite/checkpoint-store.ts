import { MAIN_CHAIN } from '../audit/chain.ts';
import type { SignCheckpoint } from '../audit/checkpoint.ts';
import type { CheckpointStore } from '../audit/checkpoint-store.ts';
import type { Clock } from '../domain/clock.ts';
import type { Checkpoint } from '../domain/event.ts';
import { insertCheckpoint, readHead } from './append-event.ts';
import { NOT_BEYOND } from './shipment-store.ts';
import type { StateDatabase } from './state-database.ts';

const COLUMNS = 'chain, seq, hash, at, kid, signature';

/** Checkpoints in SQLite. */
export class SqliteCheckpointStore implements CheckpointStore {
  readonly #db: StateDatabase;
  readonly #sign: SignCheckpoint;
  readonly #clock: Clock;

  constructor(db: StateDatabase, sign: SignCheckpoint, clock: Clock) {
    this.#db = db;
    this.#sign = sign;
    this.#clock = clock;
  }

  async seal(minAgeMs: number): Promise<void> {
    if (!this.#db.read(() => this.#isDue(minAgeMs))) return;
    await this.#db.change(() => {
      if (!this.#isDue(minAgeMs)) return;
      const { seq, hash, at } = readHead(this.#db);
      insertCheckpoint(this.#db, this.#sign({ chain: MAIN_CHAIN, seq, hash, at }));
    });
  }

  async after(seq: number, limit: number): Promise<readonly Checkpoint[]> {
    const waiting = this.#db.read(() =>
      this.#db
        .statement<Checkpoint>(
          `SELECT ${COLUMNS} FROM checkpoints WHERE seq > ? ORDER BY seq LIMIT ?`,
        )
        .all(seq, limit),
    );
    // Those of other transactions may be read before they are durable.
    if (waiting.length > 0) await this.#db.durable();
    return waiting;
  }

  async sentTo(anchor: string): Promise<number> {
    return this.#db.read(
      () =>
        this.#db
          .statement<{ seq: number }>(`SELECT seq FROM anchored WHERE anchor = ? AND ${NOT_BEYOND}`)
          .get(anchor)?.seq ?? 0,
    );
  }

  async noteSent(anchor: string, seq: number): Promise<void> {
    await this.#db.change(() => {
      this.#db.noteWrite();
      this.#db
        .statement(
          `INSERT INTO anchored (anchor, seq) VALUES (?, ?)
           ON CONFLICT DO UPDATE SET seq = max(iif(${NOT_BEYOND}, seq, 0), excluded.seq)`,
        )
        .run(anchor, seq);
    });
  }

  #isDue(minAgeMs: number): boolean {
    const head = readHead(this.#db);
    const newest = this.#db
      .statement<{ seq: number; at: number }>(
        'SELECT seq, at FROM checkpoints ORDER BY seq DESC LIMIT 1',
      )
      .get();
    if (head.seq <= (newest?.seq ?? 0)) return false;
    return newest === undefined || this.#clock.nowMicros() - newest.at >= minAgeMs * 1_000;
  }
}
