import type { ItemFlag } from '../domain/item-flag.ts';
import type { JsonObject } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import { eachText } from './definition-texts.ts';
import { hiddenText } from './hidden-text.ts';

/** What people cannot see in what a server says of itself (`serverInfo`): the first place of it. */
export function flagInfo(serverInfo: JsonObject): ItemFlag | undefined {
  let flag: ItemFlag | undefined;
  eachText(serverInfo, (text) => {
    flag ??= hiddenText(text, text.isMemberName);
  });
  return flag;
}

/** Most of it that is kept, characters as JSON: it goes with results. */
const MAX_INFO = 65_536;

/**
 * What is kept of `serverInfo`: all, or nothing when any text of it hides something or it is too long.
 * It is shown and never compared, so nobody could approve it.
 *
 * Attack: a name or description that carries hidden text past whoever approves the tools.
 */
export const shownInfo = (serverInfo: JsonObject): JsonObject =>
  stringifyJson(serverInfo).length <= MAX_INFO && flagInfo(serverInfo) === undefined
    ? serverInfo
    : {};
