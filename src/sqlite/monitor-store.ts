import type { EventDraft } from '../domain/event.ts';
import type { ClientOf, FlowLabel, MonitorStore, Touched } from '../monitor/monitor-store.ts';
import { NOTHING_LEARNT, type Profile } from '../monitor/profile.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import type { StateDatabase } from './state-database.ts';

interface ClientRow {
  readonly subject: string;
  readonly client: string;
  readonly private_at: number | null;
  readonly untrusted_at: number | null;
}

/** What the monitor remembers, on SQLite. It is no right: the epoch stays. */
export class SqliteMonitorStore implements MonitorStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  async touched({ subject, client = '' }: ClientOf): Promise<Touched> {
    const row = this.#db.read(() =>
      this.#db
        .statement<ClientRow>('SELECT * FROM monitor_clients WHERE subject = ? AND client = ?')
        .get(subject, client),
    );
    return row === undefined ? {} : touchedOf(row);
  }

  async touch(
    { subject, client = '' }: ClientOf,
    labels: readonly FlowLabel[],
    at: number,
  ): Promise<void> {
    const of = (label: FlowLabel) => (labels.includes(label) ? at : null);
    await this.#db.change(() => {
      this.#db.noteWrite();
      this.#db
        .statement(
          `INSERT INTO monitor_clients (subject, client, private_at, untrusted_at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET
             private_at = max(ifnull(private_at, excluded.private_at), ifnull(excluded.private_at, private_at)),
             untrusted_at = max(ifnull(untrusted_at, excluded.untrusted_at), ifnull(excluded.untrusted_at, untrusted_at))`,
        )
        .run(subject, client, of('private'), of('untrusted'));
    });
  }

  async profile(grant: string): Promise<Profile | undefined> {
    return this.#db.read(() => this.#profile(grant));
  }

  async learn(
    grant: string,
    change: (before: Profile) => Profile,
    event?: EventDraft,
  ): Promise<void> {
    await this.#db.change(() => {
      const before = this.#profile(grant) ?? NOTHING_LEARNT;
      const after = change(before);
      if (after === before) return;
      this.#db.noteWrite();
      this.#db
        .statement('INSERT OR REPLACE INTO monitor_profiles (grant_id, profile) VALUES (?, ?)')
        .run(grant, JSON.stringify(after));
      if (event !== undefined) this.#append(storableDraft(event));
    });
  }

  async forget(what: ClientOf | { readonly grant: string }): Promise<void> {
    await this.#db.change(() => {
      this.#db.noteWrite();
      if ('grant' in what) {
        this.#db.statement('DELETE FROM monitor_profiles WHERE grant_id = ?').run(what.grant);
      } else {
        this.#db
          .statement('DELETE FROM monitor_clients WHERE subject = ? AND client = ?')
          .run(what.subject, what.client ?? '');
      }
    });
  }

  async all(): ReturnType<MonitorStore['all']> {
    return this.#db.read(() => ({
      clients: this.#db
        .statement<ClientRow>('SELECT * FROM monitor_clients ORDER BY subject, client')
        .all()
        .map((row) => ({
          subject: row.subject,
          ...(row.client === '' ? {} : { client: row.client }),
          touched: touchedOf(row),
        })),
      grants: this.#db
        .statement<{ grant_id: string; profile: string }>(
          'SELECT * FROM monitor_profiles ORDER BY grant_id',
        )
        .all()
        .map((row) => ({ grant: row.grant_id, profile: profileOf(row.profile) })),
    }));
  }

  #profile(grant: string): Profile | undefined {
    const row = this.#db
      .statement<{ profile: string }>('SELECT profile FROM monitor_profiles WHERE grant_id = ?')
      .get(grant);
    return row === undefined ? undefined : profileOf(row.profile);
  }
}

/** What an earlier version did not keep is nothing. */
const profileOf = (text: string): Profile => ({
  ...NOTHING_LEARNT,
  ...(JSON.parse(text) as Partial<Profile>),
});

const touchedOf = (row: ClientRow): Touched => ({
  ...(row.private_at === null ? {} : { private: row.private_at }),
  ...(row.untrusted_at === null ? {} : { untrusted: row.untrusted_at }),
});
