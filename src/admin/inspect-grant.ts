import { newEffort } from '../authorize/glob-cover.ts';
import type { GrantDocument, GrantRecord } from '../authorize/grant-record.ts';
import { ruleText } from '../authorize/rule-text.ts';
import { vainRules } from '../authorize/vain-rules.ts';
import type { AdminContext } from './admin-context.ts';
import { unmetRules } from './unmet-rules.ts';

/** What somebody should know of a grant that is valid. */
export interface GrantInspection {
  /** Of rules that match nothing there is: no configured tool server, or nothing of those seen. */
  readonly warnings: readonly string[];
  /** Of permits that another rule of the subject makes pointless. */
  readonly vain: readonly string[];
  /** Unexpired grants of the subject that permit the same to the same clients, ordered by id. */
  readonly same: readonly GrantRecord[];
}

/** Looks at a grant before it is put in force: a typing error in a pattern grants nothing, in silence. */
export async function inspectGrant(
  context: AdminContext,
  document: GrantDocument,
): Promise<GrantInspection> {
  const { servers } = context.catalog.snapshot();
  const unmet = unmetRules(document, context.serverNames, servers);
  const { grants } = context.grants.snapshot(document.subject);
  const now = context.clock.now();
  const live = grants.filter(
    ({ id, revokedAt, expiresAt }) =>
      id !== document.id && revokedAt === undefined && expiresAt > now,
  );
  const placed = { file: context.grantFiles.pathFor(document.id), document };
  const beside = [placed, ...live.map((grant) => ({ file: grant.file, document: grant }))];
  const wanted = permitsOf(document);
  const same = live.filter(
    (grant) =>
      wanted !== '[]' && permitsOf(grant) === wanted && clientsOf(grant) === clientsOf(document),
  );
  return {
    warnings: unmet.map(({ message }) => message),
    vain: vainRules(placed, beside, newEffort()).map(({ message }) => message),
    same,
  };
}

const permitsOf = ({ rules }: GrantDocument): string =>
  JSON.stringify(
    rules
      .filter(({ effect }) => effect === 'permit')
      .map(ruleText)
      .sort(),
  );

const clientsOf = ({ clients }: GrantDocument): string =>
  clients === undefined ? 'any' : JSON.stringify([...clients].sort());
