/** Where a request stands in a trace: the trace, and the span it was made in. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  /** Whether whoever began the trace has it recorded. */
  readonly isSampled: boolean;
  /** `tracestate` as it came: other vendors' own. */
  readonly state?: string;
}

/** Version, trace, span and flags stand where they do in every version. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const LENGTH = 55;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
/** Longest text that is looked at, characters. */
const MAX_TRACEPARENT = 256;
const SAMPLED = 0x01;

/**
 * Reads a `traceparent` and the `tracestate` beside it. `undefined` for anything but the form of W3C Trace
 * Context: the trace starts anew then, and the state of the other one is not read. A later version is read
 * as far as this one goes.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceContext(parent: unknown, state?: unknown): TraceContext | undefined {
  if (typeof parent !== 'string' || parent.length > MAX_TRACEPARENT) return undefined;
  if (!TRACEPARENT.test(parent) || parent.startsWith('ff')) return undefined;
  if (parent.startsWith('00') && parent.length !== LENGTH) return undefined;
  const traceId = parent.slice(3, 35);
  const spanId = parent.slice(36, 52);
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  const kept = readState(state);
  return {
    traceId,
    spanId,
    isSampled: (Number.parseInt(parent.slice(53, 55), 16) & SAMPLED) !== 0,
    ...(kept === undefined ? {} : { state: kept }),
  };
}

/** Writes a `traceparent`; of the flags only the one we know. */
export const traceparent = ({ traceId, spanId, isSampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;

const MAX_STATE = 512;
const MAX_MEMBERS = 32;
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
/** Printable ASCII without `,` and `=`, not ending in a space. */
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * A `tracestate` that can go on as it is; one member out of form takes the others with it.
 *
 * @see https://www.w3.org/TR/trace-context/#tracestate-header
 */
function readState(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_STATE) return undefined;
  const members = text
    .split(',')
    .map((one) => one.replace(/^[\t ]+|[\t ]+$/g, ''))
    .filter((one) => one !== '');
  if (members.length === 0 || members.length > MAX_MEMBERS) return undefined;
  const keys = new Set<string>();
  for (const one of members) {
    const at = one.indexOf('=');
    const key = one.slice(0, Math.max(at, 0));
    if (!KEY.test(key) || !VALUE.test(one.slice(at + 1)) || keys.has(key)) return undefined;
    keys.add(key);
  }
  return text;
}
