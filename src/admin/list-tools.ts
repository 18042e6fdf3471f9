import { compareDefinitions } from '../catalog/compare-definitions.ts';
import { exposedName } from '../catalog/exposed-name.ts';
import { flagOffer } from '../catalog/flag-offer.ts';
import { lockEffect } from '../catalog/lock-entry.ts';
import { offeredTools } from '../catalog/note-offer.ts';
import { planApproval, type ToolDifference } from '../catalog/plan-approval.ts';
import type { ToolFlag } from '../catalog/tool-flag.ts';
import type { PinnedItem, PinnedServer, Quarantine } from '../domain/catalog-record.ts';
import type { AdminContext } from './admin-context.ts';
import { assertConfigured, configured, type ReadOffer } from './approve-tools.ts';
import { readLock, type WaitingEntry } from './sync-lock.ts';

/** One known tool, for a list. */
export interface ListedTool {
  readonly server: string;
  readonly tool: string;
  /** What clients see on `/mcp` and stdio. */
  readonly name: string;
  readonly state: 'approved' | 'drifted' | 'unapproved' | 'quarantined';
  /** Why it is not callable, for people; absent when it is. */
  readonly why?: string;
  readonly flags: readonly ToolFlag[];
  readonly hash: string;
}

const STATES: Readonly<Record<Quarantine['reason'], ListedTool['state']>> = {
  drifted: 'drifted',
  unapproved: 'unapproved',
  by_admin: 'quarantined',
  by_lock: 'quarantined',
};

const WHY: Readonly<Record<Quarantine['reason'], string>> = {
  drifted: 'the running server defines it differently',
  unapproved: 'nobody approved it',
  by_admin: 'an admin took it out',
  by_lock: 'mcp.lock.json took it out',
};

/** Every known tool of the configured servers, by server and name. */
export async function listTools(
  context: AdminContext,
  only?: string,
): Promise<readonly ListedTool[]> {
  const known = await knownServers(context, only);
  const listed: ListedTool[] = [];
  for (const { pinned, all } of known) {
    const flags = await flagOffer(pinned.server, pinned.tools, all);
    const of = pinned.tools.map((tool): ListedTool => {
      const { name, hash, quarantine } = tool;
      return {
        server: pinned.server,
        tool: name,
        name: exposedName({ server: pinned.server, tool: name }),
        state: quarantine === undefined ? 'approved' : STATES[quarantine.reason],
        ...(quarantine === undefined ? {} : { why: WHY[quarantine.reason] }),
        flags: flags.get(name) ?? [],
        hash,
      };
    });
    listed.push(...of);
  }
  return listed;
}

/** What differs of one server. */
export interface ServerDifferences {
  readonly server: string;
  readonly differences: readonly ToolDifference[];
  /** Tools the lock file would give. */
  readonly waiting: readonly string[];
}

/**
 * What `tools approve` would be asked about, from what is known: nothing is started, unless `readOffer`
 * is given.
 *
 * @throws BrokerError `ERR_NOT_FOUND`, `ERR_CONFIG` for a lock file that is broken.
 */
export async function diffTools(
  context: AdminContext,
  only?: string,
  readOffer?: ReadOffer,
): Promise<readonly ServerDifferences[]> {
  const lock = await readLock(context);
  const { servers } = await context.catalog.snapshot();
  if (only !== undefined) assertConfigured(context, only);
  const names = only === undefined ? [...context.serverNames].sort() : [only];
  const found: ServerDifferences[] = [];
  for (const server of names) {
    const pinned = servers.get(server);
    const all = configured(context, servers);
    const said = lock.get(server);
    const isWaiting = pinned !== undefined || context.asksFirst.includes(server);
    const waiting: WaitingEntry['tools'] = isWaiting ? lockEffect(said, pinned).widens : [];
    let differences: readonly ToolDifference[];
    if (readOffer !== undefined) {
      const offered = offeredTools(await readOffer(server));
      const flags = await flagOffer(server, offered, all);
      const wish = { tools: [], all: false, allowFlagged: false };
      differences = planApproval(pinned, offered, flags, said, wish).differences;
    } else {
      differences = pinned === undefined ? [] : await storedDifferences(pinned, all);
    }
    found.push({ server, differences, waiting });
  }
  return found.filter(({ differences, waiting }) => differences.length + waiting.length > 0);
}

async function storedDifferences(
  pinned: PinnedServer,
  all: ReadonlyMap<string, PinnedServer>,
): Promise<readonly ToolDifference[]> {
  const flags = await flagOffer(pinned.server, pinned.tools, all);
  return pinned.tools.flatMap((tool): readonly ToolDifference[] => {
    const { name, quarantine } = tool;
    if (quarantine === undefined) return [];
    return [{ tool: name, ...compared(tool, quarantine), flags: flags.get(name) ?? [] }];
  });
}

function compared(
  { definition }: PinnedItem,
  quarantine: Quarantine,
): Pick<ToolDifference, 'kind' | 'members' | 'held'> {
  switch (quarantine.reason) {
    case 'drifted':
      return {
        kind: 'changed',
        members:
          quarantine.live === undefined ? [] : compareDefinitions(definition, quarantine.live),
      };
    case 'unapproved':
      return { kind: 'new', members: compareDefinitions(undefined, definition) };
    case 'by_admin':
    case 'by_lock':
      return { kind: 'same', members: [], held: 'quarantined' };
  }
}

async function knownServers(context: AdminContext, only: string | undefined) {
  if (only !== undefined) assertConfigured(context, only);
  const all = configured(context, (await context.catalog.snapshot()).servers);
  const names = [...all.keys()].sort().filter((name) => only === undefined || name === only);
  return names.flatMap((name) => {
    const pinned = all.get(name);
    return pinned === undefined ? [] : [{ pinned, all }];
  });
}
