import { itemsOf, mapItems } from '../catalog/items.ts';
import { isTakenOut } from '../catalog/lock-entry.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';
import { assertConfigured, assertKnown, itemWord } from './approve-tools.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { type LockSync, syncLock } from './sync-lock.ts';

/** What is out, and how far the word has reached. */
export interface QuarantinedTools {
  /** Those taken out now; the others were out before. */
  readonly items: readonly string[];
  readonly drain: DrainReport;
  readonly lock?: LockSync;
  /** Why the lock file does not say so; they are out all the same. */
  readonly lockFailure?: string;
}

/**
 * Takes items of a server out at once, until `tools approve` names them, and asks live brokers to
 * drain.
 *
 * @param typed as `formatItem` names them; none: every approved one.
 * @throws BrokerError `ERR_NOT_FOUND`, `ERR_NOT_COMMITTED`, `ERR_UNREACHABLE`.
 */
export async function quarantineTools(
  context: AdminContext,
  server: string,
  typed: readonly string[],
): Promise<QuarantinedTools> {
  assertConfigured(context, server);
  const known = context.catalog.snapshot().servers.get(server);
  if (known === undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `${server} was never used: it has no tools yet`, {
      hint: `write "toolgrant": { "trust": "ask" } in its entry, and it is not started unapproved`,
    });
  }
  const wanted = typed.map(itemWord);
  assertKnown(server, wanted, itemsOf(known));
  const items = itemsOf(known).filter(({ kind }) => kind !== 'instructions');
  if (wanted.length === 0 && items.length === 0 && Object.hasOwn(known.capabilities, 'resources')) {
    throw new BrokerError('ERR_NOT_FOUND', `${server} has resources alone, which are not pinned`, {
      hint: `write \`deny: resource:${server}/**\` into a grant; nothing changed`,
    });
  }
  let out: readonly string[] = [];
  await context.catalog.change(server, (now) => {
    if (now === undefined) return undefined;
    const isMeant = (word: string): boolean => wanted.length === 0 || wanted.includes(word);
    out = itemsOf(now)
      .filter(({ word, item }) => isMeant(word) && !isTakenOut(item))
      .filter(({ item }) => item.quarantine?.reason !== 'unapproved')
      .map(({ word }) => word);
    if (out.length === 0) return undefined;
    const marked = mapItems(now, (item, word) =>
      out.includes(word) ? { ...item, quarantine: { reason: 'by_admin' } } : item,
    );
    return {
      next: { ...now, ...marked },
      event: { code: 'TG4006', actor: context.actor, server, detail: { tools: out } },
    };
  });
  const drain = await drainBrokers(context);
  try {
    return { items: out, drain, lock: await syncLock(context) };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { items: out, drain, lockFailure: error.message };
  }
}
