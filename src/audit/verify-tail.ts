import type { Checkpoint } from '../domain/event.ts';
import { FIRST_PREV, hashBody } from './chain.ts';
import { isSignedBy } from './checkpoint.ts';
import type { EventStore } from './event-store.ts';

/** What a look at the end of the log showed. */
export interface TailReport {
  /** Events read. */
  readonly events: number;
  /** Sequence number of the newest event; 0 for an empty log. */
  readonly lastSeq: number;
  /** What does not hold, a sentence each; empty when sound. */
  readonly problems: readonly string[];
  /** The newest stored checkpoint, its signature valid. */
  readonly checkpoint?: Checkpoint;
}

/**
 * Looks at the newest events: numbers without gaps, hashes, links, and the newest stored checkpoint. It
 * costs the same however long the log is, and proves nothing about what came before: `verifyAudit` does.
 *
 * @param size how many events at most.
 * @param publicKey an Ed25519 public JWK by key id; `undefined` when there is none.
 */
export async function verifyTail(
  store: EventStore,
  size: number,
  publicKey: (kid: string) => Readonly<Record<string, string>> | undefined,
): Promise<TailReport> {
  const lastSeq = (await store.head())?.seq ?? 0;
  const start = (await store.start()) ?? { seq: 0, hash: FIRST_PREV };
  const from = Math.max(start.seq + 1, lastSeq - size + 1);
  const problems: string[] = [];
  const hashes = new Map<number, string>();
  let expected = from;
  let prev: string | undefined = from === start.seq + 1 ? start.hash : undefined;
  for await (const page of store.rows(from, size)) {
    for (const { seq, hash, body } of page) {
      if (seq !== expected) problems.push(`event ${expected} is missing`);
      if (hashBody(String(body)) !== hash) {
        problems.push(`the hash of event ${seq} is not that of its content`);
      }
      if (prev !== undefined && prevOf(String(body)) !== prev) {
        problems.push(`event ${seq} does not follow from the event before it`);
      }
      hashes.set(seq, hash);
      prev = hash;
      expected = seq + 1;
    }
    // Brokers append while this reads; what came since is not the tail that was asked about.
    if (expected > lastSeq) break;
  }
  const checkpoint = (await store.checkpoints()).toSorted((a, b) => a.seq - b.seq).at(-1);
  const said = checkpoint === undefined ? undefined : checkpointProblem(checkpoint);
  if (said !== undefined) problems.push(said);
  return {
    events: hashes.size,
    lastSeq,
    problems,
    ...(checkpoint === undefined || said !== undefined ? {} : { checkpoint }),
  };

  function checkpointProblem(newest: Checkpoint): string | undefined {
    const key = publicKey(newest.kid);
    if (key === undefined) return `the checkpoint of event ${newest.seq} has an unknown key`;
    if (!isSignedBy(newest, key)) {
      return `the signature of the checkpoint of event ${newest.seq} is not valid`;
    }
    const known = hashes.get(newest.seq);
    const isLost = newest.seq >= from && newest.seq <= lastSeq && known === undefined;
    if (newest.seq > lastSeq && !hashes.has(newest.seq)) {
      return `a checkpoint names event ${newest.seq}, and it is missing`;
    }
    return isLost || (known !== undefined && known !== newest.hash)
      ? `a checkpoint names another hash for event ${newest.seq}`
      : undefined;
  }
}

function prevOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { readonly prev?: unknown }).prev;
  } catch {
    return undefined;
  }
}
