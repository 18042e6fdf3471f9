import type { PinnedServer, PinnedTool, ServerOffer } from '../domain/catalog-record.ts';
import { stringMember } from '../domain/json.ts';
import { hashDefinition } from './definition-hash.ts';

/** What is pinned of a tool server's offer: all of it, each definition with its hash, ordered by name. */
export function pinOffer(server: string, offer: ServerOffer, now: number): PinnedServer {
  const tools = offer.tools
    .map(
      (definition): PinnedTool => ({
        name: stringMember(definition, 'name') ?? '',
        definition,
        hash: hashDefinition(definition),
      }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { server, ...offer, tools, pinnedAt: now };
}

/**
 * What a running server newly says differently from its pinned definitions: tool name to live hash.
 * Empty when nothing is to be written.
 *
 * A tool that is marked stays as it is marked until an admin has looked, equal again or not. Attack: a
 * server that changes a definition back and forth lifts its own quarantine, and moves the epoch with
 * each turn, so that nobody else's decision holds.
 *
 * A tool the live server lacks is no drift (servers may offer less to some connections), and one it
 * has beyond the pinned ones does not exist for anybody yet.
 */
export function driftOf(pinned: PinnedServer, offer: ServerOffer): ReadonlyMap<string, string> {
  const live = new Map(
    offer.tools.map((definition) => [
      stringMember(definition, 'name') ?? '',
      hashDefinition(definition),
    ]),
  );
  const changes = new Map<string, string>();
  for (const tool of pinned.tools) {
    const hash = live.get(tool.name);
    if (hash === undefined || hash === tool.hash || tool.drift !== undefined) continue;
    changes.set(tool.name, hash);
  }
  return changes;
}
