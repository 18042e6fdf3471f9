import { createHash } from 'node:crypto';
import type { PinnedItem, PinnedServer } from '../domain/catalog-record.ts';
import { isServerKey, type ToolRef } from '../domain/tool-ref.ts';

/** Longest name a client sees: prefixes of clients and a ceiling of 64 leave no more. */
export const MAX_EXPOSED_LENGTH = 48;

/** A prompt of a tool server, by the server's own name for it. */
export interface PromptRef {
  readonly server: string;
  readonly prompt: string;
}

/**
 * The name clients see for a tool where several servers share one list: `server__tool`, in
 * `[A-Za-z0-9_-]`. A name that is too long or has other characters is cut, and made unique by eight
 * hex digits of the tool ref's SHA-256, so that it stays the same across restarts and machines.
 */
export const exposedName = ({ server, tool }: ToolRef): string => exposedAs(server, tool);

/** The name clients see for a prompt: made as a tool's is, in a name space of its own. */
export const exposedPromptName = ({ server, prompt }: PromptRef): string =>
  exposedAs(server, prompt);

/** The name clients see for a name of a server, whatever it names. */
export function exposedAs(server: string, name: string): string {
  const plain = `${server}__${name}`;
  if (plain.length <= MAX_EXPOSED_LENGTH && /^[A-Za-z0-9_-]+$/.test(name)) return plain;
  const mark = createHash('sha256').update(`${server}/${name}`).digest('hex').slice(0, 8);
  const kept = plain.slice(0, MAX_EXPOSED_LENGTH - 9).replaceAll(/[^A-Za-z0-9_-]/g, '-');
  return `${kept}_${mark}`;
}

/** Exposed names of what is known, both ways. */
export interface NameTable<Ref> {
  /** What is behind a name. */
  resolve(name: string): Ref | undefined;
  /** Whether its name leads to it and not to another. */
  isUnique(ref: Ref): boolean;
}

/**
 * Builds the table of a catalog's tools. A name that two would share is the one's that was approved
 * first, and the other's is hidden. Attack: a server adds a tool whose plain name is another tool's
 * shortened one, and what nobody approved takes the place of what somebody did, or hides it.
 */
export function nameTable(servers: ReadonlyMap<string, PinnedServer>): NameTable<ToolRef> {
  const owners = ownersOf(servers, ({ tools }) => tools);
  return {
    resolve(name) {
      const owner = owners.get(name);
      return owner && { server: owner.server, tool: owner.name };
    },
    isUnique: (ref) => isOwner(owners.get(exposedName(ref)), ref.server, ref.tool),
  };
}

/** Builds the table of a catalog's prompts, by the same rule. */
export function promptNameTable(servers: ReadonlyMap<string, PinnedServer>): NameTable<PromptRef> {
  const owners = ownersOf(servers, ({ prompts }) => prompts);
  return {
    resolve(name) {
      const owner = owners.get(name);
      return owner && { server: owner.server, prompt: owner.name };
    },
    isUnique: (ref) => isOwner(owners.get(exposedPromptName(ref)), ref.server, ref.prompt),
  };
}

interface Owner {
  readonly server: string;
  readonly name: string;
}

const isOwner = (owner: Owner | undefined, server: string, name: string): boolean =>
  owner?.server === server && owner.name === name;

function ownersOf(
  servers: ReadonlyMap<string, PinnedServer>,
  itemsOf: (server: PinnedServer) => readonly PinnedItem[],
): ReadonlyMap<string, Owner> {
  const owners = new Map<string, Owner>();
  const known = [...servers.values()]
    .sort((a, b) => a.pinnedAt - b.pinnedAt)
    .flatMap((pinned) => itemsOf(pinned).map((item) => ({ server: pinned.server, item })));
  const isNamed = (item: PinnedItem): boolean => item.quarantine?.reason !== 'unapproved';
  // Unapproved ones last: a use of one is refused under its own name, for its own reason.
  for (const { server, item } of [
    ...known.filter(({ item }) => isNamed(item)),
    ...known.filter(({ item }) => !isNamed(item)),
  ]) {
    const name = exposedAs(server, item.name);
    if (!owners.has(name)) owners.set(name, { server, name: item.name });
  }
  return owners;
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
