import { createHash } from 'node:crypto';
import { conditionalRules } from '../authorize/conditional-rules.ts';
import { nextChangeAt } from '../authorize/next-change.ts';
import { resourceRules } from '../authorize/resource-rules.ts';
import type { ClientChannel } from '../domain/broker.ts';
import type { Json } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import type { Looked, SeenPart } from '../news/sight.ts';
import type { Answering } from './answering.ts';
import {
  isInScope,
  type PinnedListKind,
  permittedItems,
  sessionHasEnded,
} from './permitted-items.ts';

/** A list as a client is shown it, short enough to remember one for every client. */
export const sightOf = (list: Json | undefined): string =>
  createHash('sha256')
    .update(stringifyJson(list ?? []))
    .digest('base64');

const LISTS: readonly PinnedListKind[] = ['tools', 'prompts', 'templates'];

/**
 * Looks at what a client may see now: the lists it would be answered, and the rules by which tool
 * servers' resources would be listed to it. Nothing is started and nobody is asked.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function whatAClientSees(
  channel: Pick<ClientChannel, 'principal' | 'onlyServer' | 'era'>,
  broker: Pick<Answering, 'catalog' | 'clock' | 'decider' | 'readPolicy' | 'scrub' | 'takenAway'>,
): Promise<Looked> {
  const { principal } = channel;
  const state = broker.readPolicy(principal.subject);
  const { epoch } = state;
  const now = broker.clock.now();
  const parts: Record<SeenPart, string> = { tools: '', prompts: '', templates: '', resources: '' };
  for (const kind of LISTS) {
    const listed = permittedItems(kind, channel, broker);
    if ('kind' in listed) {
      if (sessionHasEnded(listed.reason)) return { kind: 'ended' };
      parts[kind] = sightOf([]);
    } else if (listed.epoch !== epoch) return { kind: 'moving' };
    else parts[kind] = sightOf(listed.items);
  }
  const rules: [string, readonly string[]][] = [];
  for (const server of state.servers.keys()) {
    const found = isInScope(channel, server) ? resourceRules(state, principal, server, now) : [];
    if (found.length > 0) rules.push([server, found]);
  }
  parts.resources = sightOf(rules);
  return {
    kind: 'sees',
    epoch,
    parts,
    conditions: sightOf(conditionalRules(state, principal, now)),
    resourceServers: new Set(rules.map(([server]) => server)),
    changesAt: Math.min(principal.sessionExpiresAt, nextChangeAt(state, principal, now)),
  };
}
