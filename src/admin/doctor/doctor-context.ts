import type { ApprovalStore } from '../../approve/approval-store.ts';
import type { Anchor } from '../../audit/anchor.ts';
import type { EventStore } from '../../audit/event-store.ts';
import type { GrantStore } from '../../authorize/grant-store.ts';
import type { HaltStore } from '../../authorize/halt-store.ts';
import type { CatalogStore } from '../../catalog/catalog-store.ts';
import type { ToolServerSpec } from '../../dispatch/tool-server.ts';
import type { ServerOffer } from '../../domain/catalog-record.ts';
import type { Clock } from '../../domain/clock.ts';
import type { ServerOrigin } from '../../domain/server-origin.ts';
import type { LiveBroker, LiveBrokerStore } from '../../session/live-broker-store.ts';
import type { Profile } from '../../session/profile-store.ts';
import type { GrantFiles } from '../grant-files.ts';
import type { LockFile } from '../lock-file.ts';

/** A configuration as far as it can be understood. */
export interface ExaminedSettings {
  /** Absolute; absent when there is none. */
  readonly path?: string;
  readonly faults: readonly {
    readonly kind: 'missing' | 'invalid' | 'unsafe' | 'reference' | 'reach' | 'exposed';
    readonly what: string;
    readonly remedy?: string;
  }[];
  /** Absent when nothing of it can be read. */
  readonly config?: {
    readonly configDir: string;
    readonly grantsDir: string;
    readonly stateDir: string;
    readonly lockPath: string;
    readonly listen: { readonly host: string; readonly port: number };
    readonly publicUrl?: string;
    readonly admin?: { readonly host: string; readonly port: number };
    readonly specs: readonly ToolServerSpec[];
    readonly asksFirst: readonly string[];
    readonly warnings: readonly string[];
  };
  /** Tool servers whose address leads beyond this machine without TLS. */
  readonly clearText: readonly string[];
  /** Names of the variables every stdio tool server gets from ours. */
  readonly inherited: readonly string[];
}

/** A state directory's database, opened to be read. */
export interface StateView {
  readonly version: number;
  readonly currentVersion: number;
  /** Absent while the version is an older one. */
  readonly stores?: {
    readonly approvals: Pick<ApprovalStore, 'list'>;
    readonly events: EventStore;
    readonly grants: GrantStore;
    readonly catalog: CatalogStore;
    readonly brokers: LiveBrokerStore;
    readonly halts: Pick<HaltStore, 'current'>;
    epoch(): number;
  };
}

/** How to reach a tool server, as a client's file has it. It holds secrets: only its form is looked at. */
export type EntryView =
  | {
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly type: 'http'; readonly url: string };

/** A client's file and the tool servers in it. */
export interface ClientView {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  /** Whether it belongs to the current folder, and not to the person. */
  readonly isProject: boolean;
  /** Whether the client seems to be on this machine. */
  readonly isInstalled: boolean;
  readonly needsRestart: string;
  readonly problem?: string;
  readonly servers: readonly {
    readonly name: string;
    readonly entry: EntryView;
    readonly isOurs: boolean;
    readonly isDisabled: boolean;
  }[];
  /** Servers for work in one folder alone, `NAME in FOLDER`. */
  readonly inFolders: readonly string[];
  /** What was left out and why, a sentence each. */
  readonly leftOut: readonly string[];
}

/** What listening at the address of the configuration would meet. */
export type AddressView = 'free' | 'taken' | 'forbidden' | 'absent';

/** Everything `doctor` may touch. None of it changes anything, but for starting tool servers. */
export interface DoctorContext {
  readonly clock: Clock;
  readonly process: {
    /** Without `v`. */
    readonly nodeVersion: string;
    readonly nodePath: string;
    readonly platform: string;
    /** `undefined` where the platform has none. */
    readonly uid: number | undefined;
    /** The configuration used where none is named, absolute. */
    readonly usualConfig: string;
  };
  readonly settings: ExaminedSettings;
  /** `undefined` when there is no database. @throws BrokerError. */
  openState(): Promise<StateView | undefined>;
  /** How far the database had come when it was last used. @throws BrokerError. */
  readAnchor(): Promise<Anchor | undefined>;
  /** The public half of the key checkpoints are signed with; `undefined` when there is none. */
  checkpointKey(): Promise<
    { readonly kid: string; readonly publicJwk: Readonly<Record<string, string>> } | undefined
  >;
  /** @throws BrokerError. */
  listProfiles(): Promise<readonly Profile[]>;
  readonly grantFiles: Pick<GrantFiles, 'read'>;
  readonly lock: Pick<LockFile, 'path' | 'read'>;
  isAlive(broker: LiveBroker): Promise<boolean>;
  lookAtAddress(host: string, port: number): Promise<AddressView>;
  /** Starts a tool server, reads what it offers within the time, and ends it. @throws BrokerError. */
  readOffer(spec: ToolServerSpec, withinMs: number): Promise<ServerOffer>;
  /** What a tool server would be started from or reached at; starts nothing. Never rejects. */
  originOf(spec: ToolServerSpec): Promise<ServerOrigin>;
  readClients(): Promise<readonly ClientView[]>;
  /** Told what is being waited for. */
  progress(text: string): void;
}
