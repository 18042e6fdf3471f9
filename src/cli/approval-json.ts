import type { ShownApproval } from '../admin/find-approval.ts';
import {
  type ApprovalRecord,
  type ApprovalView,
  approvalStateAt,
  besidesName,
} from '../approve/approval.ts';
import { isJsonObject, member } from '../domain/json.ts';
import { formatInstant } from './format-instant.ts';

/** The `--json` shape of an approval. */
export const approvalJson = (view: ApprovalView, now: number) => {
  const { approval } = view;
  const { rule } = approval;
  return {
    id: approval.id,
    state: approvalStateAt(view, now),
    void: view.void ?? null,
    subject: approval.subject,
    client: approval.client ?? null,
    session: approval.session,
    server: approval.server,
    kind: approval.kind,
    name: approval.name,
    method: approval.method,
    definitionHash: approval.definitionHash ?? null,
    grant: rule.grant,
    revision: rule.revision,
    rule: `${rule.file}:${rule.line}`,
    requestedAt: formatInstant(approval.requestedAt),
    expiresAt: formatInstant(approval.expiresAt),
    settledAt: approval.settledAt === undefined ? null : formatInstant(approval.settledAt),
    settledBy: approval.settledBy ?? null,
    usedSeq: approval.usedSeq ?? null,
  };
};

/** The `--json` shape of an approval with what an admin decides by. */
export const shownJson = (shown: ShownApproval, now: number) => {
  const { overview, purpose, sent } = shown;
  return {
    ...approvalJson(shown, now),
    purpose: purpose ?? null,
    sessionPurpose: overview?.session.purpose ?? null,
    calls: overview?.session.calls ?? null,
    touched: overview?.touched.tools ?? [],
    arguments: argumentsOf(sent) ?? null,
    alsoSent: alsoSent(shown.approval.kind, sent),
  };
};

/** The arguments among what would be sent. */
const argumentsOf = (sent: ShownApproval['sent']) =>
  isJsonObject(sent) ? (member(sent, 'arguments') ?? {}) : undefined;

/** What would be sent besides the name and the arguments; `null` when nothing. */
const alsoSent = (kind: ApprovalRecord['kind'], sent: ShownApproval['sent']) => {
  if (!isJsonObject(sent)) return null;
  const { arguments: _arguments, ...others } = besidesName(kind, sent);
  return Object.keys(others).length === 0 ? null : others;
};
