import type { GrantDocument } from '../authorize/grant-record.ts';
import { ruleText } from '../authorize/rule-text.ts';
import type { EventDraft } from '../domain/event.ts';
import type { EventCode } from '../domain/event-codes.ts';
import type { AdminContext } from './admin-context.ts';

/** The event of a grant put in force: what it says, so that the log alone tells who could do what. */
export const grantEvent = (
  context: AdminContext,
  code: EventCode,
  document: GrantDocument,
  file: string,
  differences: readonly string[],
): EventDraft => ({
  code,
  actor: context.actor,
  subject: document.subject,
  detail: {
    grant: document.id,
    file,
    purpose: document.purpose,
    expiresAt: document.expiresAt,
    rules: document.rules.map(ruleText),
    differences,
    ...(document.clients === undefined ? {} : { clients: document.clients }),
    ...(document.sessionLifeMs === undefined ? {} : { sessionLifeMs: document.sessionLifeMs }),
    ...(document.sessionLimits === undefined
      ? {}
      : { sessionLimits: { ...document.sessionLimits } }),
  },
});

/** The event of a grant that ends, or whose tombstone is lifted. */
export const grantIdEvent = (
  context: AdminContext,
  code: 'TG3003' | 'TG3004',
  grant: { readonly id: string; readonly subject?: string },
): EventDraft => ({
  code,
  actor: context.actor,
  ...(grant.subject === undefined ? {} : { subject: grant.subject }),
  detail: { grant: grant.id },
});
