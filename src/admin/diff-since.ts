import { compareDefinitions } from '../catalog/compare-definitions.ts';
import { hashDefinition } from '../catalog/definition-hash.ts';
import { byKind, formatItem, itemsOf, parseItem } from '../catalog/items.ts';
import { itemNamesIn } from '../catalog/pinned-detail.ts';
import type { ItemDifference } from '../catalog/plan-approval.ts';
import type { PinnedServer } from '../domain/catalog-record.ts';
import type { AuditEvent } from '../domain/event.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { AdminContext } from './admin-context.ts';
import { assertConfigured } from './approve-tools.ts';
import type { ServerDifferences } from './list-tools.ts';

/**
 * How what is approved now differs from what was approved at an instant, by the log: which hashes were
 * approved then, and the definitions that were kept under them. Nothing is started. A definition that
 * does not hash to what the log says is not shown.
 *
 * @param since epoch microseconds.
 * @throws BrokerError `ERR_NOT_FOUND` for a server that is not configured.
 */
export async function diffSince(
  context: AdminContext,
  since: number,
  only?: string,
): Promise<readonly ServerDifferences[]> {
  if (only !== undefined) assertConfigured(context, only);
  const { servers } = context.catalog.snapshot();
  const names = only === undefined ? [...context.serverNames].sort() : [only];
  const found: ServerDifferences[] = [];
  for (const server of names) {
    const then = await approvedAt(context, server, since);
    const now = approvedNow(servers.get(server));
    const changed = [...new Set([...then.keys(), ...now.keys()])].filter(
      (word) => then.get(word) !== now.get(word)?.hash,
    );
    const hashes = changed.flatMap((word) => then.get(word) ?? []);
    const kept = await context.catalog.definitions(hashes);
    const remarks: string[] = [];
    const differences = changed
      .sort((a, b) => byKind(parseItem(a), parseItem(b)))
      .map((item): ItemDifference => {
        const hash = then.get(item);
        const old = hash === undefined ? undefined : sound(kept.get(hash), hash);
        const current = now.get(item);
        if (hash !== undefined && old === undefined) {
          remarks.push(`${item}: the definition approved then was not kept`);
        }
        const isComparable = hash === undefined || old !== undefined;
        return {
          item,
          kind: hash === undefined ? 'new' : current === undefined ? 'gone' : 'changed',
          members: isComparable ? compareDefinitions(old, current?.definition) : [],
          flags: current?.flags ?? [],
        };
      });
    found.push({ server, differences, waiting: [], remarks });
  }
  return found;
}

const sound = (definition: JsonObject | undefined, hash: string): JsonObject | undefined =>
  definition !== undefined && hashDefinition(definition) === hash ? definition : undefined;

/** What is approved, held back meanwhile or not: what nobody approved is not. */
const approvedNow = (pinned: PinnedServer | undefined) =>
  new Map(
    (pinned === undefined ? [] : itemsOf(pinned))
      .filter(({ item }) => item.quarantine?.reason !== 'unapproved')
      .map(({ word, item }) => [word, item]),
  );

/** The hash of every item that was approved before an instant. */
async function approvedAt(
  { events }: AdminContext,
  server: string,
  until: number,
): Promise<ReadonlyMap<string, string>> {
  const pinned = await events.query({ code: 'TG4001', server, until });
  const approved = await events.query({ code: 'TG4003', server, until });
  const hashes = new Map<string, string>();
  for (const { code, detail } of [...pinned, ...approved].sort(bySeq)) {
    if (code === 'TG4001') hashes.clear();
    for (const { kind, name, hash, quarantine } of itemNamesIn(detail)) {
      if (quarantine !== 'unapproved') hashes.set(formatItem({ kind, name }), hash);
    }
    for (const word of goneIn(detail)) hashes.delete(word);
  }
  return hashes;
}

const bySeq = (a: AuditEvent, b: AuditEvent): number => a.seq - b.seq;

/** Items whose disappearance was approved. */
function goneIn(detail: AuditEvent['detail']): readonly string[] {
  const differences = member(detail, 'differences');
  if (!Array.isArray(differences)) return [];
  return differences.flatMap((each) =>
    isJsonObject(each) && member(each, 'kind') === 'gone' ? (stringMember(each, 'tool') ?? []) : [],
  );
}
