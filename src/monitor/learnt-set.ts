import type { About } from './words.ts';

/** What sessions of one purpose have done. */
export interface LearntSet {
  /** Sessions it was learnt from. */
  readonly sessions: number;
  /** Tools, with the number of sessions that used each. */
  readonly tools: ReadonlyMap<string, number>;
  /** Digests of destinations that writing tools were given. */
  readonly destinations: ReadonlySet<number>;
}

/** What is learnt of all purposes beside one another. */
export interface LearntOfAll {
  readonly purposes: number;
  /** Tools, with the number of purposes that use each. */
  readonly tools: ReadonlyMap<string, number>;
}

/** What one session did: learnt when it ended without anything being flagged, otherwise never. */
export interface SessionUse {
  readonly tools: ReadonlySet<string>;
  readonly destinations: ReadonlySet<number>;
  readonly isFlagged: boolean;
}

export const NOTHING_LEARNT: LearntSet = { sessions: 0, tools: new Map(), destinations: new Set() };

/** Sessions of a purpose before what is not among them counts as unusual. */
export const SESSIONS_TO_LEARN = 3;
const [MOST_TOOLS, MOST_DESTINATIONS] = [512, 8_192] as const;

/**
 * A learnt set with one more session in it.
 *
 * Attack: a session does a little more each time, so that what it is after is learnt. What was flagged,
 * and everything beside it, is learnt by nobody.
 */
export function learn(before: LearntSet, use: SessionUse): LearntSet {
  if (use.isFlagged || use.tools.size === 0) return before;
  const tools = new Map(before.tools);
  for (const tool of use.tools) {
    if (tools.has(tool) || tools.size < MOST_TOOLS) tools.set(tool, (tools.get(tool) ?? 0) + 1);
  }
  const destinations = new Set(before.destinations);
  for (const digest of use.destinations) {
    if (destinations.size < MOST_DESTINATIONS) destinations.add(digest);
  }
  return { sessions: before.sessions + 1, tools, destinations };
}

/**
 * How unusual a tool is for a purpose, 0 to 1: 0 for one that it has used, or while it is being learnt;
 * half for one that does the same kind of thing as one it has used, or that most purposes use.
 */
export function surpriseOf(
  tool: string,
  about: (tool: string) => About,
  learnt: LearntSet,
  all: LearntOfAll,
): number {
  if (learnt.sessions < SESSIONS_TO_LEARN || learnt.tools.has(tool)) return 0;
  if (all.purposes > 3 && (all.tools.get(tool) ?? 0) / all.purposes > 0.5) return 0.5;
  const { families } = about(tool);
  for (const other of learnt.tools.keys()) {
    const shared = about(other).families & families;
    if (shared !== 0 && shared === families) return 0.5;
  }
  return 1;
}

/** Whether most sessions of a purpose use a tool. */
export const isUsual = (tool: string, { sessions, tools }: LearntSet): boolean =>
  sessions >= SESSIONS_TO_LEARN && (tools.get(tool) ?? 0) * 2 >= sessions;
