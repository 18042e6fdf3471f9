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
 * What a running server says differently from its pinned definitions: tool name to live hash, or
 * `null` for a tool marked as drifted that is equal again. Empty when nothing is to be written.
 *
 * A tool the live server lacks is no drift (servers may offer less to some connections), and one it
 * has beyond the pinned ones does not exist for anybody yet.
 */
export function driftOf(
  pinned: PinnedServer,
  offer: ServerOffer,
): ReadonlyMap<string, string | null> {
  const live = new Map(
    offer.tools.map((definition) => [
      stringMember(definition, 'name') ?? '',
      hashDefinition(definition),
    ]),
  );
  const changes = new Map<string, string | null>();
  for (const tool of pinned.tools) {
    const hash = live.get(tool.name);
    if (hash === undefined) continue;
    const drift = hash === tool.hash ? null : hash;
    if (drift !== (tool.drift ?? null)) changes.set(tool.name, drift);
  }
  return changes;
}
