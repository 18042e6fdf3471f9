import type { PinnedItem, PinnedServer, ServerOffer } from '../domain/catalog-record.ts';
import type { ToolRef } from '../domain/tool-ref.ts';
import { flagTool } from './flag-tool.ts';
import { offeredTools } from './note-offer.ts';
import type { ToolFlag } from './tool-flag.ts';

const TOOLS_A_TURN = 4;

/** Every tool that has its name already: known, and not waiting for its first approval. */
export const namedTools = (servers: ReadonlyMap<string, PinnedServer>): readonly ToolRef[] =>
  [...servers.values()].flatMap(({ server, tools }) =>
    tools
      .filter(({ quarantine }) => quarantine?.reason !== 'unapproved')
      .map(({ name }) => ({ server, tool: name })),
  );

/**
 * The flags of what a server offers, by tool. A name is measured against those that are approved; one
 * that is new against the other new ones as well. So what was approved first keeps its name, and what
 * comes later cannot take it. The event loop turns after every few tools: a hostile list is large.
 */
export async function flagOffer(
  server: string,
  tools: readonly PinnedItem[],
  servers: ReadonlyMap<string, PinnedServer>,
): Promise<ReadonlyMap<string, readonly ToolFlag[]>> {
  const named = namedTools(servers);
  const known = new Set(named.filter((ref) => ref.server === server).map((ref) => ref.tool));
  const added = tools.filter(({ name }) => !known.has(name));
  const all = [...named, ...added.map(({ name }) => ({ server, tool: name }))];
  const flags = new Map<string, readonly ToolFlag[]>();
  for (const [at, { name, definition }] of tools.entries()) {
    if (at % TOOLS_A_TURN === TOOLS_A_TURN - 1) await new Promise((turn) => setImmediate(turn));
    flags.set(name, flagTool(definition, { server, others: known.has(name) ? named : all }));
  }
  return flags;
}

/** Whether a tool waits until an admin says explicitly that its flags are meant. */
export const isBlocked = (flags: readonly ToolFlag[] | undefined): boolean =>
  flags?.some(({ isBlocking }) => isBlocking) ?? false;

/** A name in letters that can be told apart, whatever else is odd about it. */
const LATIN = /^[\p{ASCII}\p{Script=Latin}]*$/u;

/**
 * Names of an offer's tools that are not pinned at first use without an admin's word: text that people
 * cannot see, names that are or look like another's. An odd name in Latin letters is pinned: servers
 * have such names, and clients see a plain one in its place.
 */
export async function blockedTools(
  server: string,
  offer: ServerOffer,
  servers: ReadonlyMap<string, PinnedServer>,
): Promise<ReadonlySet<string>> {
  const blocked = new Set<string>();
  for (const [name, flags] of await flagOffer(server, offeredTools(offer), servers)) {
    const isTold = LATIN.test(name);
    if (isBlocked(flags.filter(({ kind }) => !(isTold && kind === 'name_form')))) blocked.add(name);
  }
  return blocked;
}
