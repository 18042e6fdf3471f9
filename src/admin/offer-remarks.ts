import { flagInfo } from '../catalog/shown-info.ts';
import { spellHidden } from '../catalog/spell-hidden.ts';
import type { PinnedServer, ServerOffer } from '../domain/catalog-record.ts';

/** Most tools that are named one by one. */
const MAX_NAMED = 20;

/**
 * What people should know of an offer that no difference shows, a sentence each: tools that cannot be
 * used, hidden text in what the server says of itself, resources it did not have before.
 */
export function offerRemarks(
  offer: ServerOffer,
  known: PinnedServer | undefined,
): readonly string[] {
  const { serverInfo, leftOut = [] } = offer;
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
    ...(gainsResources(offer, known)
      ? ['it has resources now, which it had not: rules on `resource:` reach them once approved']
      : []),
  ];
}

/** Whether a known server has resources that it had not when it was last approved as a whole. */
export const gainsResources = (offer: ServerOffer, known: PinnedServer | undefined): boolean =>
  known !== undefined &&
  Object.hasOwn(offer.capabilities, 'resources') &&
  !Object.hasOwn(known.capabilities, 'resources');
