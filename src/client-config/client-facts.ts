import type { ClientId } from '../domain/client-ids.ts';

/** Systems a client's file has a known place on, as Node names them. */
export type ClientPlatform = 'darwin' | 'linux' | 'win32';

/**
 * How a client spells an entry. `plain`: `command`, `args`, `env`, `url`, `headers`. `typed`: the same
 * with `type` always there. The others are named for the client that made them up.
 */
export type EntryDialect =
  | 'plain'
  | 'typed'
  | 'windsurf'
  | 'zed'
  | 'codex'
  | 'gemini'
  | 'goose'
  | 'opencode'
  | 'copilot'
  | 'list';

/**
 * How a client gets to us. `stdio`: it starts us, nothing else is possible. `http-headers-helper` and
 * `http-env`: by stdio, or over HTTP with a token from a command or from its environment.
 * `print-only`: its file is not one we edit.
 */
export type ConnectWay = 'stdio' | 'http-headers-helper' | 'http-env' | 'print-only';

/** What is known of one client; `clients.ts` holds a row each. */
export interface ClientFacts {
  /** As commands name it. */
  readonly id: ClientId;
  /** As people name it. */
  readonly title: string;
  /**
   * Where it keeps servers, the likeliest first. `$HOME`, `$XDG_CONFIG_HOME`, `%APPDATA%` and a
   * variable of the client's own stand for folders; a path whose variable is not set is skipped.
   */
  readonly files: Partial<Record<ClientPlatform, readonly string[]>>;
  /** A folder that is there when the client is; default: the folder of its file. */
  readonly sign?: string;
  readonly format: 'json' | 'jsonc' | 'toml' | 'yaml';
  /** Path of the object that holds servers by name. */
  readonly key: readonly string[];
  /** Member that holds, by folder, objects with servers of their own at `key`: those for work in it. */
  readonly folders?: string;
  readonly dialect: EntryDialect;
  readonly connect: ConnectWay;
  /** How a text in its file names an environment variable; `NAME` stands for the name. */
  readonly envReference?: string;
  /** What the person does before it sees a changed file. */
  readonly needsRestart: string;
  /** Where it writes what servers say. */
  readonly logs?: Partial<Record<ClientPlatform, string>>;
  /** Why we do not edit, or what else to know. */
  readonly note?: string;
  /** The day the row was last compared with what the client's makers publish, or the month it was collected. */
  readonly verifiedOn: string;
}
