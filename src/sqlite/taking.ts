import type { AdmissionRequest, NotAppended } from '../admit/admission-store.ts';
import type { EventDraft } from '../domain/event.ts';
import type { Placed } from './append-event.ts';
import { RuleUses } from './rule-uses.ts';
import type { StateDatabase } from './state-database.ts';

/** What one use takes: what its intent says of it, and how it is taken once that stands. */
export interface Taking {
  readonly fields: Pick<EventDraft, 'approval'>;
  readonly take: (intent: Placed) => void;
}

const NOTHING: Taking = { fields: {}, take() {} };

/**
 * A place under each rate of the rule. What is a further round of a use that counts keeps its place, once
 * from each intent. What is only let through on trial takes none: the count stays what it will be.
 */
export function takingRates(
  db: StateDatabase,
  { intent, terms, continues }: AdmissionRequest,
  now: number,
): NotAppended | Taking {
  if (terms?.rates === undefined || intent.wouldRefuse !== undefined) return NOTHING;
  const { rates, ruleKey } = terms;
  const uses = new RuleUses(db, intent.rule?.grant ?? '', ruleKey);
  if (continues !== undefined && uses.has(continues)) {
    return { fields: {}, take: ({ seq }) => uses.move(continues, seq) };
  }
  const retryAt = uses.roomAgainAt(rates, now);
  if (retryAt !== undefined) return { kind: 'rate_spent', retryAt };
  return { fields: {}, take: (placed) => uses.add(placed, rates) };
}

/**
 * The approval of this very use, which is good once. What is a further round of a use that took one goes
 * on under it and the same rule, once from each intent.
 */
export function takingApproval(
  db: StateDatabase,
  request: AdmissionRequest,
  now: number,
): NotAppended | Taking {
  const { approval: digest } = request;
  if (digest === undefined) return NOTHING;
  const id = goingOn(db, request, now) ?? approved(db, digest, now);
  if (id === undefined) return { kind: 'unapproved' };
  return {
    fields: { approval: id },
    take({ seq }) {
      db.noteWrite();
      db.statement(
        `UPDATE approvals SET state = 'used', used_seq = ?, arguments = NULL WHERE id = ?`,
      ).run(seq, id);
    },
  };
}

const approved = (db: StateDatabase, digest: string, now: number): string | undefined =>
  db
    .statement<{ id: string }>(
      `SELECT id FROM approvals WHERE digest = ? AND state = 'approved' AND expires_at > ?`,
    )
    .get(digest, now)?.id;

/** What answers to its questions make of a use, which its digest covers, is the use that was approved. */
const goingOn = (
  db: StateDatabase,
  { sessionId, intent, continues }: AdmissionRequest,
  now: number,
): string | undefined =>
  continues === undefined
    ? undefined
    : db
        .statement<{ id: string }>(
          `SELECT id FROM approvals WHERE state = 'used' AND used_seq = ? AND session = ?
             AND grant_id = ? AND revision = ? AND rule_index = ? AND definition_hash IS ?
             AND expires_at > ?`,
        )
        .get(
          continues,
          sessionId,
          intent.rule?.grant ?? null,
          intent.rule?.revision ?? null,
          intent.rule?.index ?? null,
          intent.definitionHash ?? null,
          now,
        )?.id;
