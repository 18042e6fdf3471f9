import type { AdmissionStore } from '../admit/admission-store.ts';
import type { ApprovalStore } from '../approve/approval-store.ts';
import type { SignCheckpoint } from '../audit/checkpoint.ts';
import type { CheckpointStore } from '../audit/checkpoint-store.ts';
import type { EventStore } from '../audit/event-store.ts';
import { OwnStretches } from '../audit/own-stretches.ts';
import type { ShipmentStore } from '../audit/ship-events.ts';
import type { UpkeepStore } from '../audit/upkeep-store.ts';
import type { KeyStateStore } from '../authenticate/key-state-store.ts';
import type { GrantStore } from '../authorize/grant-store.ts';
import type { HaltStore } from '../authorize/halt-store.ts';
import type { CatalogStore } from '../catalog/catalog-store.ts';
import type { Clock } from '../domain/clock.ts';
import type { BrokerError } from '../domain/errors.ts';
import type { Entropy, InstanceId } from '../domain/ids.ts';
import type { MonitorStore } from '../monitor/monitor-store.ts';
import type { LiveBrokerStore } from '../session/live-broker-store.ts';
import type { SessionStore } from '../session/session-store.ts';
import type { ReadStateNow } from '../telemetry/state-readings.ts';
import { SqliteAdmissionStore } from './admission-store.ts';
import { adoptPlaces, type Places } from './adopt-places.ts';
import { createAppend } from './append-event.ts';
import { SqliteApprovalStore } from './approval-store.ts';
import { SqliteCatalogStore } from './catalog-store.ts';
import { SqliteCheckpointStore } from './checkpoint-store.ts';
import { CommitQueue } from './commit-queue.ts';
import { SqliteEventStore } from './event-store.ts';
import type { InjectFault } from './fault.ts';
import { SqliteGrantStore } from './grant-store.ts';
import { SqliteHaltStore } from './halt-store.ts';
import { SqliteKeyStateStore } from './key-state-store.ts';
import { SqliteLiveBrokerStore } from './live-broker-store.ts';
import { SqliteMonitorStore } from './monitor-store.ts';
import { type Durability, databasePath, openDatabaseWaiting } from './open-database.ts';
import { createReadStateNow } from './read-state-now.ts';
import { Reserve } from './reserve.ts';
import { SqliteSessionStore } from './session-store.ts';
import { SqliteShipmentStore } from './shipment-store.ts';
import { StateDatabase } from './state-database.ts';
import { syncWal } from './sync-wal.ts';
import { SqliteUpkeepStore } from './upkeep-store.ts';
import type { SyncFile } from './wal-sync.ts';

/** Every store of one state directory, on one connection. */
export interface Stores {
  readonly admission: AdmissionStore;
  readonly approvals: ApprovalStore;
  readonly events: EventStore;
  readonly checkpoints: CheckpointStore;
  readonly upkeep: UpkeepStore;
  readonly shipments: ShipmentStore;
  readonly sessions: SessionStore;
  readonly brokers: LiveBrokerStore;
  readonly grants: GrantStore;
  readonly halts: HaltStore;
  readonly keyStates: KeyStateStore;
  readonly catalog: CatalogStore;
  /** Keeps room on the disk back, for what a full one must still take. @returns whether there is. */
  keepReserve(): boolean;
  readonly monitor: MonitorStore;
  /**
   * Takes over how far places have got that were known by a plain hash, and forgets other such hashes.
   *
   * @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_STORE_FAILED`.
   */
  adoptPlaces(places: Places): Promise<void>;
  /** For those who watch the broker. */
  readonly readStateNow: ReadStateNow;
  /**
   * Makes durable what every process has committed so far, whatever `durability` is: what is kept elsewhere
   * must not speak of events that a power cut takes away.
   *
   * @throws BrokerError `ERR_STORE_FAILED`.
   */
  sync(): Promise<void>;
  /**
   * Commits what is queued and closes the connection; everything later fails. What was committed is settled
   * once it is durable. Idempotent.
   */
  close(): void;
}

/**
 * Opens `<stateDir>/toolgrant.db`, making it when there is none. The folder must exist.
 *
 * @throws BrokerError `ERR_STORE_NEWER`, `ERR_STORE_CORRUPT`, `ERR_STORE_READ_ONLY`,
 * `ERR_STORE_LOCKED` (after 5 s), `ERR_STATE_UNSAFE`, `ERR_STORE_FAILED`.
 */
export async function openStores(options: {
  readonly stateDir: string;
  readonly durability: Durability;
  /** Written into every event. */
  readonly instance: InstanceId;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly signCheckpoint: SignCheckpoint;
  /** Told once, when the database is no longer the one that was opened: every use fails from then on. */
  readonly onLost?: (error: BrokerError) => void;
  /** Tests only. */
  readonly fault?: InjectFault;
  /** Tests only: in place of the system's. */
  readonly syncFile?: SyncFile;
}): Promise<Stores> {
  const { clock, durability } = options;
  const path = databasePath(options.stateDir);
  const connection = await openDatabaseWaiting(path, durability, clock);
  const reserve = new Reserve(path);
  const db = new StateDatabase({
    db: connection,
    path,
    durability,
    clock,
    fault: options.fault ?? (() => {}),
    onLost: options.onLost ?? (() => {}),
    reserve,
    ...(options.syncFile === undefined ? {} : { syncFile: options.syncFile }),
  });
  const queue = new CommitQueue(db, clock, options.entropy);
  const ownStretches = new OwnStretches();
  const append = createAppend(db, { ...options, ownStretches });
  return {
    admission: new SqliteAdmissionStore(db, queue, append, clock),
    approvals: new SqliteApprovalStore(db, queue, append),
    events: new SqliteEventStore(db, ownStretches),
    checkpoints: new SqliteCheckpointStore(db, options.signCheckpoint, clock),
    shipments: new SqliteShipmentStore(db),
    upkeep: new SqliteUpkeepStore(db, append, clock),
    sessions: new SqliteSessionStore(db, append),
    brokers: new SqliteLiveBrokerStore(db, append),
    grants: new SqliteGrantStore(db, append),
    halts: new SqliteHaltStore(db, append),
    keyStates: new SqliteKeyStateStore(db, append),
    catalog: new SqliteCatalogStore(db, append),
    keepReserve: () => reserve.keep(),
    monitor: new SqliteMonitorStore(db, append),
    adoptPlaces: (places) => adoptPlaces(db, places),
    readStateNow: createReadStateNow(db, queue),
    sync: async () => (durability === 'power' ? db.durable() : syncWal(path)),
    close: () => {
      queue.close();
      db.close();
    },
  };
}
