import { isTakenOut } from '../catalog/lock-entry.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';
import { assertConfigured, assertKnown } from './approve-tools.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { type LockSync, syncLock } from './sync-lock.ts';

/** Tools that are out, and how far the word has reached. */
export interface QuarantinedTools {
  /** Those taken out now; the others were out before. */
  readonly tools: readonly string[];
  readonly drain: DrainReport;
  readonly lock?: LockSync;
  /** Why the lock file does not say so; they are out all the same. */
  readonly lockFailure?: string;
}

/**
 * Takes tools of a server out at once, until `tools approve` names them, and asks live brokers to
 * drain.
 *
 * @param tools none: every approved one.
 * @throws BrokerError `ERR_NOT_FOUND`, `ERR_NOT_COMMITTED`, `ERR_UNREACHABLE`.
 */
export async function quarantineTools(
  context: AdminContext,
  server: string,
  tools: readonly string[],
): Promise<QuarantinedTools> {
  assertConfigured(context, server);
  const known = (await context.catalog.snapshot()).servers.get(server);
  if (known === undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `${server} was never used: it has no tools yet`, {
      hint: `write "toolgrant": { "trust": "ask" } in its entry, and it is not started unapproved`,
    });
  }
  assertKnown(server, tools, known.tools);
  let out: readonly string[] = [];
  await context.catalog.change(server, (now) => {
    if (now === undefined) return undefined;
    const isMeant = (name: string): boolean => tools.length === 0 || tools.includes(name);
    out = now.tools
      .filter((tool) => isMeant(tool.name) && !isTakenOut(tool))
      .filter(({ quarantine }) => quarantine?.reason !== 'unapproved')
      .map(({ name }) => name);
    if (out.length === 0) return undefined;
    const next = now.tools.map((tool) =>
      out.includes(tool.name) ? { ...tool, quarantine: { reason: 'by_admin' as const } } : tool,
    );
    return {
      next: { ...now, tools: next },
      event: { code: 'TG4006', actor: context.actor, server, detail: { tools: out } },
    };
  });
  const drain = await drainBrokers(context);
  try {
    return { tools: out, drain, lock: await syncLock(context) };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { tools: out, drain, lockFailure: error.message };
  }
}
