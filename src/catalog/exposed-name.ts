import { createHash } from 'node:crypto';
import type { PinnedServer, PinnedTool } from '../domain/catalog-record.ts';
import { isServerKey, type ToolRef } from '../domain/tool-ref.ts';

/** Longest name a client sees: prefixes of clients and a ceiling of 64 leave no more. */
export const MAX_EXPOSED_LENGTH = 48;

/**
 * The name clients see for a tool where several servers share one list: `server__tool`, in
 * `[A-Za-z0-9_-]`. A name that is too long or has other characters is cut, and made unique by eight
 * hex digits of the tool ref's SHA-256, so that it stays the same across restarts and machines.
 */
export function exposedName(ref: ToolRef): string {
  const plain = `${ref.server}__${ref.tool}`;
  if (plain.length <= MAX_EXPOSED_LENGTH && /^[A-Za-z0-9_-]+$/.test(ref.tool)) return plain;
  const mark = createHash('sha256').update(`${ref.server}/${ref.tool}`).digest('hex').slice(0, 8);
  const kept = plain.slice(0, MAX_EXPOSED_LENGTH - 9).replaceAll(/[^A-Za-z0-9_-]/g, '-');
  return `${kept}_${mark}`;
}

/** Exposed names of known tools, both ways. */
export interface NameTable {
  /** The tool behind a name. */
  resolve(name: string): ToolRef | undefined;
  /** Whether a tool's name leads to it and not to another. */
  isUnique(ref: ToolRef): boolean;
}

/**
 * Builds the table for a catalog. A name that two tools would share is the one's that was approved
 * first, and the other's is hidden. Attack: a server adds a tool whose plain name is another tool's
 * shortened one, and what nobody approved takes the place of what somebody did, or hides it.
 */
export function nameTable(servers: ReadonlyMap<string, PinnedServer>): NameTable {
  const byName = new Map<string, ToolRef>();
  const known = [...servers.values()]
    .sort((a, b) => a.pinnedAt - b.pinnedAt)
    .flatMap(({ server, tools }) => tools.map((tool) => ({ server, tool })));
  const isNamed = (tool: PinnedTool): boolean => tool.quarantine?.reason !== 'unapproved';
  // Unapproved tools last: a call of one is refused under its own name, for its own reason.
  for (const { server, tool } of [
    ...known.filter(({ tool }) => isNamed(tool)),
    ...known.filter(({ tool }) => !isNamed(tool)),
  ]) {
    const ref = { server, tool: tool.name };
    const name = exposedName(ref);
    if (!byName.has(name)) byName.set(name, ref);
  }
  return {
    resolve: (name) => byName.get(name),
    isUnique(ref) {
      const found = byName.get(exposedName(ref));
      return found?.server === ref.server && found.tool === ref.tool;
    },
  };
}

/**
 * Reads `server__tool` for a server without pinned definitions. A server key holds no `__` and ends
 * in no `_`, so the first `__` is the one that separates.
 */
export function splitExposedName(name: string): ToolRef | undefined {
  const at = name.indexOf('__');
  if (at <= 0 || at + 2 >= name.length) return undefined;
  const server = name.slice(0, at);
  return isServerKey(server) ? { server, tool: name.slice(at + 2) } : undefined;
}
