import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import { parseTraceContext, type TraceContext, traceparent } from '../domain/trace-context.ts';

/** The trace context that `params._meta` carries; `undefined` when there is none in its form. */
export function contextIn(params: JsonObject | undefined): TraceContext | undefined {
  const meta = member(params, '_meta');
  return parseTraceContext(member(meta, 'traceparent'), member(meta, 'tracestate'));
}

/**
 * The params with another trace context in `_meta`, everything else as it came. A `_meta` that is no
 * object is left alone: whoever reads it says what is wrong with it.
 */
export function withContext(params: JsonObject | undefined, context: TraceContext): JsonObject {
  const meta = member(params, '_meta') ?? {};
  if (!isJsonObject(meta)) return params ?? {};
  const { traceparent: _, tracestate: __, ...others } = meta;
  return {
    ...params,
    _meta: {
      ...others,
      traceparent: traceparent(context),
      ...(context.state === undefined ? {} : { tracestate: context.state }),
    },
  };
}
