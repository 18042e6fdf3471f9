import type { JsonObject } from './json.ts';

/**
 * Every client capability by which a tool server may choose what it lists. Definitions are pinned as a
 * server lists them to a client that has all of these; a live connection is shown fewer and can only
 * take away. Tasks, `experimental` and `extensions` are no part of it: no list depends on them.
 *
 * A connection made with these is for reading lists alone, and each question it brings is refused.
 */
export const ALL_CLIENT_CAPABILITIES: JsonObject = {
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
  sampling: { context: {}, tools: {} },
};
