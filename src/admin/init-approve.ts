import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';
import { approveTools, type ItemDifference, type ReadOffer } from './approve-tools.ts';

/** What came of starting a tool server and looking at its tools. */
export interface StartedServer {
  readonly server: string;
  /** `known`: it was approved before, and not started. */
  readonly state: 'approved' | 'known' | 'declined' | 'failed';
  /** How many of its tools are approved. */
  readonly tools: number;
  /** Tools that stay out, by name: flagged, or taken out by somebody. */
  readonly heldBack: readonly string[];
  /** Why it failed, without a value. */
  readonly problem?: string;
}

/** Who is told and asked on the way. */
export interface ApprovalFace {
  /** Before a tool server is started. */
  onStart(server: string): void;
  /** Once it has answered. */
  onOffer(server: string, tools: number): void;
  /** When it has not. */
  onFailed(server: string): void;
  /** Whether its definitions are approved as they were shown, with what else people should know. */
  approve(
    server: string,
    differences: readonly ItemDifference[],
    remarks: readonly string[],
  ): Promise<boolean>;
}

/**
 * Starts each tool server nobody has looked at, once, one after the other, and approves its
 * definitions. One that does not start costs no other.
 *
 * @throws BrokerError `ERR_CONFIG` for a lock file that is broken, `ERR_NOT_COMMITTED`; what `face` throws.
 */
export async function approveServers(
  context: AdminContext,
  servers: readonly string[],
  readOffer: ReadOffer,
  face: ApprovalFace,
): Promise<readonly StartedServer[]> {
  const started: StartedServer[] = [];
  for (const server of servers) started.push(await approveServer(context, server, readOffer, face));
  return started;
}

async function approveServer(
  context: AdminContext,
  server: string,
  readOffer: ReadOffer,
  face: ApprovalFace,
): Promise<StartedServer> {
  const before = await standing(context, server);
  if (before !== undefined) return { server, state: 'known', ...before };
  let problem: BrokerError | undefined;
  const wish = { items: [], all: false, allowFlagged: false };
  try {
    const { result } = await approveTools(
      context,
      server,
      wish,
      async (name) => {
        face.onStart(name);
        try {
          const offer = await readOffer(name);
          face.onOffer(name, offer.tools.length);
          return offer;
        } catch (error) {
          face.onFailed(name);
          if (error instanceof BrokerError) problem = error;
          throw error;
        }
      },
      (differences, remarks) => face.approve(server, differences, remarks),
    );
    if (result === 'declined') return { server, state: 'declined', tools: 0, heldBack: [] };
    const after = (await standing(context, server)) ?? { tools: 0, heldBack: [] };
    return { server, state: 'approved', ...after };
  } catch (error) {
    // Only the tool server's own failure: what keeps anything from being recorded ends the command.
    if (problem === undefined || problem !== error) throw error;
    return { server, state: 'failed', tools: 0, heldBack: [], problem: problem.message };
  }
}

/** How many tools of a server are approved and which are not; `undefined` when it was never seen. */
async function standing(
  context: AdminContext,
  server: string,
): Promise<Pick<StartedServer, 'tools' | 'heldBack'> | undefined> {
  const pinned = context.catalog.snapshot().servers.get(server);
  if (pinned === undefined) return undefined;
  const heldBack = pinned.tools.filter(({ quarantine }) => quarantine !== undefined);
  return {
    tools: pinned.tools.length - heldBack.length,
    heldBack: heldBack.map(({ name }) => name),
  };
}
