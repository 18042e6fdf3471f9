import type { EventStore } from './event-store.ts';

/** How far the state had come when it was last looked at, kept beside the database. */
export interface Anchor {
  readonly epoch: number;
  /** The newest event then. */
  readonly seq: number;
  readonly hash: string;
}

/** The file an anchor is kept in. */
export interface AnchorFile {
  read(): Promise<Anchor | undefined>;
  /** Writes it whole or not at all, durably. */
  write(anchor: Anchor): Promise<void>;
  /** Runs `work` while no other process writes the anchor. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** The state as far as an anchor speaks of it. */
export interface AnchoredState {
  readonly events: Pick<EventStore, 'get' | 'head'>;
  epoch(): number;
}

/**
 * Whether a state has come at least as far as an anchor says, by the same way. Attack: yesterday's
 * database, or an empty one, in which nothing is revoked.
 */
export async function holdsAnchor(anchor: Anchor, { events, epoch }: AnchoredState) {
  if (epoch() < anchor.epoch) return false;
  return (await events.get(anchor.seq))?.hash === anchor.hash;
}

/**
 * Moves the anchor up to where the state is now. Over a state that does not hold it, it stays: what
 * was seen is not forgotten by using an older database.
 */
export async function advanceAnchor(file: AnchorFile, state: AnchoredState): Promise<void> {
  await file.alone(async () => {
    const anchor = await file.read();
    if (anchor !== undefined && !(await holdsAnchor(anchor, state))) return;
    const now = await anchorOf(state);
    const hasMoved = now?.seq !== anchor?.seq || now?.epoch !== anchor?.epoch;
    if (now !== undefined && hasMoved) await file.write(now);
  });
}

/** Puts the anchor where the state is now, whatever it said. */
export async function resetAnchor(file: AnchorFile, state: AnchoredState): Promise<void> {
  await file.alone(async () => {
    const now = await anchorOf(state);
    if (now !== undefined) await file.write(now);
  });
}

/** Where a state is now; `undefined` while nothing has happened in it. */
async function anchorOf({ events, epoch }: AnchoredState): Promise<Anchor | undefined> {
  // Before the head: what comes in between is beyond both.
  const now = epoch();
  const head = await events.head();
  return head === undefined ? undefined : { epoch: now, seq: head.seq, hash: head.hash };
}
