import { pinOffer } from '../catalog/pin-offer.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { PinnedServer, ServerOffer } from '../domain/catalog-record.ts';
import { BrokerError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { AdminContext } from './admin-context.ts';

/** Starts a tool server for an admin and reads what it offers now. */
export type ReadOffer = (server: string) => Promise<ServerOffer>;

/** How one tool differs between what is pinned and what the server offers now. */
export interface ToolDifference {
  readonly tool: string;
  readonly kind: 'new' | 'gone' | 'changed';
  /** Members of the definition that differ, with both values in canonical form. */
  readonly members: readonly {
    readonly name: string;
    /** `null`: not in that definition. */
    readonly pinned: string | null;
    readonly live: string | null;
  }[];
}

/** What came of a look at a tool server's definitions. */
export interface ApprovedTools {
  readonly differences: readonly ToolDifference[];
  /** `nothing`: what is pinned is what the server offers, and nothing was written. */
  readonly result: 'nothing' | 'declined' | 'pinned';
}

/** One pinned tool, for a list. */
export interface ListedTool {
  readonly server: string;
  readonly tool: string;
  readonly hash: string;
  readonly state: 'pinned' | 'drifted';
}

/** Every pinned tool of the configured servers, by server and name. */
export async function listTools(context: AdminContext): Promise<readonly ListedTool[]> {
  const { servers } = await context.catalog.snapshot();
  return [...context.serverNames].sort().flatMap((server) =>
    (servers.get(server)?.tools ?? []).map(({ name, hash, drift }) => ({
      server,
      tool: name,
      hash,
      state: drift === undefined ? ('pinned' as const) : ('drifted' as const),
    })),
  );
}

/**
 * Shows an admin how a tool server's definitions differ from the pinned ones and, when the admin
 * approves, pins what was shown.
 *
 * Where nothing differs nobody is asked, and only marks of drift that no longer holds are cleared.
 *
 * @returns the differences and what came of it.
 * @throws BrokerError `ERR_NOT_FOUND` for a server that is not configured, `ERR_NOT_COMMITTED`; what
 * starting the server throws.
 */
export async function approveTools(
  context: AdminContext,
  server: string,
  readOffer: ReadOffer,
  approve: (differences: readonly ToolDifference[]) => Promise<boolean>,
): Promise<ApprovedTools> {
  if (!context.serverNames.includes(server)) {
    throw new BrokerError('ERR_NOT_FOUND', `no tool server ${server} in the configuration`, {
      hint: `configured: ${[...context.serverNames].sort().join(', ') || 'none'}`,
    });
  }
  const live = pinOffer(server, await readOffer(server), context.clock.now());
  const { servers } = await context.catalog.snapshot();
  const pinned = servers.get(server);
  const differences = compare(pinned, live);
  if (differences.length === 0) {
    const isMarked = pinned?.tools.some(({ drift }) => drift !== undefined) ?? false;
    if (!isMarked) return { differences, result: 'nothing' };
  } else if (!(await approve(differences))) return { differences, result: 'declined' };
  await context.catalog.replace(live, {
    code: 'TG4003',
    actor: context.actor,
    server,
    revision: live.revision,
    detail: {
      tools: live.tools.map(({ name, hash }) => ({ name, hash })),
      differences: differences.map(({ tool, kind }) => ({ tool, kind })),
    },
  });
  return { differences, result: 'pinned' };
}

function compare(pinned: PinnedServer | undefined, live: PinnedServer): readonly ToolDifference[] {
  const before = new Map(pinned?.tools.map((tool) => [tool.name, tool]));
  const after = new Map(live.tools.map((tool) => [tool.name, tool]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((tool): readonly ToolDifference[] => {
    const old = before.get(tool);
    const now = after.get(tool);
    if (old?.hash === now?.hash) return [];
    const kind = old === undefined ? 'new' : now === undefined ? 'gone' : 'changed';
    return [{ tool, kind, members: compareMembers(old?.definition ?? {}, now?.definition ?? {}) }];
  });
}

function compareMembers(old: JsonObject, now: JsonObject): ToolDifference['members'] {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  const text = (of: JsonObject, name: string) =>
    of[name] === undefined ? null : canonicalJson(of[name]);
  return names
    .map((name) => ({ name, pinned: text(old, name), live: text(now, name) }))
    .filter(({ pinned, live }) => pinned !== live);
}
