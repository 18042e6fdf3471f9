/** What a keychain answered, or why it could not. `why` names a kind of failure, never a value. */
export type KeychainAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

/**
 * The operating system's keychain: macOS Keychain, Windows Credential Manager, Secret Service. Answers
 * within a bounded time. Names are those of `isSecretName`.
 */
export interface Keychain {
  /** Values by name, all asked for at once; a name it does not hold is absent. */
  read(names: readonly string[]): KeychainAnswer<ReadonlyMap<string, string>>;
  /** Which of the names it holds. Values stay where they are. */
  has(names: readonly string[]): KeychainAnswer<ReadonlySet<string>>;
  /** Stores a value in the place of any before it. */
  write(name: string, value: string): KeychainAnswer<true>;
  /** @returns whether there was one. */
  remove(name: string): KeychainAnswer<boolean>;
}

/** Private files that hold a secret each, for where there is no keychain. */
export interface SecretFiles {
  /** Names that have a file, sorted. */
  names(): readonly string[];
  /** Absolute, whether the file exists or not. */
  pathOf(name: string): string;
  read(name: string): string | undefined;
  /** Writes a file, 0600, whole or not at all, in the place of any before it. */
  write(name: string, value: string): void;
  /** @returns whether there was one. */
  remove(name: string): boolean;
}

/** Where the secrets of one configuration are kept. */
export interface SecretPlace {
  readonly keychain: Keychain;
  readonly files: SecretFiles;
}

/** Whether a text can name a secret. Also keeps a name from leaving the folder. */
export const isSecretName = (text: string): boolean =>
  /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(text);
