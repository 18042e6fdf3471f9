import type { ClientId } from '../domain/client-ids.ts';

/** A tool server's entry in the words of our own configuration. May hold secrets: never printed. */
export type ServerWords =
  | {
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd?: string;
    }
  | {
      readonly type: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    };

/** A tool server somebody gave a client. */
export interface ClientServer {
  /** As the client's file names it: anything, of any length. */
  readonly name: string;
  readonly entry: ServerWords;
  /** Whether it is this broker's own entry. */
  readonly isOurs: boolean;
  /** Whether the client has it switched off. */
  readonly isDisabled: boolean;
  /** What only the client can supply: the entry does not work as it is. */
  readonly problem?: string;
}

/** A client of this machine and the tool servers in its file. */
export interface InitClient {
  readonly id: ClientId;
  readonly title: string;
  /** The client's file, absolute. */
  readonly path: string;
  readonly servers: readonly ClientServer[];
  /** What could not be read, whole sentences without a value. */
  readonly problems: readonly string[];
  /** Why its file cannot be edited by us; absent when it can. */
  readonly notConnectable?: string;
  /** What the person does before the client sees a changed file. */
  readonly needsRestart: string;
}

/** The configuration as `init` changes it. Nothing of it is resolved. */
export interface InitConfig {
  /** Absolute. */
  readonly path: string;
  /** The file's text; `undefined` when there is no file yet. */
  readonly text: string | undefined;
  /** Entries it has, by name. */
  readonly servers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What an entry of the configuration is written as. */
export type ServerEntryText = ServerWords & { readonly disabled?: true };

/** A secret's new home. */
export interface KeptSecret {
  /** What stands for it in the configuration. */
  readonly reference: string;
  readonly place: 'keychain' | 'file';
}

/** What `init` reaches the machine through, besides the state it opens once there is a configuration. */
export interface InitPorts {
  /** Clients that seem to be here. Reads only. */
  clients(): Promise<readonly InitClient[]>;
  /**
   * The configuration, where it is or will be.
   *
   * @throws BrokerError `ERR_CONFIG` for a broken one, `ERR_STATE_UNSAFE` where others can write it.
   */
  config(): Promise<InitConfig>;
  /** Why this entry would keep the broker from starting, such as a variable that is not set. */
  entryProblem(config: InitConfig, name: string, entry: ServerWords): string | undefined;
  /**
   * Whether an entry of the configuration is this one, credentials included; `undefined` when one of
   * them cannot be resolved.
   */
  isSameServer(config: InitConfig, name: string, entry: ServerWords): boolean | undefined;
  /** The configuration's text with these entries added, every other character as it is. */
  withServers(config: InitConfig, added: Readonly<Record<string, ServerEntryText>>): string;
  /** The configuration's text with these entries switched off. */
  withDisabled(config: InitConfig, names: readonly string[]): string;
  /**
   * Writes the configuration whole or not at all, a new one 0600.
   *
   * @throws BrokerError `ERR_CONFIG` when the file is no longer what was read.
   */
  writeConfig(config: InitConfig, text: string): Promise<InitConfig>;
  /** Keeps a secret; the same name and value twice is kept once. */
  keepSecret(name: string, value: string): Promise<KeptSecret>;
  /** The person's home folder, absolute. */
  readonly home: string;
  /** The name the operating system knows the person by; may be empty. */
  readonly userName: string;
}
