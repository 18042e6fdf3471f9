import type { AdmissionRequest, NotAppended } from '../admit/admission-store.ts';
import type { Placed } from './append-event.ts';
import { RuleUses } from './rule-uses.ts';
import type { StateDatabase } from './state-database.ts';

/** What one use takes: what its intent says of it, and how it is taken once that stands. */
export interface Taking {
  /** The approval it uses up. */
  readonly approval?: string;
  readonly take: (intent: Placed) => void;
}

const NOTHING: Taking = { take() {} };

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
    return { take: ({ seq }) => uses.move(continues, seq) };
  }
  const retryAt = uses.roomAgainAt(rates, now);
  if (retryAt !== undefined) return { kind: 'rate_spent', retryAt };
  return { take: (placed) => uses.add(placed, rates) };
}

/**
 * The approval of this very use, which is good once. What is a further round of a use that took one goes
 * on under it, once from each intent.
 */
export function takingApproval(
  db: StateDatabase,
  { approval: digest, continues }: AdmissionRequest,
  now: number,
): NotAppended | Taking {
  if (digest === undefined) return NOTHING;
  const found = db
    .statement<{ id: string }>(
      `SELECT id FROM approvals WHERE digest = ? AND expires_at > ?
         AND (state = 'approved' OR (state = 'used' AND used_seq = ?)) ORDER BY state DESC LIMIT 1`,
    )
    .get(digest, now, continues ?? null);
  if (found === undefined) return { kind: 'unapproved' };
  return {
    approval: found.id,
    take({ seq }) {
      db.noteWrite();
      db.statement(
        `UPDATE approvals SET state = 'used', used_seq = ?, arguments = NULL WHERE id = ?`,
      ).run(seq, found.id);
    },
  };
}
