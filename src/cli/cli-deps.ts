import type { AdminContext } from '../admin/admin-context.ts';
import type { ClientFiles } from '../admin/client-files.ts';
import type { Examination } from '../admin/doctor/run-doctor.ts';
import type { InitPorts } from '../admin/init-ports.ts';
import type { Review } from '../admin/review.ts';
import type { BrokerReply } from '../domain/broker.ts';
import type { ServerOffer } from '../domain/catalog-record.ts';
import type { JsonObject } from '../domain/json.ts';
import type { LogLevel as AnyLogLevel } from '../domain/log.ts';
import type { SecretPlace } from '../domain/secret-place.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { ToolRef } from '../domain/tool-ref.ts';
import type { MonitorSettings } from '../monitor/ladder.ts';
import type { KnownWords } from './complete.ts';

/** How much is logged to standard error. */
export type LogLevel = Exclude<AnyLogLevel, 'silent'>;

/** The levels, from most to least. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Options every command takes. */
export interface GlobalOptions {
  /** As given; undefined means the environment or the default place. */
  readonly configPath?: string;
  readonly logLevel?: LogLevel;
}

/** How an admin context is opened for one command. */
export interface AdminOptions extends GlobalOptions {
  /** The command without its arguments' values, for the audit's `actor`. */
  readonly command: string;
  /** Without the tool servers, so that references that cannot be resolved do not stop it. */
  readonly leavesServersOut?: boolean;
}

/** An admin context over an opened state. */
export interface OpenedAdmin {
  readonly context: AdminContext;
  readonly config: {
    /** Absolute. */
    readonly configPath: string;
    /** What was understood but looks wrong; printed to standard error. */
    readonly warnings: readonly string[];
    /** What refers to the keychain, by the secret's name. */
    readonly keychainReferences: readonly { readonly name: string; readonly key: string }[];
  };
  close(): Promise<void>;
}

/** What `serve` was asked. */
export interface ServeOptions extends GlobalOptions {
  readonly port?: number;
  /** Apply grants that widen as well, at start and when a file changes. */
  readonly apply: boolean;
  /** Serve beyond loopback without TLS. */
  readonly insecureHttp: boolean;
  /** Serve from a database that is older than its local anchor. */
  readonly acceptRollback: boolean;
}

/** What `stdio` was asked. Without profile and token the first request is refused. */
export interface StdioOptions extends GlobalOptions {
  /** Serve from a database that is older than its local anchor. */
  readonly acceptRollback: boolean;
  readonly profile?: string;
  /** A session token as received, from `TOOLGRANT_TOKEN` or `--token-file`; never both with a profile. */
  readonly token?: string;
}

/** What `call` was asked. */
export interface CallOptions extends GlobalOptions {
  readonly subject: string;
  /** Profile name to call as. */
  readonly client?: string;
  readonly ref: ToolRef;
  readonly args: JsonObject;
}

/** What `doctor` was asked. */
export interface DoctorCommandOptions extends GlobalOptions {
  /** Whether tool servers are started. */
  readonly starts: boolean;
  /** Told what is being waited for. */
  readonly progress: (text: string) => void;
}

/** Everything commands reach the world through. Made by `main.ts`; tests inject their own. */
export interface CliDeps {
  /** @throws BrokerError when configuration or state cannot be used. */
  openAdmin(options: AdminOptions): Promise<OpenedAdmin>;
  /**
   * What a review of grant files reads, without state; `warnings` are the configuration's.
   *
   * @throws BrokerError when the configuration cannot be used.
   */
  openReview(options: GlobalOptions): Promise<Review & { readonly warnings: readonly string[] }>;
  /** Where the secrets of the configuration in a folder are kept; the folder need not exist yet. */
  secretPlaceAt(configDir: string): SecretPlace;
  /** Signs the token of a session with the keys of the context. */
  mintToken(context: AdminContext, session: SessionRecord): Promise<string>;
  /** Starts a tool server for an admin, reads what it offers, and ends it. */
  readOffer(admin: OpenedAdmin, server: string): Promise<ServerOffer>;
  /** Settings of the monitor from a file of their own. @throws BrokerError `ERR_CONFIG` */
  readMonitorSettings(path: string): Promise<MonitorSettings>;
  /** The files of this person's clients. */
  clientFiles(admin: OpenedAdmin): Promise<ClientFiles>;
  /** What `init` reaches the machine through; nothing is read yet. @throws BrokerError `ERR_CONFIG` */
  openInit(options: GlobalOptions): Promise<InitPorts>;
  /** Serves until a signal. Resolves with the exit code. */
  runServe(options: ServeOptions): Promise<number>;
  /** Serves one client on standard input and output. Resolves with the exit code. */
  runStdio(options: StdioOptions): Promise<number>;
  /** One call through the whole path, in a session of its own that is closed afterwards. */
  runCall(options: CallOptions): Promise<BrokerReply>;
  /** Clients we know; `needsRestart` is what the person does before one shows what changed. */
  readonly clients: readonly {
    readonly id: string;
    readonly title: string;
    readonly needsRestart: string;
  }[];
  /** Words a shell may complete, read from files alone. @param config the value of `--config`. */
  knownWords(config: string | undefined): Promise<KnownWords>;
  /** Looks at the installation; what is wrong with it is in the answer, not thrown. */
  runDoctor(options: DoctorCommandOptions): Promise<Examination>;
  /** How the person invoked us, ready for a shell: `npx toolgrant`, or a path. */
  readonly invokedAs: string;
  readonly version: string;
  /** The current folder, absolute. */
  readonly cwd: string;
  /** The node executable, absolute. */
  readonly nodePath: string;
  /** The CLI's entry file, absolute. */
  readonly cliPath: string;
  readonly stdout: (text: string) => void;
  /** As `stdout`, resolved once it is taken: for what may be larger than memory. */
  readonly handOn: (text: string) => Promise<void>;
  readonly stderr: (text: string) => void;
  readonly isTerminal: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
  };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All of standard input as text. */
  readStdin(): Promise<string>;
  /** A file as text. */
  readTextFile(path: string): Promise<string>;
  /** Epoch milliseconds. */
  now(): number;
  /** Asks the person on the terminal; anything but yes is no. */
  confirm(question: string): Promise<boolean>;
  /** Asks for one line on the terminal; `undefined` when the person ends it without one (Ctrl-C, Ctrl-D). */
  askLine(question: string): Promise<string | undefined>;
  /** As `askLine`, but nothing of what is typed is shown. */
  askHidden(question: string): Promise<string | undefined>;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** Aborted by SIGINT and SIGTERM: ends `audit tail -f`. */
  readonly signal: AbortSignal;
}
