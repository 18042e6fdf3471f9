import { type JsonObject, stringMember } from '../domain/json.ts';
import type { Answering } from './answering.ts';

/**
 * What clients are told of who a tool server is: what it said when it was approved. The broker's own
 * identity stands for one that nothing was kept of, because it hid text.
 *
 * Attack: a server whose tools were approved says something else of itself later, in the text that is
 * added to each result behind everything that looks at results.
 *
 * @throws BrokerError when the catalog cannot be read.
 */
export function approvedInfo(
  server: string,
  { catalog, scrub, serverInfo }: Pick<Answering, 'catalog' | 'scrub' | 'serverInfo'>,
): JsonObject {
  const approved = catalog.view().pinned.get(server)?.serverInfo;
  const isEnough = stringMember(approved, 'name') !== undefined;
  return scrub(isEnough && approved !== undefined ? approved : serverInfo);
}
