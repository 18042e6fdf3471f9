import { approveTools } from '../../src/admin/approve-tools.ts';
import { quarantineTools } from '../../src/admin/quarantine-tools.ts';
import { readLock, syncLock } from '../../src/admin/sync-lock.ts';
import type { LockEntry } from '../../src/catalog/lock-entry.ts';
import { formatLock } from '../../src/catalog/lock-text.ts';
import { errorCode } from '../../src/domain/errors.ts';
import { definitionOf } from './memory-servers.ts';
import { hashOf, type Model } from './model.ts';
import type { EditLock, Operation } from './operations.ts';
import { same } from './same.ts';
import type { World } from './world.ts';

/** `tools approve`, of what the server offers just now. */
export async function approve(
  { admin, servers }: World,
  model: Model,
  { server, tools, all }: Operation & { op: 'approve tools' },
): Promise<void> {
  const offered = servers.offered(server);
  const isKnown = (tool: string) =>
    offered.has(tool) || model.pinned.get(server)?.has(tool) === true;
  const failure = await approveTools(
    admin,
    server,
    { items: tools, all, allowFlagged: true },
    async () => servers.read(server),
    async () => true,
  ).then(() => undefined, errorCode);
  same(failure, tools.every(isKnown) ? undefined : 'ERR_NOT_FOUND', 'approve');
  if (failure === undefined) model.approve(server, offered, { tools, all });
}

/** `tools quarantine`. Answers whether brokers were asked to drain. */
export async function quarantine(
  { admin }: World,
  model: Model,
  { server, tools }: Operation & { op: 'quarantine tools' },
): Promise<boolean> {
  const known = model.pinned.get(server);
  const isKnown = known !== undefined && tools.every((tool) => known.has(tool));
  const failure = await quarantineTools(admin, server, tools).then(() => undefined, errorCode);
  same(failure, isKnown ? undefined : 'ERR_NOT_FOUND', 'quarantine');
  if (isKnown) model.takeOut(server, tools, 'by_admin');
  return isKnown;
}

/**
 * An edit of the lock file while brokers follow it: what it takes away is out at once, what it gives
 * waits. A planted approval is taken out of the file again, as an attacker would. Answers whether
 * brokers were asked to drain.
 */
export async function editLock(
  { admin, brokers }: World,
  model: Model,
  { server, tool, edit, version }: EditLock,
): Promise<boolean> {
  // What was pinned since is in the file first, as brokers see to.
  await syncLock(admin);
  const before = await readLock(admin);
  const entry = before.get(server);
  if (entry === undefined) return false;
  const write = (changed: LockEntry | undefined) =>
    admin.lock.update(async (_, put) => {
      const entries = new Map(before);
      if (changed === undefined) entries.delete(server);
      else entries.set(server, changed);
      await put(formatLock(entries));
    });
  await write(edited[edit](entry, tool, version));
  const { narrowed } = await syncLock(admin);
  if (edit === 'plant an approval') {
    const { version: approved, mark } = model.pinned.get(server)?.get(tool) ?? {};
    if (mark === undefined && approved !== version) model.takeOut(server, [tool], 'by_lock');
    await write(entry);
    await syncLock(admin);
  } else model.takeOut(server, edit === 'remove the entry' ? [] : [tool], 'by_lock');
  if (narrowed.length === 0) return false;
  for (const broker of brokers) await broker.drain();
  return true;
}

type Edit = (entry: LockEntry, tool: string, version: number) => LockEntry | undefined;

const edited: Record<EditLock['edit'], Edit> = {
  'remove the entry': () => undefined,
  'remove the tool': (entry, tool) => without(entry, tool),
  'quarantine the tool': (entry, tool) =>
    entry.tools.some(({ name }) => name === tool)
      ? { ...entry, quarantined: [...new Set([...(entry.quarantined ?? []), tool])].sort() }
      : entry,
  'plant an approval'(entry, tool, version) {
    const server = String(entry.serverInfo.name);
    const definition = definitionOf(server, tool, version);
    const planted = { name: tool, hash: hashOf(server, tool, version), definition };
    const rest = without(entry, tool);
    return { ...rest, tools: [...rest.tools, planted].sort((a, b) => (a.name < b.name ? -1 : 1)) };
  },
};

function without({ tools, quarantined, ...rest }: LockEntry, tool: string): LockEntry {
  const left = quarantined?.filter((name) => name !== tool) ?? [];
  return {
    ...rest,
    tools: tools.filter(({ name }) => name !== tool),
    ...(left.length === 0 ? {} : { quarantined: left }),
  };
}
