import { changeOf } from '../catalog/note-offer.ts';
import { flagInfo } from '../catalog/shown-info.ts';
import { spellHidden } from '../catalog/spell-hidden.ts';
import { suggestLabels } from '../catalog/suggest-labels.ts';
import type { PinnedServer, ServerOffer } from '../domain/catalog-record.ts';
import { stringMember } from '../domain/json.ts';
import type { ServerOrigin } from '../domain/server-origin.ts';
import type { AdminContext } from './admin-context.ts';

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
    ...changeRemarks(offer, known),
    ...(gainsResources(offer, known)
      ? ['it has resources now, which it had not: rules on `resource:` reach them once approved']
      : []),
  ];
}

/** That the server itself is another one, with what it was approved as. */
function changeRemarks(offer: ServerOffer, known: PinnedServer | undefined): readonly string[] {
  const changed = known === undefined ? undefined : (known.changed ?? changeOf(known, offer));
  if (known === undefined || changed === undefined) return [];
  const name = stringMember(known.serverInfo, 'name');
  return [
    ...(changed.origin === undefined
      ? []
      : [
          `it is started from ${originWords(changed.origin)}, and was approved from ${originWords(known.origin ?? {})}`,
        ]),
    ...(changed.name === undefined
      ? []
      : [
          `it calls itself ${spellHidden(changed.name, { maxChars: 80 })}, and was approved as ${spellHidden(name ?? 'nobody', { maxChars: 80 })}`,
        ]),
  ];
}

/** What a server is started from, in words. */
export const originWords = ({ package: from, entry, address }: ServerOrigin): string =>
  [
    ...(from === undefined ? [] : [spellHidden(from)]),
    ...(entry === undefined ? [] : [`a file with the hash ${entry.slice(0, 16)}`]),
    ...(address === undefined ? [] : [spellHidden(address)]),
  ].join(', ') || 'what cannot be told';

/** Whether a known server has resources that it had not when it was last approved as a whole. */
export const gainsResources = (offer: ServerOffer, known: PinnedServer | undefined): boolean =>
  known !== undefined &&
  Object.hasOwn(offer.capabilities, 'resources') &&
  !Object.hasOwn(known.capabilities, 'resources');

/**
 * Labels that could be written for tools that have none, as a line of the configuration. Only said: what a
 * tool server calls its tools decides nothing.
 */
export function labelRemarks(
  context: Pick<AdminContext, 'labelsOf'>,
  server: string,
  { tools }: ServerOffer,
): readonly string[] {
  const suggested = tools.flatMap((tool) => {
    const name = stringMember(tool, 'name') ?? '';
    const labels = suggestLabels(tool);
    const isOpen = /^[\w.-]{1,64}$/.test(name) && context.labelsOf(server, name).length === 0;
    return isOpen && labels.length > 0 ? [[name, labels] as const] : [];
  });
  if (suggested.length === 0) return [];
  const line = JSON.stringify(Object.fromEntries(suggested.slice(0, MAX_NAMED)));
  return [`by their names, its tools could have these \`labels\` in the configuration: ${line}`];
}
