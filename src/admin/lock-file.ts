/** `mcp.lock.json`, as far as use cases touch it. */
export interface LockFile {
  /** Absolute. */
  readonly path: string;
  /**
   * The file's text; `undefined` when there is none.
   *
   * @throws BrokerError `ERR_CONFIG` for a file that is a link, too large, or cannot be read.
   */
  read(): Promise<string | undefined>;
  /**
   * Runs `work` on the file's text while no other process does the same. `write` puts another text in
   * its place, whole or not at all.
   *
   * @throws BrokerError `ERR_CONFIG` when the file cannot be read, or another process holds it for too
   * long; what `work` throws. `write` itself throws `ERR_CONFIG`, and the file is then as it was.
   */
  update<T>(
    work: (text: string | undefined, write: (text: string) => Promise<void>) => Promise<T>,
  ): Promise<T>;
}
