import type { AuditEvent, Checkpoint } from '../domain/event.ts';
import { stringMember } from '../domain/json.ts';
import { FIRST_PREV, hashBody, MAIN_CHAIN } from './chain.ts';
import { isSignedBy } from './checkpoint.ts';
import type { EventStore, StoredEvent } from './event-store.ts';
import type { LogStart } from './log-start.ts';
import { CadenceCheck } from './verify-cadence.ts';
import { IndexCheck } from './verify-index.ts';
import { OrderCheck } from './verify-order.ts';
import { StartCheck } from './verify-start.ts';

/** One thing that is wrong, and where. `seq` 0: not at one event. */
export interface VerifyProblem {
  readonly seq: number;
  readonly message: string;
}

/** What the proof found. */
export interface VerifyReport {
  readonly ok: boolean;
  /** Events read. */
  readonly events: number;
  /** The first 1,000, in the order of the chain. */
  readonly problems: readonly VerifyProblem[];
  /** All problems, also those beyond the first 1,000. */
  readonly problemCount: number;
  /** The newest event. */
  readonly lastSeq: number;
  /** Sequence number of the newest checkpoint that holds: of the outside ones when any were given. */
  readonly coveredBy?: number;
  /** Events after `coveredBy`: who holds database and key could have rewritten these. */
  readonly beyond: number;
  /** Intents that no outcome closes yet. */
  readonly openIntents: number;
  /** Events that were removed on purpose, the oldest; a signed statement stands in for them. */
  readonly removed: number;
}

/** What the proof needs. */
export interface VerifyOptions {
  /** An Ed25519 public JWK by key id; `undefined` when there is none. */
  readonly publicKey: (kid: string) => Readonly<Record<string, string>> | undefined;
  /** Checkpoints kept elsewhere. */
  readonly outside?: readonly Checkpoint[];
  readonly pageSize?: number;
  /**
   * The first event that is read, default 1. What came before is taken as it is: the events from here on
   * are proven to follow it.
   */
  readonly from?: number;
  /** Called after each page with the number of events read so far. */
  readonly onProgress?: (events: number) => void;
}

const PAGE_SIZE = 1_000;
const MAX_PROBLEMS = 1_000;

/** How often it begins again because events were removed while it read. */
const MAX_RUNS = 3;

/**
 * Proves the audit: sequence without gaps, links, hashes, time that never decreases, the signature
 * and place of every checkpoint, that none is missing, and the order promise (nothing admitted or released after the
 * revocation that forbids it). Of a log whose oldest events were removed it proves the rest, and that
 * it follows from what was removed. Reads a page at a time.
 */
export async function verifyAudit(
  store: EventStore,
  options: VerifyOptions,
): Promise<VerifyReport> {
  for (let run = 1; ; run += 1) {
    const start = await store.start();
    const report = await verifyOnce(store, start, options);
    if (run === MAX_RUNS || (await store.start())?.seq === start?.seq) return report;
  }
}

async function verifyOnce(
  store: EventStore,
  start: LogStart | undefined,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const problems: VerifyProblem[] = [];
  let problemCount = 0;
  const report = (seq: number, message: string) => {
    problemCount += 1;
    if (problems.length < MAX_PROBLEMS) problems.push({ seq, message });
  };

  for (const message of await store.check()) report(0, message);
  const outside = options.outside ?? [];
  const first = (start?.seq ?? 0) + 1;
  const from = Math.max(first, options.from ?? 1);
  const to = (await store.head())?.seq ?? 0;
  const inside = await store.checkpoints();
  const checkpoints = new CheckpointCheck(inside, outside, { ...options, from }, report);
  const before = from > first ? await store.get(from - 1) : start;
  if (from > first && before === undefined) report(from - 1, 'it is missing');
  const cadence = new CadenceCheck(inside, { from, to }, report);
  const order = new OrderCheck(report, from);
  const links = new LinkCheck(report, from, before?.hash);
  const stub = new StartCheck(start, options, report);
  const index = new IndexCheck(store, report, from);
  await index.begin();
  let events = 0;
  const reads = from > 1 ? from : Number.MIN_SAFE_INTEGER;
  for await (const page of store.rows(reads, options.pageSize ?? PAGE_SIZE)) {
    for (const row of page) {
      const event = links.take(row);
      checkpoints.take(row);
      if (event === undefined) continue;
      // What the first event read says of the one before it, a checkpoint of that one proves.
      if (from > 1 && row.seq === from) checkpoints.take({ seq: from - 1, hash: event.prev });
      order.take(event);
      cadence.take(event);
      stub.take(event);
      index.take(event.seq === row.seq ? event : { ...event, seq: row.seq });
    }
    await index.compareSome();
    events += page.length;
    options.onProgress?.(events);
  }
  await index.end();
  if (from === first) stub.end();
  const coveredBy = checkpoints.end();
  return {
    ok: problemCount === 0,
    events,
    lastSeq: links.lastSeq,
    problems,
    problemCount,
    ...(coveredBy === undefined ? {} : { coveredBy }),
    beyond: Math.max(0, links.lastSeq - (coveredBy ?? first - 1)),
    openIntents: order.openIntents,
    removed: first - 1,
  };
}

