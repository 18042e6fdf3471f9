import type { ClientId } from '../domain/client-ids.ts';
import type { JsonObject } from '../domain/json.ts';

/**
 * The name of our entry in a client's file. At most five characters and no underscore: clients
 * prefix tool names with it and stop at 64 characters.
 */
export const ENTRY_ALIAS = 'tg';

/** The entry we give a client, before it is spelled in the client's way. It holds no secret. */
export type OwnEntry =
  /** The client starts us; both absolute, because clients have neither the shell's `PATH` nor its folder. */
  | { readonly kind: 'stdio'; readonly command: string; readonly args: readonly string[] }
  /** The client dials us. Its token comes from `headersHelper`, a command, or else from the environment. */
  | { readonly kind: 'http'; readonly url: string; readonly headersHelper?: string };

/** What a change did, or with `isDryRun` would do, to a client's file. */
export interface EntryChange {
  /** As the client opens it. */
  readonly path: string;
  /** The file's text; `undefined`: there is no file. Both may hold other people's secrets: never print them. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Where the original is kept, 0600; `undefined` when it is not, or no longer. */
  readonly backup: string | undefined;
  /** Names of servers that came into the file and went out of it; an entry in place of one is both. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** How a change is made. */
export interface ChangeOptions {
  /** Only says what would change. */
  readonly isDryRun?: boolean;
}

/** How an entry is connected. */
export interface ConnectOptions extends ChangeOptions {
  /** Names of servers to take out of the file in the same write; disconnecting brings them back. */
  readonly moveOut?: readonly string[];
  /** The profile the entry uses, remembered for disconnecting: not every spelling names it. */
  readonly profile?: string;
}

/** What taking our entry out did. */
export interface DisconnectedEntry extends EntryChange {
  /** The profile the entry used; `undefined` when nothing tells, or there was no entry. */
  readonly profile: string | undefined;
}

/** What a person needs to know of a client. */
export interface ClientSummary {
  readonly id: ClientId;
  readonly title: string;
  /** Its file on this machine, there or not; `undefined`: it has none here. */
  readonly path: string | undefined;
  /** Why its file is not edited; absent when it is. */
  readonly notEditable?: string;
  /** How it gets a token over HTTP; `undefined` when it only starts programs. */
  readonly httpToken: 'helper' | 'environment' | undefined;
  /** What the person does before it sees a changed file. */
  readonly needsRestart: string;
  /** Where it writes what servers say. */
  readonly logs?: string;
}

/** The files of this person's clients. Implemented by `client-config/`. */
export interface ClientFiles {
  /** The address brokers of this configuration serve HTTP at; `undefined` when it is not fixed. */
  readonly brokerUrl: string | undefined;
  summary(client: ClientId): ClientSummary;
  /** An entry as the client's file has it, from the top: as a value, and in the file's own format. */
  spell(client: ClientId, entry: OwnEntry): { readonly value: JsonObject; readonly text: string };
  /**
   * Writes our entry into the client's file.
   *
   * @throws BrokerError `ERR_CONFIG` when the file cannot or may not be edited, `ERR_USAGE` when
   * another server has our name, `ERR_NOT_COMMITTED` when it changed meanwhile. It is then as it was.
   */
  connect(client: ClientId, entry: OwnEntry, options: ConnectOptions): Promise<EntryChange>;
  /** Takes our entry out of every file of the client that has it. Throws as `connect`. */
  disconnect(client: ClientId, options: ChangeOptions): Promise<readonly DisconnectedEntry[]>;
  /** Clients whose files were connected from this state and not disconnected since. */
  connected(): readonly ClientId[];
}
