import type { CatalogChange, LockBase } from '../catalog/catalog-store.ts';
import { lookFirst } from '../catalog/flag-offer.ts';
import { itemsOf, mapItems } from '../catalog/items.ts';
import {
  fromLockEntry,
  hashLockEntry,
  type LockEntries,
  type LockEntry,
  lockEffect,
  toLockEntry,
} from '../catalog/lock-entry.ts';
import { formatLock, isWritable, parseLock } from '../catalog/lock-text.ts';
import { pinnedDetail } from '../catalog/pinned-detail.ts';
import type { PinnedItem, PinnedServer } from '../domain/catalog-record.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';

/** What of an admin's context the lock needs. */
export type LockContext = Pick<
  AdminContext,
  'catalog' | 'lock' | 'clock' | 'serverNames' | 'asksFirst'
>;

/** What of one server the file would give and the database does not, as `formatItem` names it. */
export interface WaitingEntry {
  readonly server: string;
  readonly items: readonly string[];
}

/** What came of bringing file and database together. */
export interface LockSync {
  /** What the changed file took away, as `server/` and the item's word. */
  readonly narrowed: readonly string[];
  /** What waits for `tools approve`. */
  readonly waiting: readonly WaitingEntry[];
  /** Servers whose entries were written. */
  readonly written: readonly string[];
  /** Why the file could not be written, in a sentence; what is in force stays in force. */
  readonly notWritten?: string;
}

/**
 * The entries of the lock file; none when there is no file.
 *
 * @throws BrokerError `ERR_CONFIG` with file, line and column.
 */
export async function readLock(context: {
  readonly lock: Pick<AdminContext['lock'], 'path' | 'read'>;
}): Promise<LockEntries> {
  return entriesOf(context.lock.path, await context.lock.read()) ?? new Map();
}

function entriesOf(path: string, text: string | undefined): LockEntries | undefined {
  if (text === undefined) return undefined;
  const parsed = parseLock(text);
  if (parsed.ok) return parsed.entries;
  throw new BrokerError('ERR_CONFIG', `${path}:${parsed.problem}`, {
    hint: 'restore it, or move it away to have it written anew; what is in force stays in force',
  });
}

/** What an admin has decided of one server: committed while nobody else touches the file. */
export interface LockDecision {
  readonly server: string;
  readonly commit: () => Promise<void>;
}

/**
 * Brings the lock file and the database together, server by server. Brokers obey the database. What
 * people changed in the file narrows at once, what it would widen waits; what the database has newly
 * is written. The first time, on a database that has pinned nothing, the whole file is taken over, as
 * grants are.
 *
 * @param decision committed first; then the server's entry is written whatever the file says of it.
 * @throws BrokerError `ERR_CONFIG` when the file is broken; nothing was changed then.
 * `ERR_NOT_COMMITTED`; what `commit` throws.
 */
