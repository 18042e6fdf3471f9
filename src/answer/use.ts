import type { AccessRequest, UseTarget } from '../domain/access-request.ts';
import type { Decision } from '../domain/decision.ts';
import { ENVELOPE_KEYS } from '../domain/era.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import type { Refused } from '../respond/respond.ts';

/** What a client asks of something a tool server has, as the broker understands it. */
export interface Use {
  /** What it uses. Every part is the client's word until a decision permits it. */
  readonly target: UseTarget;
  /** The method that goes to the tool server. */
  readonly method: string;
  /** What goes with it: the tool server's own names, everything else as it came. */
  readonly params: JsonObject;
  /**
   * What of the answer the client gets, as of one state: a list is a use of its server, and each
   * item of it is for the decision.
   */
  readonly narrow?: (
    result: JsonObject,
    decide: (request: AccessRequest) => Decision,
  ) => JsonObject;
  /** What the audit keeps of it, as far as the configuration says. */
  readonly args: Json;
  /** What the answer to a refusal repeats. */
  readonly refused: Refused;
  /** Of a task: UTF-8 bytes of its result that may be released. */
  readonly maxResultBytes?: number;
  readonly wantsProgress: boolean;
  /** `traceparent` of the client, W3C Trace Context. */
  readonly trace: string | undefined;
}

/** A name that stands for nothing: no server key is empty, so nothing can be granted under it. */
export const NOTHING = '';

/**
 * What every use reads alike: params with this hop's own members (envelope, progress token) taken
 * out of `_meta`, and what those say.
 */
export function readParams(params: JsonObject): Pick<Use, 'params' | 'wantsProgress' | 'trace'> {
  const meta = member(params, '_meta');
  const trace = member(meta, 'traceparent');
  return {
    params: meta === undefined ? params : withoutHop(params, meta),
    wantsProgress: isJsonObject(meta) && Object.hasOwn(meta, 'progressToken'),
    trace: typeof trace === 'string' && trace.length <= 128 ? trace : undefined,
  };
}

const HOP_KEYS: ReadonlySet<string> = new Set([...Object.values(ENVELOPE_KEYS), 'progressToken']);

function withoutHop({ _meta: _, ...others }: JsonObject, meta: Json): JsonObject {
  if (!isJsonObject(meta) || Object.keys(meta).every((key) => HOP_KEYS.has(key))) return others;
  const kept = Object.entries(meta).filter(([key]) => !HOP_KEYS.has(key));
  return { ...others, _meta: Object.fromEntries(kept) };
}

/** W3C Trace Context, which differs from call to call. */
const TRACE_KEYS: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

/**
 * What goes to the tool server of a use that was approved: of `_meta` trace context alone.
 *
 * Attack: a call is approved by its arguments, and `_meta`, which nobody was shown, says something else
 * each time it is made.
 */
export function asApproved({ _meta, ...approved }: JsonObject): JsonObject {
  const traced = isJsonObject(_meta)
    ? Object.entries(_meta).filter(([key]) => TRACE_KEYS.has(key))
    : [];
  return traced.length === 0 ? approved : { ...approved, _meta: Object.fromEntries(traced) };
}

/** The part of a released answer that its client gets. */
export const narrowed = (
  reply: RpcReply,
  { narrow }: Use,
  decide: (request: AccessRequest) => Decision,
): RpcReply =>
  narrow === undefined || reply.kind === 'error'
    ? reply
    : { kind: 'result', result: narrow(reply.result, decide) };
