import type { GrantDocument, GrantRecord } from '../authorize/grant-record.ts';
import type { GrantChange, GrantStore } from '../authorize/grant-store.ts';
import { BrokerError } from '../domain/errors.ts';
import { isJsonObject } from '../domain/json.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { nextEpoch, type Rights, readEpoch, readRights } from './rights-epoch.ts';
import type { StateDatabase } from './state-database.ts';

interface Row {
  readonly id: string;
  readonly revision: number;
  readonly file: string;
  readonly document: string;
  readonly applied_at: number;
  readonly revoked_at: number | null;
  readonly state: 'live' | 'revoked' | 'absent';
}

/** A revision as it is kept. */
type Revision = Pick<Row, 'revision' | 'file' | 'document' | 'applied_at'>;

/**
 * Grants on SQLite. A reinstated grant keeps its row, as `absent`, so that revisions never start
 * again and a store that once held grants never passes for a new one.
 */
export class SqliteGrantStore implements GrantStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  snapshot(subject: string): Rights & { grants: readonly GrantRecord[] } {
    return this.#db.read(
      () => ({
        ...readRights(this.#db),
        grants: this.#db
          .statement<Row>(`SELECT * FROM grants WHERE subject = ? AND state = 'live' ORDER BY id`)
          .all(subject)
          .map(toRecord),
      }),
      true,
    );
  }

  async all(): Promise<readonly GrantRecord[]> {
    return this.#db.read(() =>
      this.#db
        .statement<Row>(`SELECT * FROM grants WHERE state <> 'absent' ORDER BY id`)
        .all()
        .map(toRecord),
    );
  }

  async revision(id: string, revision: number): Promise<GrantRecord | undefined> {
    const row = this.#db.read(() =>
      this.#db
        .statement<Revision>('SELECT * FROM grant_revisions WHERE id = ? AND revision = ?')
        .get(id, revision),
    );
    return row === undefined ? undefined : toRecord({ ...row, revoked_at: null });
  }

  async asOf(subject: string, epoch: number): Promise<readonly GrantRecord[] | undefined> {
    return this.#db.read(() => {
      const kept = this.#db
        .statement<{ since: number }>('SELECT revisions_since AS since FROM rights WHERE id = 1')
        .get();
      if (kept === undefined || epoch < kept.since) return undefined;
      return this.#db
        .statement<Revision>(
          `SELECT * FROM grant_revisions WHERE subject = ? AND from_epoch <= ?
             AND (until_epoch IS NULL OR until_epoch > ?) ORDER BY id`,
        )
        .all(subject, epoch, epoch)
        .map((row) => toRecord({ ...row, revoked_at: null }));
    }, true);
  }

  async isEmpty(): Promise<boolean> {
    return this.#db.read(
      () => this.#db.statement('SELECT 1 FROM grants LIMIT 1').get() === undefined,
    );
  }

  async change(
    changes: readonly GrantChange[],
    at: number,
    basis?: readonly GrantRecord[],
  ): Promise<number> {
    return this.#db.change(() => {
      let epoch: number | undefined;
      // Before anything is made: what is reinstated is put anew by a later change of the same set.
      if (basis !== undefined) {
        for (const change of changes) this.#requireBasis(idOf(change), basis);
      }
      for (const change of changes) {
        if (this.#isDone(change)) continue;
        epoch ??= nextEpoch(this.#db);
        this.#make(change, at, epoch);
      }
      return epoch ?? readEpoch(this.#db);
    }, 'full');
  }

  #requireBasis(id: string, basis: readonly GrantRecord[]): void {
    const row = this.#row(id);
    const current = row === undefined || row.state === 'absent' ? undefined : toRecord(row);
    const seen = basis.find((grant) => grant.id === id);
    if (current?.revision !== seen?.revision || current?.revokedAt !== seen?.revokedAt) {
      throw new BrokerError('ERR_GRANT', `grant ${id} changed meanwhile`, {
        hint: 'run the command again',
      });
    }
  }

  /** Revoking what is revoked changes nothing and writes no event. */
  #isDone(change: GrantChange): boolean {
    return change.kind === 'revoke' && this.#row(change.id)?.state === 'revoked';
  }

  #make(change: GrantChange, at: number, epoch: number): void {
    this.#db.noteWrite();
    const id = idOf(change);
    const row = this.#row(id);
    if (change.kind === 'put') this.#put(change.document, change.file, at, row);
    else if (change.kind === 'revoke') this.#revoke(id, at, row);
    else this.#reinstate(id, row);
    const revision = this.#row(id)?.revision ?? 0;
    this.#endRevision(id, epoch);
    if (change.kind === 'put') this.#beginRevision(id, epoch);
    const { event } = change;
    const detail = isJsonObject(event.detail) ? event.detail : {};
    this.#append(storableDraft({ ...event, epoch, detail: { ...detail, grant: id, revision } }));
  }

  #put(document: GrantDocument, file: string, at: number, row: Row | undefined): void {
    if (row?.state === 'revoked') {
      throw new BrokerError('ERR_GRANT', `grant ${document.id} was revoked`, {
        hint: `grant apply --reinstate ${document.id}`,
      });
    }
    this.#db
      .statement(
        `INSERT INTO grants (id, subject, revision, file, document, applied_at, revoked_at, state)
         VALUES (?, ?, ?, ?, ?, ?, NULL, 'live')
         ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, revision = excluded.revision,
           file = excluded.file, document = excluded.document, applied_at = excluded.applied_at,
           revoked_at = NULL, state = 'live'`,
      )
      .run(
        document.id,
        document.subject,
        (row?.revision ?? 0) + 1,
        file,
        JSON.stringify(document),
        at,
      );
  }

  #revoke(id: string, at: number, row: Row | undefined): void {
    if (row?.state !== 'live') throw unknownGrant(id);
    this.#db
      .statement(`UPDATE grants SET state = 'revoked', revoked_at = ? WHERE id = ?`)
      .run(at, id);
  }

  #reinstate(id: string, row: Row | undefined): void {
    if (row?.state !== 'revoked') {
      throw new BrokerError('ERR_NOT_FOUND', `grant ${id} is not revoked`);
    }
    this.#db
      .statement(`UPDATE grants SET state = 'absent', revoked_at = NULL WHERE id = ?`)
      .run(id);
  }

  #endRevision(id: string, epoch: number): void {
    this.#db
      .statement('UPDATE grant_revisions SET until_epoch = ? WHERE id = ? AND until_epoch IS NULL')
      .run(epoch, id);
  }

  #beginRevision(id: string, epoch: number): void {
    this.#db
      .statement(
        `INSERT INTO grant_revisions
           (id, revision, subject, file, document, applied_at, from_epoch)
         SELECT id, revision, subject, file, document, applied_at, ? FROM grants WHERE id = ?`,
      )
      .run(epoch, id);
  }

  #row(id: string): Row | undefined {
    return this.#db.statement<Row>('SELECT * FROM grants WHERE id = ?').get(id);
  }
}

const idOf = (change: GrantChange): string =>
  change.kind === 'put' ? change.document.id : change.id;

const unknownGrant = (id: string): BrokerError =>
  new BrokerError('ERR_NOT_FOUND', `there is no grant ${id}`);

const toRecord = (row: Revision & Pick<Row, 'revoked_at'>): GrantRecord => ({
  ...(JSON.parse(row.document) as GrantDocument),
  revision: row.revision,
  file: row.file,
  appliedAt: row.applied_at,
  ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
});
