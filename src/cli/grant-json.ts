import { formatInstant } from '../authorize/format-grant.ts';
import type { GrantDocument, GrantRecord, GrantRule } from '../authorize/grant-record.ts';
import { formatRate } from '../authorize/rate.ts';

/** A grant's state as of now. */
export function grantStateAt(grant: GrantRecord, now: number): 'active' | 'expired' | 'revoked' {
  if (grant.revokedAt !== undefined) return 'revoked';
  return now < grant.expiresAt ? 'active' : 'expired';
}

/** The `--json` shape of what a rule asks besides. */
export const termsJson = (rule: GrantRule) => ({
  when: rule.when ?? null,
  hours: rule.hours ?? null,
  limit: rule.rates === undefined ? null : rule.rates.map(formatRate),
  approval: rule.approval ?? null,
  waitSeconds: rule.waitMs === undefined ? null : rule.waitMs / 1000,
  maxResultBytes: rule.maxResultBytes ?? null,
  flow: rule.flow ?? null,
  trialUntil: rule.trialUntil === undefined ? null : formatInstant(rule.trialUntil),
});

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
  rules: grant.rules.map((rule) => ({
    effect: rule.effect,
    pattern: rule.pattern,
    ...termsJson(rule),
    line: rule.line,
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
