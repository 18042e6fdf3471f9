import type { Span } from './span.ts';

/** `SpanKind` and `StatusCode` of the OTLP protobufs. */
const KIND = { server: 2, client: 3 } as const;
const STATUS_ERROR = 2;
/** The semantic conventions that names and attributes follow; those of MCP are in development. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.41.0';

const attribute = (key: string, value: string | number) => ({
  key,
  value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
});

/**
 * Spans as an OTLP `ExportTraceServiceRequest`, in its JSON form: ids in hex, 64-bit numbers as text.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export const otlpTraces = (
  spans: readonly Span[],
  of: { readonly version: string; readonly instance: string },
): unknown => ({
  resourceSpans: [
    {
      resource: {
        attributes: [
          attribute('service.name', 'toolgrant'),
          attribute('service.version', of.version),
          attribute('service.instance.id', of.instance),
        ],
      },
      schemaUrl: SCHEMA_URL,
      scopeSpans: [
        {
          scope: { name: 'toolgrant', version: of.version },
          schemaUrl: SCHEMA_URL,
          spans: spans.map(spanOf),
        },
      ],
    },
  ],
});

function spanOf(span: Span): unknown {
  const { traceId, spanId, parentSpanId, state, name } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...(state === undefined ? {} : { traceState: state }),
    name,
    kind: KIND[span.kind],
    startTimeUnixNano: nanos(span.startedAt),
    endTimeUnixNano: nanos(span.endedAt),
    attributes: Object.entries(span.attributes).map(([key, value]) => attribute(key, value)),
    ...(span.isError ? { status: { code: STATUS_ERROR } } : {}),
  };
}

/** Not as a number: nanoseconds since the epoch are beyond what a number holds exactly. */
const nanos = (micros: number): string => String(BigInt(micros) * 1_000n);

/** How many spans an `ExportTraceServiceResponse` says were not kept. */
export function rejectedSpans(answer: string): number {
  try {
    const { partialSuccess } = JSON.parse(answer) as {
      readonly partialSuccess?: { readonly rejectedSpans?: string | number };
    };
    return Math.max(0, Math.floor(Number(partialSuccess?.rejectedSpans ?? 0))) || 0;
  } catch {
    return 0;
  }
}
