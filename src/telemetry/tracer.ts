import type { Clock } from '../domain/clock.ts';
import type { Entropy } from '../domain/ids.ts';
import { parseTraceContext, type TraceContext } from '../domain/trace-context.ts';
import type { Attributes, Span } from './span.ts';

/** A span that is not over. */
export interface OpenSpan {
  /** What whoever is called from within it continues. */
  readonly context: TraceContext;
  /** Adds to what it says, and names it anew. */
  note(attributes: Attributes, name?: string): void;
  /** Ends it and has it sent, if its trace is sampled. Idempotent. */
  end(error?: string): void;
}

/** Begins spans. */
export interface Tracer {
  /** A span within `parent`; without one it begins a trace, which is sampled. */
  begin(
    parent: TraceContext | undefined,
    kind: Span['kind'],
    name: string,
    attributes: Attributes,
  ): OpenSpan;
  /** The open span of kind `server` that a `traceparent` names, if there is one. */
  find(traceparent: string | undefined): OpenSpan | undefined;
}

/** Random bytes asked for at once: a call needs 32, and each asking costs as much as the rest of a span. */
const POOL = 4_096;

/**
 * Makes a tracer. Sampling is the parent's: who begins a trace decides for all of it.
 *
 * @param send takes a span; must return at once.
 */
export function createTracer({
  clock,
  entropy,
  send,
}: {
  readonly clock: Pick<Clock, 'nowMicros'>;
  readonly entropy: Entropy;
  readonly send: (span: Span) => void;
}): Tracer {
  const open = new Map<string, OpenSpan>();
  const newId = idsFrom(entropy);

  return {
    begin(parent, kind, firstName, firstAttributes) {
      const context: TraceContext = {
        traceId: parent?.traceId ?? newId(16),
        spanId: newId(8),
        isSampled: parent?.isSampled ?? true,
        ...(parent?.state === undefined ? {} : { state: parent.state }),
      };
      const startedAt = clock.nowMicros();
      let attributes = firstAttributes;
      let name = firstName;
      let isOver = false;
      const span: OpenSpan = {
        context,
        note(more, renamed) {
          attributes = { ...attributes, ...more };
          name = renamed ?? name;
        },
        end(error) {
          if (isOver) return;
          isOver = true;
          open.delete(context.spanId);
          if (!context.isSampled) return;
          const { traceId, spanId, state } = context;
          send({
            traceId,
            spanId,
            ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
            ...(state === undefined ? {} : { state }),
            kind,
            name,
            startedAt,
            // A clock that is set back must not make a span end before it began.
            endedAt: Math.max(startedAt, clock.nowMicros()),
            attributes: error === undefined ? attributes : { ...attributes, 'error.type': error },
            isError: error !== undefined,
          });
        },
      };
      if (kind === 'server') open.set(context.spanId, span);
      return span;
    },
    find(text) {
      const context = parseTraceContext(text);
      const span = context === undefined ? undefined : open.get(context.spanId);
      return span?.context.traceId === context?.traceId ? span : undefined;
    },
  };
}

/** Ids in hex, of random bytes; never all zero, which stands for none. */
function idsFrom(entropy: Entropy): (size: number) => string {
  let pool = Buffer.alloc(0);
  let at = 0;
  const newId = (size: number): string => {
    if (at + size > pool.length) {
      pool = Buffer.from(entropy(POOL));
      at = 0;
    }
    const id = pool.toString('hex', at, at + size);
    at += size;
    return /[^0]/.test(id) ? id : newId(size);
  };
  return newId;
}
