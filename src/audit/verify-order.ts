import type { AuditEvent } from '../domain/event.ts';
import { type Json, member, stringMember } from '../domain/json.ts';

/** Outcomes that let a tool server's answer out. */
const RELEASED = new Set<unknown>(['ok', 'tool_error', 'rpc_error']);

interface OpenIntent {
  readonly session: string | undefined;
  readonly client: string | undefined;
  readonly grant: string | undefined;
}

/**
 * The order promise, read from the log alone: no intent and no released outcome after the event that
 * ended its session, revoked its grant, or moved the epoch beyond the one it was decided at, nor a
 * question to the client or its answer; each outcome closes one earlier intent that is open.
 */
export class OrderCheck {
  readonly #report: (seq: number, message: string) => void;
  readonly #open = new Map<number, OpenIntent>();
  readonly #endedSessions = new Map<string, number>();
  readonly #suspendedSessions = new Map<string, number>();
  readonly #revokedClients = new Map<string, number>();
  readonly #goneGrants = new Map<string, { seq: number; isLifted: boolean }>();
  /** When each session was opened, and with which key. */
  readonly #openings = new Map<string, { seq: number; key: string | undefined }>();
  readonly #revokedKeys = new Map<string, number>();
  #haltedAt: number | undefined;
  #epoch: number | undefined;

  readonly #from: number;

  /** @param from the first event that is read: intents before it are not known. */
  constructor(report: (seq: number, message: string) => void, from = 1) {
    this.#report = report;
    this.#from = from;
  }

  /** How many intents no outcome has closed so far. */
  get openIntents(): number {
    return this.#open.size;
  }

  take(event: AuditEvent): void {
    if (event.code === 'TG1001') this.#takeIntent(event);
    else if (event.code === 'TG1002') this.#takeOutcome(event);
    else if (event.code === 'TG1007') this.#takeAsk(event, 'asked the client');
    else if (event.code === 'TG1008') this.#takeAsk(event, 'handed an answer on');
    // Other events about requests say what was decided on; of all others, those that change rights
    // carry the epoch they made.
    else if (!event.code.startsWith('TG1')) this.#takeRights(event);
    if (event.code === 'TG2002') this.#takeOpening(event);
  }

  #takeIntent(event: AuditEvent): void {
    const intent = { session: event.session, client: event.client, grant: event.rule?.grant };
    this.#open.set(event.seq, intent);
    this.#checkRights(event, intent, 'was admitted');
  }

  #takeOutcome(event: AuditEvent): void {
    const intent = event.intent === undefined ? undefined : this.#open.get(event.intent);
    if (intent === undefined) {
      if (event.intent !== undefined && event.intent < this.#from) return;
      this.#report(event.seq, 'it is an outcome without an open intent');
      return;
    }
    this.#open.delete(event.intent as number);
    if (event.session !== intent.session) {
      this.#report(event.seq, `it closes intent ${event.intent} of another session`);
    }
    if (RELEASED.has(event.outcome)) this.#checkRights(event, intent, 'released a result');
  }

  /** A question and its answer stand under the rule that lets the server ask, and belong to a call. */
  #takeAsk(event: AuditEvent, what: string): void {
    const { session, client, rule, intent } = event;
    // Its call may have ended beside it: a tool server need not wait for what it asked.
    if (intent === undefined || intent >= event.seq) {
      this.#report(event.seq, `it ${what} without an earlier intent`);
    }
    this.#checkRights(event, { session, client, grant: rule?.grant }, what);
  }

  #takeOpening({ seq, session, detail }: AuditEvent): void {
    if (session === undefined) return;
    this.#openings.set(session, { seq, key: stringMember(detail, 'keyId') });
  }

  #takeRights(event: AuditEvent): void {
    if (typeof event.epoch === 'number') this.#epoch = Math.max(this.#epoch ?? 0, event.epoch);
    const { code, session, client, seq } = event;
    if (session !== undefined) {
      if (code === 'TG2003' || code === 'TG2004') this.#endedSessions.set(session, seq);
      if (code === 'TG2011') this.#suspendedSessions.set(session, seq);
      if (code === 'TG2012') this.#suspendedSessions.delete(session);
    }
    if (code === 'TG2013' && client !== undefined) this.#revokedClients.set(client, seq);
    if (code === 'TG7004') {
      for (const kid of stringItems(event.detail, 'revoked')) this.#revokedKeys.set(kid, seq);
    }
    if (code === 'TG7001') this.#haltedAt = seq;
    if (code === 'TG7002') this.#haltedAt = undefined;
    if (!code.startsWith('TG3')) return;
    const grant = stringMember(event.detail, 'grant') ?? event.rule?.grant;
    if (grant === undefined) return;
    if (event.code === 'TG3003') this.#goneGrants.set(grant, { seq: event.seq, isLifted: false });
    const gone = this.#goneGrants.get(grant);
    if (gone === undefined) return;
    // A reinstated grant is as if it had never been applied: still gone until it is.
    if (event.code === 'TG3004') this.#goneGrants.set(grant, { ...gone, isLifted: true });
    const isPut = event.code === 'TG3001' || event.code === 'TG3002';
    if (isPut && gone.isLifted) this.#goneGrants.delete(grant);
  }

  #checkRights(event: AuditEvent, intent: OpenIntent, what: string): void {
    const ended =
      intent.session === undefined ? undefined : this.#endedSessions.get(intent.session);
    if (ended !== undefined) {
      this.#report(event.seq, `it ${what} in a session that event ${ended} had ended`);
    }
    const resting =
      intent.session === undefined ? undefined : this.#suspendedSessions.get(intent.session);
    if (resting !== undefined) {
      this.#report(event.seq, `it ${what} in a session that event ${resting} had suspended`);
    }
    const opening = intent.session === undefined ? undefined : this.#openings.get(intent.session);
    const out = intent.client === undefined ? undefined : this.#revokedClients.get(intent.client);
    // A session opened since is one of a client made anew.
    if (out !== undefined && (opening?.seq ?? 0) < out) {
      this.#report(event.seq, `it ${what} through a client that event ${out} had revoked`);
    }
    const lost = opening?.key === undefined ? undefined : this.#revokedKeys.get(opening.key);
    if (lost !== undefined) {
      this.#report(event.seq, `it ${what} in a session whose key event ${lost} had revoked`);
    }
    if (this.#haltedAt !== undefined) {
      this.#report(event.seq, `it ${what} while event ${this.#haltedAt} had halted everything`);
    }
    const gone = intent.grant === undefined ? undefined : this.#goneGrants.get(intent.grant);
    if (gone !== undefined) {
      this.#report(event.seq, `it ${what} under a grant that event ${gone.seq} had revoked`);
    }
    if (this.#epoch !== undefined && event.epoch !== this.#epoch) {
      this.#report(event.seq, `it ${what} at epoch ${event.epoch}, and ${this.#epoch} was current`);
    }
  }
}

/** The texts of a list in an event's detail. */
function stringItems(detail: Json | undefined, name: string): readonly string[] {
  const items = member(detail, name);
  return Array.isArray(items) ? items.filter((item) => typeof item === 'string') : [];
}
