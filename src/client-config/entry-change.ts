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
  /** The file's text; `undefined`: there is no file. Both may hold other people's secrets: never print them whole. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Where the original is kept, 0600; `undefined` when it is not, or no longer. */
  readonly backup: string | undefined;
}

/** How a change is made. */
export interface ChangeOptions {
  /** Only says what would change. */
  readonly isDryRun?: boolean;
}

/** How an entry is connected. */
export interface ConnectOptions extends ChangeOptions {
  /** Names of servers to take out of the file in the same write; `disconnectEntry` brings them back. */
  readonly moveOut?: readonly string[];
}

/**
 * The name of our entry in a client's file. At most five characters and no underscore: clients
 * prefix tool names with it and stop at 64 characters.
 */
export const ENTRY_ALIAS = 'tg';
