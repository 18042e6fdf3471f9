/** A grant file as it lies on disk. */
export interface GrantFile {
  /** Relative to the configuration's folder, with `/`. */
  readonly file: string;
  readonly text: string;
}

/** The folder of grant files that people review. */
export interface GrantFiles {
  /**
   * Every `*.yaml` and `*.yml` file directly in the folder, ordered by name; none when the folder
   * does not exist.
   *
   * @throws BrokerError `ERR_GRANT` for a file that cannot be read or is larger than a grant may be:
   * a file that is skipped in silence would be a deny rule that is gone.
   */
  read(): Promise<readonly GrantFile[]>;
  /** The text of one file of the folder, whatever its ending; `undefined` when there is none. Throws as `read`. */
  readOne(file: string): Promise<string | undefined>;
  /** The path, relative to the configuration's folder, a grant of this id is created at. */
  pathFor(id: string): string;
  /**
   * Writes a new file, whole or not at all, and never over another.
   *
   * @throws BrokerError `ERR_USAGE` when the file exists, `ERR_GRANT` when it cannot be written.
   */
  create(file: string, text: string): Promise<void>;
  /**
   * Replaces a file that was read from here, whole or not at all.
   *
   * @throws BrokerError `ERR_GRANT` when it cannot be written.
   */
  replace(file: string, text: string): Promise<void>;
  /** Removes a file that `create` just made, because its grant was not committed. */
  discard(file: string): Promise<void>;
}
