import { hashBody, MAIN_CHAIN } from '../audit/chain.ts';
import { CHECKPOINT_EVENTS, CHECKPOINT_MICROS, type SignCheckpoint } from '../audit/checkpoint.ts';
import { bodyOf, type DraftTexts, draftTexts } from '../audit/event-text.ts';
import type { OwnStretches } from '../audit/own-stretches.ts';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent, Checkpoint, EventDraft } from '../domain/event.ts';
import type { InstanceId } from '../domain/ids.ts';
import { EMPTY_HEAD, memberOf } from './migrations.ts';
import type { StateDatabase } from './state-database.ts';

/** A draft and its members as they are stored and read back. Made before a transaction. */
export interface StorableDraft {
  readonly draft: EventDraft;
  readonly texts: DraftTexts;
}

/** Where an event was put. */
export interface Placed {
  readonly seq: number;
  /** Epoch microseconds. */
  readonly at: number;
}

/**
 * Makes a draft storable, so that nothing a client sent can make an append fail later, with others in
 * the same transaction.
 *
 * @throws BrokerError `ERR_INTERNAL` for a member that no event has, or of the wrong type: a bug of ours.
 */
export const storableDraft = (draft: EventDraft): StorableDraft => ({
  draft,
  texts: draftTexts(draft),
});

/**
 * The only way into the audit. Puts an event at the end of the chain, inside the caller's write
 * transaction: sequence number without gaps, time never less than before, previous hash, hash;
 * opens or closes its intent.
 *
 * @throws BrokerError `ERR_STORE_FAILED` for an outcome whose intent is not open (another process
 * closed it); nothing was written then.
 */
export type AppendEvent = (
  draft: StorableDraft,
  /** What it uses up, which is known only inside the transaction. */
  approval?: string,
) => Placed;

/** Makes the append function of one store. */
export function createAppend(
  db: StateDatabase,
  options: {
    readonly instance: InstanceId;
    readonly clock: Clock;
    readonly signCheckpoint: SignCheckpoint;
    readonly ownStretches?: OwnStretches;
  },
): AppendEvent {
  return ({ draft, texts }, approval) => {
    if (draft.code === 'TG1002') closeIntent(db, draft.intent);
    const head = readHead(db);
    db.witnessHead(head);
    const seq = head.seq + 1;
    const at = Math.max(head.at, options.clock.nowMicros());
    const { instance } = options;
    const place = { seq, chain: MAIN_CHAIN, at, instance, prev: head.hash };
    const event = approval === undefined ? draft : { ...draft, approval };
    const body = bodyOf(event === draft ? texts : draftTexts(event), place);
    const hash = hashBody(body);
    db.noteWrite();
    db.statement('INSERT INTO events (seq, hash, body) VALUES (?, ?, ?)').run(seq, hash, body);
    db.remember(HEAD, { seq, hash, at });
    if (draft.code === 'TG1001') openIntent(db, draft, seq, instance);
    const whole = { ...event, seq, chain: MAIN_CHAIN, at, instance, prev: head.hash, hash };
    options.ownStretches?.add(asReadBack(whole, body));
    checkpointIfDue(db, { seq, hash, at }, options.signCheckpoint);
    return { seq, at };
  };
}

/**
 * An event with the members that its index is made of as they will be read. What is stored differs from a
 * draft by U+FFFD for half a character and `null` for a number that is none, or where it has members of
 * any type.
 */
function asReadBack(event: AuditEvent, body: string): AuditEvent {
  const mayDiffer = event.detail !== undefined || body.includes('\ufffd') || body.includes(':null');
  return mayDiffer ? { ...(JSON.parse(body) as AuditEvent), hash: event.hash } : event;
}

/** The newest event. `at` in epoch microseconds. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly at: number;
}

const HEAD = Symbol('head');

/** Reads the newest event, whichever process wrote it. Inside `read` or a transaction. */
export const readHead = (db: StateDatabase): Head => db.remembered(HEAD, loadHead);

const loadHead = (db: StateDatabase): Head =>
  db
    .statement<Head>(
      `SELECT seq, hash, ${memberOf('at')} AS at FROM events ORDER BY seq DESC LIMIT 1`,
    )
    .get() ?? EMPTY_HEAD;

function openIntent(
  db: StateDatabase,
  { session, server, tool, rule }: EventDraft,
  seq: number,
  instance: InstanceId,
): void {
  db.statement(
    `INSERT INTO open_intents (seq, instance, session, server, tool, grant_id)
     VALUES (?, ?, ?, ?, ?, ?)`,
  ).run(seq, instance, session ?? '', server ?? '', tool ?? '', rule?.grant ?? null);
}

function closeIntent(db: StateDatabase, intent: number | undefined): void {
  const closed =
    intent === undefined
      ? 0
      : db.statement('DELETE FROM open_intents WHERE seq = ?').run(intent).changes;
  if (closed !== 1) {
    throw new BrokerError('ERR_STORE_FAILED', `intent ${intent ?? '(none)'} is not open`);
  }
}

const CHECKPOINT = Symbol('checkpoint');

function checkpointIfDue(db: StateDatabase, head: Head, sign: SignCheckpoint): void {
  const last = db.remembered(CHECKPOINT, lastCheckpoint);
  if (last === undefined) return;
  const isDue = head.seq - last.seq >= CHECKPOINT_EVENTS || head.at - last.at >= CHECKPOINT_MICROS;
  if (!isDue) return;
  insertCheckpoint(db, sign({ chain: MAIN_CHAIN, seq: head.seq, hash: head.hash, at: head.at }));
}

/** Where the events since are counted from; the first event, before there is one. */
const lastCheckpoint = (db: StateDatabase): Pick<Head, 'seq' | 'at'> | undefined =>
  db
    .statement<Pick<Head, 'seq' | 'at'>>(
      'SELECT seq, at FROM checkpoints ORDER BY seq DESC LIMIT 1',
    )
    .get() ??
  db
    .statement<Pick<Head, 'seq' | 'at'>>(
      `SELECT 0 AS seq, ${memberOf('at')} AS at FROM events WHERE seq = 1`,
    )
    .get();

/** Stores a checkpoint. Inside a write transaction. */
export function insertCheckpoint(db: StateDatabase, made: Checkpoint): void {
  db.noteWrite();
  db.statement(
    'INSERT INTO checkpoints (seq, chain, hash, at, kid, signature) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(made.seq, made.chain, made.hash, made.at, made.kid, made.signature);
  db.remember(CHECKPOINT, { seq: made.seq, at: made.at });
}
