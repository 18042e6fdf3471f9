import type { PinnedItems } from '../domain/catalog-record.ts';
import type { JsonObject } from '../domain/json.ts';
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
