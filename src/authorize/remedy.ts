import type { AccessRequest } from '../domain/access-request.ts';
import type { RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { normaliseUri } from './normalise-uri.ts';
import type { Asker } from './policy-state.ts';
import { ASK_KINDS } from './rule-kind.ts';

/** What would change a decision. */
export interface Remedy {
  /** The command, as words after `toolgrant`; empty when no command of this version changes it. */
  readonly remedy: readonly string[];
  /** What to do before the command, or instead of one; lower case, no full stop. */
  readonly remedyNote?: string;
  /** What takes a yes back: every one of these commands, as words after `toolgrant`. Empty for a no. */
  readonly toEnd: readonly (readonly string[])[];
}

/** What a remedy is for. */
export interface Refused {
  readonly reason: DenyReason;
  readonly rule: RuleRef | undefined;
  readonly asker: Asker;
  readonly request: AccessRequest;
  /** Whether the server was seen, and has no such tool, prompt or template, or no resources: then no rule helps. */
  readonly isMissing: boolean;
}

/** What takes a yes back: each of the grants gives it alone. */
export function endingOf(grants: readonly string[]): Remedy {
  const toEnd = grants.map((id) => ['grant', 'revoke', id]);
  if (grants.length < 2) return { remedy: [], toEnd };
  return {
    remedy: [],
    remedyNote: `${grants.join(', ')}: each of these permits it, so all must be revoked`,
    toEnd,
  };
}

/** The remedy for a no: the least that turns the answer round. */
export const remedyFor = (refused: Refused): Remedy => ({ ...leastFor(refused), toEnd: [] });

/** Reasons that stand whether or not there is such a thing. */
const BEFORE_RULES: ReadonlySet<DenyReason> = new Set([
  'denied_by_rule',
  'halted',
  'uri_ambiguous',
]);

function leastFor(refused: Refused): Omit<Remedy, 'toEnd'> {
  const { reason, rule, asker, request } = refused;
  const place = rule === undefined ? 'the grant' : `${rule.file}:${rule.line}`;
  const file = rule?.file ?? 'the grant';
  if (refused.isMissing && !BEFORE_RULES.has(reason) && 'server' in request) {
    return { remedy: [], remedyNote: nothingThere(request.server, request.kind) };
  }
  switch (reason) {
    case 'halted':
      return {
        remedy: ['halt', '--lift'],
        remedyNote: 'ask why first: `toolgrant audit query --code TG7001` says who ordered it',
      };
    case 'no_grant':
    case 'no_rule':
      return { remedy: createGrant(asker, request) };
    case 'denied_by_rule':
      return { remedy: ['grant', 'apply'], remedyNote: `change or remove ${place}, then apply` };
    case 'denied_by_condition':
      return {
        remedy: [],
        remedyNote: `use other arguments, or another hour, or change \`when\` or \`hours\` of ${place} and apply`,
      };
    case 'condition_false':
    case 'condition_failed':
      return {
        remedy: [],
        remedyNote: `use other arguments, or change \`when\` of ${place} and apply`,
      };
    case 'limit_reached':
      return { remedy: [], remedyNote: `wait, or change \`limit\` of ${place} and apply` };
    case 'outside_hours':
      return { remedy: [], remedyNote: `wait, or change \`hours\` of ${place} and apply` };
    case 'approval_needed':
    case 'approvals_exhausted':
      return { remedy: ['approvals', 'list'] };
    case 'monitor_refused':
    case 'throttled':
      return { remedy: ['monitor', 'status'] };
    case 'approval_denied':
      return { remedy: [], remedyNote: `change \`approval\` of ${place} and apply` };
    case 'result_too_large':
      return { remedy: [], remedyNote: `change \`maxResult\` of ${place} and apply` };
    case 'result_withheld':
      return { remedy: [], remedyNote: 'change `results` of the tool server in the configuration' };
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
    case 'session_idle_exceeded':
    case 'session_calls_exceeded':
    case 'session_revoked':
    case 'session_suspended':
    case 'session_expired':
      return { remedy: openSession(asker) };
    case 'server_unknown':
      return {
        remedy: [],
        remedyNote:
          'check the name with `toolgrant tools list`, or add the tool server to `mcpServers` in the configuration',
      };
    case 'tool_unknown':
      return {
        remedy: [],
        remedyNote:
          'check the name; a tool server never used is looked at when a session first lists its tools',
      };
    case 'item_unknown':
      return {
        remedy: [],
        remedyNote:
          'check the name; a tool server never used is looked at when a session first lists what it has',
      };
    case 'uri_ambiguous':
      return {
        remedy: [],
        remedyNote:
          'ask for it by a URI with a scheme, without `#`, doubled or encoded slashes, or steps above its root',
      };
    case 'tool_drifted':
    case 'item_drifted':
      return {
        remedy: approval(request),
        remedyNote:
          'look at what changed, which is shown before anything is approved, or run the version that was approved',
      };
    case 'tool_unapproved':
    case 'item_unapproved':
      return {
        remedy: approval(request),
        remedyNote: 'what the tool server offers is shown before anything is approved',
      };
    case 'tool_quarantined':
    case 'item_quarantined':
      return {
        remedy: [...approval(request), ...itemOf(request)],
        remedyNote: 'somebody took it out: ask why, and look at `toolgrant tools list`',
      };
    case 'ask_not_granted': {
      const remedy = createGrant(asker, request);
      return remedy.length > 0
        ? { remedy }
        : { remedy, remedyNote: 'no rule lets tool servers ask this of clients' };
    }
    case 'surface_closed':
    case 'client_incapable':
    case 'handle_invalid':
      return { remedy: [], remedyNote: 'no grant opens this in this version' };
    case 'session_concurrency_exceeded':
      return { remedy: [], remedyNote: 'wait until one of the running uses has ended' };
    case 'clock_behind':
      return { remedy: ['doctor'], remedyNote: 'set the clock of this machine' };
    case 'subscriptions_exhausted':
      return { remedy: [], remedyNote: 'the client has to unsubscribe from others first' };
    case 'state_changing':
    case 'state_unreadable':
    case 'store_contended':
      return {
        remedy: [],
        remedyNote: 'try again; if it stays so, look at the state folder and its disk',
      };
  }
}

const nothingThere = (server: string, kind: AccessRequest['kind']): string => {
  const what = kind === 'resource' ? 'resources' : `such ${kind}`;
  return `${server} has no ${what}; see \`toolgrant tools list\`; if the server offers it now: \`toolgrant tools approve ${server}\``;
};

/** The command that approves what a request is about. */
const approval = (request: AccessRequest): readonly string[] =>
  'server' in request ? ['tools', 'approve', request.server] : [];

/** A pinned item as `tools approve` names it. */
function itemOf(request: AccessRequest): readonly string[] {
  if (request.kind === 'tool') return [request.tool];
  if (request.kind === 'prompt') return [`prompt:${request.prompt}`];
  return request.kind === 'template' ? [`template:${request.template}`] : [];
}

/** The narrowest grant that permits it; none where no rule can. */
function createGrant(asker: Asker, request: AccessRequest): readonly string[] {
  const pattern = patternFor(request);
  if (pattern === undefined) return [];
  const client = asker.client === undefined ? [] : ['--client', asker.client];
  return ['grant', 'create', asker.subject, '--permit', pattern, ...client, '--ttl', '8h'];
}

/** The narrowest pattern of a rule on what is asked for; `undefined` where no rule can name it. */
export function patternFor(request: AccessRequest): string | undefined {
  switch (request.kind) {
    case 'tool':
      return `${request.server}/${literalGlob(request.tool)}`;
    case 'server':
      return `${request.server}/*`;
    case 'prompt':
      return `prompt:${request.server}/${literalGlob(request.prompt)}`;
    case 'resource': {
      const uri = normaliseUri(request.uri);
      return uri === undefined ? undefined : `resource:${request.server}/${literalGlob(uri)}`;
    }
    case 'ask':
      return ASK_KINDS.some((kind) => kind === request.ask)
        ? `ask:${request.server}/${request.ask}`
        : undefined;
    case 'template':
    case 'method':
      return undefined;
  }
}

function openSession(asker: Asker): readonly string[] {
  const client = asker.client === undefined ? [] : ['--client', asker.client];
  return ['session', 'open', '--subject', asker.subject, ...client];
}

/** A glob for one name. Globs have no escapes, so `?` stands for a character that is special. */
const literalGlob = (name: string): string => name.replace(/[*?{}[\]\\]/g, '?');
