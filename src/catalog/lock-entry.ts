import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type {
  PinnedItem,
  PinnedServer,
  Quarantine,
  ServerIdentity,
} from '../domain/catalog-record.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { byName } from './note-offer.ts';

/** One approved definition in the lock file. */
export interface LockTool {
  readonly name: string;
  /** SHA-256, hex, over the definition's canonical form (RFC 8785). */
  readonly hash: string;
  readonly definition: JsonObject;
}

/** What the lock file says of one tool server. */
export interface LockEntry extends ServerIdentity {
  /** Ordered by name. */
  readonly tools: readonly LockTool[];
  /** Names of `tools` that nobody may call all the same, ordered. */
  readonly quarantined?: readonly string[];
}

/** The lock file's entries by server. */
export type LockEntries = ReadonlyMap<string, LockEntry>;

/** Whether people took a tool out, in whichever way. */
export const isTakenOut = ({ quarantine }: Pick<PinnedItem, 'quarantine'>): boolean =>
  quarantine?.reason === 'by_admin' || quarantine?.reason === 'by_lock';

/**
 * What the lock file should say of a server: what people decided. What a broker noticed (drift, tools
 * that appeared) is local and stays out, or one machine's bad day would be everybody's.
 */
export function toLockEntry(pinned: PinnedServer): LockEntry {
  const { era, revision, askedWith, serverInfo, capabilities } = pinned;
  const decided = pinned.tools.filter(({ quarantine }) => quarantine?.reason !== 'unapproved');
  const quarantined = decided.filter(isTakenOut).map(({ name }) => name);
  return {
    era,
    revision,
    askedWith,
    serverInfo,
    capabilities,
    tools: decided.map(({ name, hash, definition }) => ({ name, hash, definition })).sort(byName),
    ...(quarantined.length === 0 ? {} : { quarantined: quarantined.sort() }),
  };
}

/** The catalog's record of an entry: what a first start takes over from a reviewed file, but for what is `blocked`. */
export function fromLockEntry(
  server: string,
  entry: LockEntry,
  options: { readonly now: number; readonly blocked: ReadonlySet<string> },
): PinnedServer {
  const { tools, quarantined, ...shared } = entry;
  const markOf = (name: string): { readonly quarantine?: Quarantine } => {
    if (options.blocked.has(name)) return { quarantine: { reason: 'unapproved' } };
    return quarantined?.includes(name) === true ? { quarantine: { reason: 'by_lock' } } : {};
  };
  return {
    server,
    ...shared,
    prompts: [],
    templates: [],
    tools: tools.map((tool) => ({ ...tool, ...markOf(tool.name) })),
    pinnedAt: options.now,
  };
}

/** Identifies what an entry says, spelling aside; `absent` when there is none. */
export const hashLockEntry = (entry: LockEntry | undefined): string =>
  entry === undefined
    ? 'absent'
    : createHash('sha256')
        .update(canonicalJson(entry as unknown as Json))
        .digest('hex');

/** What a changed entry does to what is in force. */
export interface LockEffect {
  /** Tools it takes away: gone from it, named under `quarantined`, or approved as something else. */
  readonly narrows: readonly string[];
  /** Tools it would give, which wait for `tools approve`. */
  readonly widens: readonly string[];
}

/** Compares an entry that people changed with what is in force. An entry that is gone takes everything away. */
export function lockEffect(
  entry: LockEntry | undefined,
  pinned: PinnedServer | undefined,
): LockEffect {
  const out = new Set(entry?.quarantined);
  const wanted = new Map(
    entry?.tools.filter(({ name }) => !out.has(name)).map(({ name, hash }) => [name, hash]),
  );
  const narrows: string[] = [];
  const inForce = new Map<string, string>();
  for (const tool of pinned?.tools ?? []) {
    const { name, hash, quarantine } = tool;
    if (quarantine?.reason === 'unapproved' || isTakenOut(tool)) continue;
    inForce.set(name, hash);
    const said = wanted.get(name);
    // A drifted tool is hidden already: a new hash for it is its approval, which waits.
    if (said === undefined || (said !== hash && quarantine === undefined)) narrows.push(name);
  }
  const widens = [...wanted].flatMap(([name, hash]) => (inForce.get(name) === hash ? [] : [name]));
  return { narrows, widens };
}
