import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../src/domain/json.ts';
import { recordedLists } from './corpora.ts';

/** Two consecutive releases of an official server, and what differs between them. */
export interface ReleasePair {
  /** A name a tool server can have. */
  readonly server: string;
  readonly before: readonly JsonObject[];
  readonly after: readonly JsonObject[];
  /** Names whose definition is the same in both, ordered. */
  readonly kept: readonly string[];
  /** Names that only the earlier one has, ordered. */
  readonly gone: readonly string[];
  /** Names of the later one that are new or differ. */
  readonly changed: readonly string[];
}

/** Every two consecutive releases that were recorded; none where the records are missing. */
export function releasePairs(): readonly ReleasePair[] {
  const lists = [...recordedLists('tool-definition-drift')].sort((a, b) =>
    a.from.localeCompare(b.from, 'en', { numeric: true }),
  );
  return lists.flatMap(({ from, tools: after }, at) => {
    const earlier = lists[at - 1];
    if (earlier === undefined || packageOf(earlier.from) !== packageOf(from)) return [];
    const earlierTools = new Map(earlier.tools.map((tool) => [tool.name, tool]));
    const isKept = (tool: JsonObject): boolean =>
      isDeepStrictEqual(earlierTools.get(tool.name), tool);
    const names = (tools: readonly JsonObject[]) => tools.map(({ name }) => String(name)).sort();
    return [
      {
        server: `r${at}`,
        before: earlier.tools,
        after,
        kept: names(after.filter(isKept)),
        gone: names(earlier.tools).filter((name) => !names(after).includes(name)),
        changed: names(after.filter((tool) => !isKept(tool))),
      },
    ];
  });
}

const packageOf = (from: string): string => from.replace(/-[\d.]+$/, '');
