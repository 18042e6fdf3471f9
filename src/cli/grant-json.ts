import { formatInstant } from '../authorize/format-grant.ts';
import type { GrantDocument, GrantRecord } from '../authorize/grant-record.ts';

/** A grant's state as of now. */
export function grantStateAt(grant: GrantRecord, now: number): 'active' | 'expired' | 'revoked' {
  if (grant.revokedAt !== undefined) return 'revoked';
  return now < grant.expiresAt ? 'active' : 'expired';
}

/** The `--json` shape of what a grant says. */
export const grantDocumentJson = (grant: GrantDocument) => ({
  id: grant.id,
  subject: grant.subject,
  clients: grant.clients ?? null,
  purpose: grant.purpose,
  expiresAt: formatInstant(grant.expiresAt),
  sessionLifeSeconds: grant.sessionLifeMs === undefined ? null : grant.sessionLifeMs / 1000,
  sessionIdleSeconds:
    grant.sessionLimits?.idleMs === undefined ? null : grant.sessionLimits.idleMs / 1000,
  sessionMaxCalls: grant.sessionLimits?.maxCalls ?? null,
  sessionConcurrent: grant.sessionLimits?.concurrent ?? null,
  rules: grant.rules.map(({ effect, pattern, when, line }) => ({
    effect,
    pattern,
    when: when ?? null,
    line,
  })),
});

/** The `--json` shape of a grant as brokers obey it. */
export const grantJson = (grant: GrantRecord, now: number) => ({
  ...grantDocumentJson(grant),
  state: grantStateAt(grant, now),
  file: grant.file,
  revision: grant.revision,
  appliedAt: formatInstant(grant.appliedAt),
  revokedAt: grant.revokedAt === undefined ? null : formatInstant(grant.revokedAt),
});