type Report = (seq: number, message: string) => void;

/** Sequence, links, hashes and time. After a break it goes on from the row it found. */
export class LinkCheck {
  lastSeq: number;
  #prev: string | undefined;
  #at = 0;
  readonly #report: Report;

  /** @param prev the hash of the event before the first; `undefined` when it is not there any more. */
  constructor(report: Report, from: number, prev: string | undefined) {
    this.#report = report;
    this.lastSeq = from - 1;
    this.#prev = from > 1 ? prev : FIRST_PREV;
  }

  /** @returns the event, unless its text cannot be read. */
  take(row: StoredEvent): AuditEvent | undefined {
    const { seq } = row;
    if (seq !== this.lastSeq + 1) this.#report(seq, missing(this.lastSeq + 1, seq));
    if (hashBody(String(row.body)) !== row.hash)
      this.#report(seq, 'its hash is not that of its content');
    const event = parse(String(row.body));
    if (event === undefined) this.#report(seq, 'it cannot be read');
    else {
      if (event.seq !== seq) this.#report(seq, `its content says it is event ${String(event.seq)}`);
      if (event.chain !== MAIN_CHAIN) this.#report(seq, 'it belongs to another chain');
      if (this.#prev !== undefined && event.prev !== this.#prev) {
        this.#report(seq, 'it does not follow from the event before it');
      }
      if (!(event.at >= this.#at)) this.#report(seq, 'it is older than the event before it');
      if (event.at > this.#at) this.#at = event.at;
    }
    this.lastSeq = seq;
    this.#prev = row.hash;
    return event;
  }
}

const missing = (from: number, to: number): string =>
  to - from === 1 ? `event ${from} is missing` : `events ${from} to ${to - 1} are missing`;

/** Attack: an event edited so that it has no code, over which the whole check would break off. */
function parse(body: string): AuditEvent | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return stringMember(value, 'code') === undefined ? undefined : (value as AuditEvent);
  } catch {
    return undefined;
  }
}

/** Signatures of checkpoints, and that each names an event that is there with that hash. */
class CheckpointCheck {
  readonly #report: Report;
  readonly #pending = new Map<number, { hash: string; isOutside: boolean }[]>();
  readonly #hasOutside: boolean;
  #covered: number | undefined;

  constructor(
    inside: readonly Checkpoint[],
    outside: readonly Checkpoint[],
    options: VerifyOptions,
    report: Report,
  ) {
    this.#report = report;
    this.#hasOutside = outside.length > 0;
    const first = (options.from ?? 1) - 1;
    for (const checkpoint of inside) {
      if (checkpoint.seq >= first) this.#add(checkpoint, false, options);
    }
    for (const checkpoint of outside) {
      if (checkpoint.seq >= first) this.#add(checkpoint, true, options);
    }
  }

  take(row: Pick<StoredEvent, 'seq' | 'hash'>): void {
    const here = this.#pending.get(row.seq);
    if (here === undefined) return;
    this.#pending.delete(row.seq);
    for (const { hash, isOutside } of here) {
      if (hash !== row.hash)
        this.#report(row.seq, `${naming(isOutside)} names another hash for it`);
      else if (isOutside === this.#hasOutside) this.#covered = row.seq;
    }
  }

  /** @returns the newest sequence number that a good checkpoint covers. */
  end(): number | undefined {
    for (const [seq, waiting] of this.#pending) {
      for (const { isOutside } of waiting) {
        this.#report(seq, `${naming(isOutside)} names it, and it is missing`);
      }
    }
    return this.#covered;
  }

  #add(checkpoint: Checkpoint, isOutside: boolean, options: VerifyOptions): void {
    const { seq, hash, kid, chain } = checkpoint;
    const key = options.publicKey(kid);
    if (key === undefined) {
      this.#report(seq, `${naming(isOutside)} for it is signed with an unknown key`);
    } else if (chain !== MAIN_CHAIN || !isSignedBy(checkpoint, key)) {
      this.#report(seq, `the signature of ${naming(isOutside)} for it is not valid`);
    } else {
      this.#pending.set(seq, [...(this.#pending.get(seq) ?? []), { hash, isOutside }]);
    }
  }
}

const naming = (isOutside: boolean): string =>
  isOutside ? 'the given checkpoint' : 'a stored checkpoint';
