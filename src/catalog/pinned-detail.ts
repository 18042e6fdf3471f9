import type { ItemKind, PinnedItems } from '../domain/catalog-record.ts';
import { type JsonObject, member, stringMember } from '../domain/json.ts';
import { ITEM_KINDS, itemsOf } from './items.ts';

const MEMBERS = {
  instructions: 'instructions',
  tool: 'tools',
  prompt: 'prompts',
  template: 'templates',
} as const;

/**
 * What was pinned, for an event's detail: kind by kind, each with name, hash and mark. `tools` is always
 * there, the others when the server has any.
 */
export function pinnedDetail(pinned: PinnedItems): JsonObject {
  const items = itemsOf(pinned);
  const of = ITEM_KINDS.map((kind) => {
    const listed = items
      .filter((each) => each.kind === kind)
      .map(({ item: { name, hash, quarantine } }) =>
        quarantine === undefined ? { name, hash } : { name, hash, quarantine: quarantine.reason },
      );
    return [MEMBERS[kind], listed] as const;
  });
  return Object.fromEntries(of.filter(([at, listed]) => at === 'tools' || listed.length > 0));
}

/** One item of such a detail. */
export interface PinnedName {
  readonly kind: ItemKind;
  readonly name: string;
  readonly hash: string;
  readonly quarantine?: string;
}

/** The items that an event's detail names, as `pinnedDetail` wrote it. */
export const itemNamesIn = (detail: unknown): readonly PinnedName[] =>
  ITEM_KINDS.flatMap((kind) => {
    const listed = member(detail, MEMBERS[kind]);
    return Array.isArray(listed) ? listed.flatMap((each) => readName(kind, each) ?? []) : [];
  });

function readName(kind: ItemKind, value: unknown): PinnedName | undefined {
  const name = stringMember(value, 'name');
  const hash = stringMember(value, 'hash');
  if (name === undefined || hash === undefined) return undefined;
  const quarantine = stringMember(value, 'quarantine');
  return { kind, name, hash, ...(quarantine === undefined ? {} : { quarantine }) };
}
