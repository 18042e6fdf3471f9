import type { PinnedItem, PinnedServer, ServerOffer } from '../domain/catalog-record.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import { hashDefinition } from './definition-hash.ts';
import type { LockEntry } from './lock-entry.ts';

/** Tools kept of one server, approved or not. */
const MAX_TOOLS = 2_000;
/** Definitions kept of one server that nobody approved, UTF-8 bytes in all. */
const MAX_UNAPPROVED_BYTES = 16 * 1024 * 1024;

/** Orders tools by name, as everything of the catalog is. */
export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** An offer's definitions with their hashes, ordered by name. */
export const offeredTools = (offer: ServerOffer): readonly PinnedItem[] =>
  offer.tools
    .map((definition) => ({
      name: stringMember(definition, 'name') ?? '',
      definition,
      hash: hashDefinition(definition),
    }))
    .sort(byName);

/**
 * What is pinned of a tool server at its first use: all of it, but for what is `blocked`, which waits
 * for an admin. Where the lock file has an entry for the server, that is what was approved, and the
 * offer can only take away from it.
 *
 * Attack: somebody writes into the file. A definition would be listed before the server was ever compared
 * with it, so what the running server does not offer is not pinned; and what is blocked would be let in,
 * so it waits whatever the file says.
 */
export function pinOffer(
  server: string,
  offer: ServerOffer,
  options: {
    readonly now: number;
    readonly blocked?: ReadonlySet<string>;
    readonly reviewed?: LockEntry | undefined;
  },
): PinnedServer {
  const { reviewed, blocked } = options;
  const approved = new Map(reviewed?.tools.map((tool) => [tool.name, tool]));
  const tools = offeredTools(offer).map((live): PinnedItem => {
    if (blocked?.has(live.name) === true) return { ...live, quarantine: { reason: 'unapproved' } };
    if (reviewed === undefined) return live;
    const known = approved.get(live.name);
    if (known === undefined) return { ...live, quarantine: { reason: 'unapproved' } };
    if (reviewed.quarantined?.includes(live.name) === true) {
      return { ...known, quarantine: { reason: 'by_lock' } };
    }
    if (known.hash === live.hash) return live;
    return {
      ...known,
      quarantine: { reason: 'drifted', liveHash: live.hash, live: live.definition },
    };
  });
  const { instructions: _, ...self } = offer;
  return { server, ...self, tools, prompts: [], templates: [], pinnedAt: options.now };
}

/** What a running server newly says differently from what is known of it. */
export interface NotedOffer {
  readonly next: PinnedServer;
  /** Approved tools that differ, with their live hashes. */
  readonly drifted: ReadonlyMap<string, string>;
  /** Tools nobody has approved. */
  readonly appeared: readonly string[];
}

/**
 * Compares an offer with what is known. `undefined` when nothing is to be written.
 *
 * A tool that is marked stays as it is marked until an admin has looked, equal again or not, and a tool
 * that nobody approved stays as it was first seen. Attack: a server that changes with each list would
 * move the epoch and fill the log with each turn, so that nobody else's decision holds; each name is
 * good for one change, and of names there are 2,000.
 *
 * A tool the live server lacks is no drift: servers may offer less to some connections.
 */
export function noteOffer(known: PinnedServer, offer: ServerOffer): NotedOffer | undefined {
  const live = new Map(offeredTools(offer).map((tool) => [tool.name, tool]));
  const drifted = new Map<string, string>();
  let bytes = known.tools.reduce((sum, tool) => sum + unapprovedBytes(tool), 0);
  const fits = (definition: JsonObject): boolean => {
    const more = sizeOf(definition);
    if (bytes + more > MAX_UNAPPROVED_BYTES) return false;
    bytes += more;
    return true;
  };
  const tools = known.tools.map((tool): PinnedItem => {
    const now = live.get(tool.name);
    live.delete(tool.name);
    if (now === undefined || now.hash === tool.hash || tool.quarantine !== undefined) return tool;
    drifted.set(tool.name, now.hash);
    return {
      ...tool,
      quarantine: {
        reason: 'drifted',
        liveHash: now.hash,
        ...(fits(now.definition) ? { live: now.definition } : {}),
      },
    };
  });
  const appeared = [...live.values()]
    .slice(0, Math.max(0, MAX_TOOLS - tools.length))
    .filter(({ definition }) => fits(definition));
  if (drifted.size === 0 && appeared.length === 0) return undefined;
  const unapproved = appeared.map(
    (tool): PinnedItem => ({ ...tool, quarantine: { reason: 'unapproved' } }),
  );
  return {
    next: { ...known, tools: [...tools, ...unapproved].sort(byName) },
    drifted,
    appeared: appeared.map(({ name }) => name),
  };
}

const sizeOf = (definition: JsonObject): number => Buffer.byteLength(stringifyJson(definition));

function unapprovedBytes({ definition, quarantine }: PinnedItem): number {
  if (quarantine?.reason === 'unapproved') return sizeOf(definition);
  if (quarantine?.reason === 'drifted' && quarantine.live !== undefined) {
    return sizeOf(quarantine.live);
  }
  return 0;
}
