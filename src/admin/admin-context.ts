import type { AdmissionStore } from '../admit/admission-store.ts';
import type { ApprovalStore } from '../approve/approval-store.ts';
import type { AnchorFile } from '../audit/anchor.ts';
import type { EventStore } from '../audit/event-store.ts';
import type { ShipmentStore, ShipTarget } from '../audit/ship-events.ts';
import type { UpkeepStore } from '../audit/upkeep-store.ts';
import type { KeyStateStore } from '../authenticate/key-state-store.ts';
import type { KeyStore } from '../authenticate/key-store.ts';
import type { GrantStore } from '../authorize/grant-store.ts';
import type { HaltStore } from '../authorize/halt-store.ts';
import type { CatalogStore } from '../catalog/catalog-store.ts';
import type { Clock } from '../domain/clock.ts';
import type { Actor } from '../domain/event.ts';
import type { Entropy } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import type { Label } from '../domain/label.ts';
import type { Retention } from '../domain/retention.ts';
import type { MonitorSettings } from '../monitor/ladder.ts';
import type { MonitorStore } from '../monitor/monitor-store.ts';
import type { LiveBroker, LiveBrokerStore } from '../session/live-broker-store.ts';
import type { ProfileStore } from '../session/profile-store.ts';
import type { SessionStore } from '../session/session-store.ts';
import type { GrantFiles } from './grant-files.ts';
import type { LockFile } from './lock-file.ts';

/** A live broker's answer to "re-read and drain". */
export type DrainAnswer =
  | { readonly kind: 'drained'; readonly cancelled: number }
  /** Nobody listens: the process is dead. */
  | { readonly kind: 'dead' }
  /** No answer within two seconds. */
  | { readonly kind: 'silent' };

/** Asks a live broker over its control socket to re-read rights and drain. Carries no authority. */
export type DrainBroker = (broker: LiveBroker) => Promise<DrainAnswer>;

/** Everything an admin use case may touch. Made by `compose.ts`, one per command. */
export interface AdminContext {
  readonly grants: GrantStore;
  readonly halts: HaltStore;
  readonly sessions: SessionStore;
  readonly profiles: ProfileStore;
  readonly keys: KeyStore;
  readonly keyStates: KeyStateStore;
  readonly events: EventStore;
  readonly upkeep: UpkeepStore;
  readonly shipments: ShipmentStore;
  /** Makes durable what was committed. @throws BrokerError `ERR_STORE_FAILED`. */
  sync(): Promise<void>;
  /** Where events are sent on to, as configured. */
  readonly shipTargets: readonly ShipTarget[];
  /** Runs `work` while no other process sends events on. @throws BrokerError `ERR_CONFIG`. */
  readonly aloneShipping: <T>(work: () => Promise<T>) => Promise<T>;
  readonly admission: AdmissionStore;
  readonly approvals: ApprovalStore;
  readonly catalog: CatalogStore;
  readonly monitor: MonitorStore;
  /** How the monitor is set, as configured. */
  readonly monitorSettings: MonitorSettings;
  readonly brokers: LiveBrokerStore;
  /** How far the state has come, kept beside the database. */
  readonly anchor: AnchorFile;
  /** How long the log is kept, as configured. */
  readonly retention: Retention;
  readonly drain: DrainBroker;
  /** What a live broker says of the sessions it watches; `undefined` when it does not say. */
  readonly watch: (broker: LiveBroker) => Promise<Json | undefined>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly actor: Actor;
  /** Names of the configured tool servers. */
  readonly serverNames: readonly string[];
  /** Names of those that are not started before an admin approved them (`trust: ask`). */
  readonly asksFirst: readonly string[];
  /** What the configuration says a tool does with data. */
  labelsOf(server: string, tool: string): readonly Label[];
  /** `mcp.lock.json`. */
  readonly lock: LockFile;
  /** The grant files on disk; `diskGrantFiles` in production. */
  readonly grantFiles: GrantFiles;
  /** Folder of the grant files, absolute. */
  readonly grantsDir: string;
  /** Folder of the configuration, absolute; grant files are named relative to it. */
  readonly configDir: string;
}
