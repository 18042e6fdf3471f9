import { createHash } from 'node:crypto';
import type { PinnedServer } from '../domain/catalog-record.ts';
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

/** Exposed names of pinned tools, both ways. */
export interface NameTable {
  /** The tool behind a name; names that two tools would share lead nowhere. */
  resolve(name: string): ToolRef | undefined;
  /** Whether a tool's name is its own. */
  isUnique(ref: ToolRef): boolean;
}

/** Builds the table for a catalog. */
export function nameTable(servers: ReadonlyMap<string, PinnedServer>): NameTable {
  const byName = new Map<string, ToolRef | 'shared'>();
  for (const { server, tools } of servers.values()) {
    for (const { name: tool } of tools) {
      const name = exposedName({ server, tool });
      byName.set(name, byName.has(name) ? 'shared' : { server, tool });
    }
  }
  return {
    resolve(name) {
      const found = byName.get(name);
      return found === 'shared' ? undefined : found;
    },
    isUnique: (ref) => byName.get(exposedName(ref)) !== 'shared',
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
