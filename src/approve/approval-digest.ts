import type { Json } from '../domain/json.ts';
import type { ApprovalSubject } from './approval.ts';

/**
 * What one approval is good for, as one text: the same session asking for the same thing, defined as it
 * was, with the same arguments, under the same revision of the same rule. Anything else needs another.
 *
 * Attack: a call is approved, and another is made in its place.
 *
 * @param sent HMAC of everything that goes to the tool server.
 */
export const approvalDigest = (
  { session, subject, client, server, kind, name, method, definitionHash, rule }: ApprovalSubject,
  sent: string,
  hmac: (value: Json) => string,
): string =>
  hmac([
    'approval v1',
    session,
    subject,
    client ?? null,
    server,
    kind,
    name,
    method,
    definitionHash ?? null,
    sent,
    rule.grant,
    rule.revision,
    rule.index,
  ]);
