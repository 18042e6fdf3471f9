import type { PinnedServer, PinnedTool, ServerOffer } from '../domain/catalog-record.ts';
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
  tools: readonly PinnedTool[],
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

/** Names of an offer's tools that are not pinned without an admin's word. */
export const blockedTools = async (
  server: string,
  offer: ServerOffer,
  servers: ReadonlyMap<string, PinnedServer>,
): Promise<ReadonlySet<string>> =>
  new Set(
    [...(await flagOffer(server, offeredTools(offer), servers))]
      .filter(([, flags]) => isBlocked(flags))
      .map(([name]) => name),
  );
