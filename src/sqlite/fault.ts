/** A step of the store at which a test may make it fail by throwing. */
export type StoreStep = 'open' | 'read' | 'begin' | 'write' | 'commit' | 'fold';

/**
 * Called before each step. What it throws counts as SQLite's own failure at that place; a
 * `StoreFault` says which. Nothing in the product passes one.
 */
export type InjectFault = (step: StoreStep) => void;

/** A made-up SQLite failure, such as `SQLITE_IOERR_FSYNC`, `SQLITE_FULL` or `SQLITE_BUSY`. */
export class StoreFault extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`injected ${code}`);
    this.name = 'StoreFault';
    this.code = code;
  }
}
