/** What a span says of what it measured. Never an argument, a result, a URI or who asked. */
export type Attributes = Readonly<Record<string, string | number>>;

/** One piece of work in a trace, ended. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** `tracestate` of the trace. */
  readonly state?: string;
  /** `server`: a client's request, as answered. `client`: the hop to a tool server. */
  readonly kind: 'server' | 'client';
  readonly name: string;
  /** Epoch microseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  /** Whether what it measured failed; `error.type` says how. */
  readonly isError: boolean;
}
