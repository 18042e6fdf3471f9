import type { AccessRequest } from '../domain/access-request.ts';
import type { RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { Asker } from './policy-state.ts';

/** What would change a decision. */
export interface Remedy {
  /** The command, as words after `toolgrant`; empty when no command of this version changes it. */
  readonly remedy: readonly string[];
  /** What to do before the command, or instead of one; lower case, no full stop. */
  readonly remedyNote?: string;
}

/** The remedy for a reason: the least that turns the answer round. */
export function remedyFor(
  reason: 'permitted' | DenyReason,
  rule: RuleRef | undefined,
  asker: Asker,
  request: AccessRequest,
): Remedy {
  const place = rule === undefined ? 'the grant' : `${rule.file}:${rule.line}`;
  const file = rule?.file ?? 'the grant';
  switch (reason) {
    case 'permitted':
      return { remedy: rule === undefined ? [] : ['grant', 'revoke', rule.grant] };
    case 'no_grant':
    case 'no_rule':
      return { remedy: createGrant(asker, request) };
    case 'denied_by_rule':
      return { remedy: ['grant', 'apply'], remedyNote: `change or remove ${place}, then apply` };
    case 'grant_expired':
      return {
        remedy: ['grant', 'apply'],
        remedyNote: `set a later \`expires\` in ${file}, then apply`,
      };
    case 'client_not_granted':
      return {
        remedy: ['grant', 'apply'],
        remedyNote:
          asker.client === undefined
            ? `ask as one of the \`clients\` of ${file}, or remove them, then apply`
            : `add ${asker.client} to \`clients\` in ${file}, then apply`,
      };
    case 'session_life_exceeded':
    case 'session_revoked':
    case 'session_suspended':
    case 'session_expired':
      return { remedy: openSession(asker) };
    case 'server_unknown':
      return { remedy: [], remedyNote: 'add the tool server to `mcpServers` in the configuration' };
    case 'tool_unknown':
      return {
        remedy: [],
        remedyNote:
          'check the name; a tool server never used is looked at when a session first lists its tools',
      };
    case 'tool_drifted':
      return {
        remedy: [],
        remedyNote: 'run the tool server in the version that was first seen',
      };
    case 'surface_closed':
    case 'ask_not_granted':
      return { remedy: [], remedyNote: 'no grant opens this in this version' };
    case 'state_changing':
    case 'state_unreadable':
    case 'store_contended':
      return {
        remedy: [],
        remedyNote: 'try again; if it stays so, look at the state folder and its disk',
      };
  }
}

function createGrant(asker: Asker, request: AccessRequest): readonly string[] {
  if (request.kind !== 'tool' && request.kind !== 'server') return [];
  const pattern =
    request.kind === 'tool'
      ? `${request.server}/${literalGlob(request.tool)}`
      : `${request.server}/*`;
  const client = asker.client === undefined ? [] : ['--client', asker.client];
  return ['grant', 'create', asker.subject, '--permit', pattern, ...client, '--ttl', '8h'];
}

function openSession(asker: Asker): readonly string[] {
  const client = asker.client === undefined ? [] : ['--client', asker.client];
  return ['session', 'open', '--subject', asker.subject, ...client];
}

/** A glob for one name. Globs have no escapes, so `?` stands for a character that is special. */
const literalGlob = (name: string): string => name.replace(/[*?{}[\]\\]/g, '?');
