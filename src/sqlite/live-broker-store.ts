import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent } from '../domain/event.ts';
import type { InstanceId } from '../domain/ids.ts';
import type { LiveBroker, LiveBrokerStore, OpenIntent } from '../session/live-broker-store.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import type { StateDatabase } from './state-database.ts';

/** The register of live brokers, on SQLite. */
export class SqliteLiveBrokerStore implements LiveBrokerStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  async register(broker: LiveBroker): Promise<void> {
    const draft = storableDraft({ code: 'TG5001', detail: { pid: broker.pid } });
    await this.#db.change(() => {
      this.#db.noteWrite();
      this.#db
        .statement(
          'INSERT INTO live_brokers (instance, pid, socket, started_at) VALUES (?, ?, ?, ?)',
        )
        .run(broker.instance, broker.pid, broker.socket, broker.startedAt);
      this.#append(draft);
    });
  }

  async unregister(instance: InstanceId): Promise<void> {
    await this.#db.change(() => {
      if (this.#remove(instance)) this.#append(storableDraft({ code: 'TG5002' }));
    });
  }

  async list(): Promise<readonly LiveBroker[]> {
    return this.#db.read(() =>
      this.#db
        .statement<LiveBroker>(
          `SELECT instance, pid, socket, started_at AS startedAt FROM live_brokers
           ORDER BY started_at, instance`,
        )
        .all(),
    );
  }

  async openIntents(instance?: InstanceId): Promise<readonly OpenIntent[]> {
    return this.#db.read(() => this.#intentsOf(instance));
  }

  async bury(instance: InstanceId): Promise<number> {
    this.#db.foldFirst();
    return this.#db.change(() => {
      const wasRegistered = this.#remove(instance);
      const intents = this.#intentsOf(instance);
      if (!wasRegistered && intents.length === 0) return 0;
      this.#append(
        storableDraft({ code: 'TG5003', detail: { instance, intents: intents.length } }),
      );
      for (const intent of intents) this.#closeAsUnknown(intent);
      return intents.length;
    });
  }

  #remove(instance: InstanceId): boolean {
    this.#db.noteWrite();
    return (
      this.#db.statement('DELETE FROM live_brokers WHERE instance = ?').run(instance).changes === 1
    );
  }

  #intentsOf(instance: InstanceId | undefined): readonly OpenIntent[] {
    const columns = 'SELECT seq, instance, session, server, tool FROM open_intents';
    return instance === undefined
      ? this.#db.statement<OpenIntent>(`${columns} ORDER BY seq`).all()
      : this.#db.statement<OpenIntent>(`${columns} WHERE instance = ? ORDER BY seq`).all(instance);
  }

  #closeAsUnknown(intent: OpenIntent): void {
    const row = this.#db
      .statement<{ body: string }>('SELECT body FROM events WHERE seq = ?')
      .get(intent.seq);
    if (row === undefined) {
      throw new BrokerError('ERR_STORE_CORRUPT', `intent ${intent.seq} is missing from the audit`);
    }
    const { session, subject, client, server, tool, rule } = JSON.parse(row.body) as AuditEvent;
    this.#append(
      storableDraft({
        code: 'TG1002',
        outcome: 'unknown',
        intent: intent.seq,
        ...(session === undefined ? {} : { session }),
        ...(subject === undefined ? {} : { subject }),
        ...(client === undefined ? {} : { client }),
        ...(server === undefined ? {} : { server }),
        ...(tool === undefined ? {} : { tool }),
        ...(rule === undefined ? {} : { rule }),
      }),
    );
  }
}
