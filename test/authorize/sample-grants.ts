import type { GrantRecord, GrantRule } from '../../src/authorize/grant-record.ts';
import type { Asker, PolicyState, ToolView } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { seen, UNSEEN } from '../support/fakes/server-view.ts';

/** The instant tests decide at. */
export const NOW = Date.UTC(2026, 5, 1);

/** Rules from `+pattern` and `-pattern`; lines count from 10. */
export const rules = (...texts: readonly string[]): readonly GrantRule[] =>
  texts.map((text, index) => ({
    effect: text.startsWith('-') ? 'deny' : 'permit',
    pattern: text.slice(1),
    line: 10 + index,
  }));

/** An applied grant of alice's that ends a day after `NOW`. */
export const grant = (id: string, members: Partial<GrantRecord> = {}): GrantRecord => ({
  id,
  subject: 'alice',
  purpose: 'Test',
  expiresAt: NOW + 86_400_000,
  rules: [],
  revision: 1,
  file: `grants/${id}.yaml`,
  appliedAt: 0,
  ...members,
});

const tool = (hash: string, quarantine?: ToolView['quarantine']): ToolView =>
  quarantine === undefined ? { hash } : { hash, quarantine };

/** `files` (two tools), `mail` (one, and one drifted), `bare` (none), `unseen` (never seen). */
export const state = (...grants: readonly GrantRecord[]): PolicyState => ({
  epoch: 7,
  isHalted: false,
  grants,
  servers: new Map([
    ['bare', seen()],
    [
      'files',
      seen({
        tools: new Map([
          ['read_file', tool('h1')],
          ['write_file', tool('h2')],
        ]),
      }),
    ],
    [
      'mail',
      seen({
        tools: new Map([
          ['read', tool('h3')],
          ['send', tool('h4', 'drifted')],
        ]),
      }),
    ],
    ['unseen', UNSEEN],
  ]),
});

/** Her client, in a session of one second. */
export const ALICE: Asker = { subject: 'alice', client: 'desktop', sessionOpenedAt: NOW - 1_000 };

/** The request for `server/tool`. */
export const toolRequest = (ref: string): AccessRequest => {
  const slash = ref.indexOf('/');
  return { kind: 'tool', server: ref.slice(0, slash), tool: ref.slice(slash + 1) };
};

/** `permit` or the reason, and the rule that is named as `grant#index`. */
export const brief = (decision: Decision): string => {
  const rule = decision.rule === undefined ? '' : ` ${decision.rule.grant}#${decision.rule.index}`;
  return `${decision.kind === 'permit' ? 'permit' : decision.reason}${rule}`;
};
