import { flagInfo } from '../catalog/shown-info.ts';
import { spellHidden } from '../catalog/spell-hidden.ts';
import type { ServerOffer } from '../domain/catalog-record.ts';

/** Most tools that are named one by one. */
const MAX_NAMED = 20;

/**
 * What people should know of an offer that no difference shows, a sentence each: tools that cannot be
 * used, and hidden text in what the server says of itself.
 */
export function offerRemarks({ serverInfo, leftOut = [] }: ServerOffer): readonly string[] {
  const hidden = flagInfo(serverInfo);
  const named = leftOut.slice(0, MAX_NAMED);
  return [
    ...named.map(({ tool, why }) => `tool ${spellHidden(tool)} cannot be used: ${why}`),
    ...(leftOut.length > named.length
      ? [`${leftOut.length - named.length} more tools cannot be used`]
      : []),
    ...(hidden === undefined
      ? []
      : [`what it says of itself is not kept, ${hidden.at} hides text: ${hidden.found}`]),
  ];
}
