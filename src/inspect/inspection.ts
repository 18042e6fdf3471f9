import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';

/** What is looked for in a result. `forged`: a mark of ours that the tool server set itself. */
export const FINDINGS = [
  'hidden',
  'orders',
  'links',
  'secrets',
  'schema',
  'type',
  'size',
  'forged',
] as const;

/** One of them. */
export type Finding = (typeof FINDINGS)[number];

/** What was found in a reply, and what became of it. */
export interface Inspection {
  /** The reply to go on with: the same object when nothing was found. */
  readonly reply: RpcReply;
  /** Why the reply is withheld from its client; absent when it is not. */
  readonly withheld?: Finding;
  /** For the audit; absent when there is nothing to say. Counts and places, never text of the result. */
  readonly detail?: JsonObject;
}

/** What was found: how often, counting at most `MAX_COUNTED`. */
export type Found = Partial<Record<Finding, number>>;

/** Findings of one kind that are counted in one reply: more tells nobody anything new. */
export const MAX_COUNTED = 100;

/** The member of `_meta` that says what was found. Ours alone: a tool server's own is taken out. */
export const MARK = 'io.toolgrant/inspection';

/** Found and done, for `_meta` and for the audit alike. */
export const detailOf = (
  found: Found,
  done: Readonly<Record<string, Json>>,
  places: ReadonlySet<string>,
): JsonObject => ({
  found: found as JsonObject,
  ...(Object.keys(done).length === 0 ? {} : { done }),
  ...(places.size === 0 ? {} : { at: [...places] }),
});

/** The mark of a result that is put together of several: what was found in all, and done. */
export function jointMark(results: readonly JsonObject[]): JsonObject | undefined {
  const found: Record<string, number> = {};
  const done: Record<string, Json> = {};
  for (const result of results) {
    const mark = member(member(result, '_meta'), MARK);
    for (const [kind, count] of Object.entries(member(mark, 'found') ?? {})) {
      found[kind] = Math.min(MAX_COUNTED, (found[kind] ?? 0) + Number(count));
    }
    const did = member(mark, 'done');
    if (isJsonObject(did)) Object.assign(done, did);
  }
  return Object.keys(found).length === 0 ? undefined : detailOf(found, done, new Set());
}