export function syncLock(context: LockContext, decision?: LockDecision): Promise<LockSync> {
  return context.lock.update(async (text, write) => {
    const file = entriesOf(context.lock.path, text);
    if (file !== undefined) await takeOver(context, file);
    await decision?.commit();
    const { servers, lockBases } = context.catalog.snapshot();
    const entries = new Map(file);
    const narrowed: string[] = [];
    const waiting: WaitingEntry[] = [];
    const written: string[] = [];
    const unwritable: string[] = [];
    const bases: (readonly [server: string, base: LockBase])[] = [];

    for (const server of new Set([...servers.keys(), ...entries.keys()])) {
      const said = file?.get(server);
      const base = lockBases.get(server);
      let pinned = servers.get(server);
      let ours = pinned === undefined ? undefined : toLockEntry(pinned);
      const isPeoples =
        file !== undefined &&
        decision?.server !== server &&
        hashLockEntry(said) !== (base?.file ?? 'absent') &&
        hashLockEntry(said) !== hashLockEntry(ours);
      if (isPeoples) {
        const { narrows, widens } = lockEffect(said, pinned);
        if (narrows.length > 0) {
          await context.catalog.change(server, (now) => narrow(now, said));
          narrowed.push(...narrows.map((word) => `${server}/${word}`));
          pinned = context.catalog.snapshot().servers.get(server);
          ours = pinned === undefined ? undefined : toLockEntry(pinned);
        }
        // A server nobody has used yet is compared with the file at its first use.
        const isWaiting = pinned !== undefined || context.asksFirst.includes(server);
        if (widens.length > 0 && isWaiting) waiting.push({ server, items: widens });
        if (widens.length === 0 && ours !== undefined) {
          bases.push([server, { file: hashLockEntry(said), entry: hashLockEntry(ours) }]);
        }
        continue;
      }
      if (ours === undefined) continue;
      const entry = hashLockEntry(ours);
      const isNews = file === undefined || decision?.server === server || base?.entry !== entry;
      if (!isNews) continue;
      if (hashLockEntry(said) !== entry) {
        if (!isWritable(server, ours)) {
          unwritable.push(server);
          continue;
        }
        entries.set(server, ours);
        written.push(server);
      }
      if (base?.file !== entry || base.entry !== entry)
        bases.push([server, { file: entry, entry }]);
    }

    // Remembered at once. Attack: whoever writes the file later, while nothing is approved, is taken at
    // their word.
    const [any] = context.serverNames;
    if (lockBases.size === 0 && bases.length === 0 && any !== undefined) {
      bases.push([any, { file: 'absent', entry: 'absent' }]);
    }
    let notWritten: string | undefined;
    if (unwritable.length > 0) {
      notWritten = `${context.lock.path} cannot hold the definitions of ${unwritable.join(', ')}`;
    }
    let failed = false;
    if (written.length > 0) {
      try {
        await write(formatLock(entries));
      } catch (error) {
        // The database decides; the file follows when it can be written.
        if (!(error instanceof BrokerError)) throw error;
        notWritten = error.message;
        failed = true;
      }
    }
    for (const [server, base] of bases) {
      if (failed && written.includes(server)) continue;
      await context.catalog.setLockBase(server, base);
    }
    return {
      narrowed,
      waiting,
      written: failed ? [] : written,
      ...(notWritten === undefined ? {} : { notWritten }),
    };
  });
}

/**
 * Takes a reviewed file over on a database that has pinned nothing and never saw a lock file. Nothing is
 * started; what is live is compared with it at its first use. What is blocked waits: who reviewed the
 * file did not see what people cannot see.
 */
async function takeOver(context: LockContext, file: LockEntries): Promise<void> {
  const { servers, lockBases } = context.catalog.snapshot();
  if (servers.size > 0 || lockBases.size > 0) return;
  for (const [server, entry] of file) {
    if (!context.serverNames.includes(server)) continue;
    const named = context.catalog.snapshot().servers;
    const first = await lookFirst(server, itemsOf<PinnedItem>(entry), named);
    await context.catalog.change(server, (known) => {
      if (known !== undefined) return undefined;
      const next = fromLockEntry(server, entry, { now: context.clock.now(), first });
      const detail = { ...pinnedDetail(next), from: 'mcp.lock.json' };
      return { next, event: { code: 'TG4001', server, detail } };
    });
  }
}

/** Decided again on what is true inside the transaction. */
function narrow(
  now: PinnedServer | undefined,
  said: LockEntry | undefined,
): CatalogChange | undefined {
  const words = new Set(lockEffect(said, now).narrows);
  if (now === undefined || words.size === 0) return undefined;
  const marked = mapItems(now, (item, word) =>
    words.has(word) ? { ...item, quarantine: { reason: 'by_lock' } } : item,
  );
  return {
    next: { ...now, ...marked },
    event: { code: 'TG4005', server: now.server, detail: { tools: [...words] } },
  };
}
