import { describe, expect, it } from 'vitest';
import { parseTraceContext, traceparent } from '../../src/domain/trace-context.ts';
import { contextIn, withContext } from '../../src/telemetry/carried-context.ts';
import { otlpTraces, rejectedSpans } from '../../src/telemetry/otlp-traces.ts';
import type { Span } from '../../src/telemetry/span.ts';
import { createTracer } from '../../src/telemetry/tracer.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function tracing() {
  const sent: Span[] = [];
  let micros = 1_700_000_000_000_000;
  let byte = 0;
  const tracer = createTracer({
    clock: {
      nowMicros() {
        micros += 10;
        return micros;
      },
    },
    // The first eight bytes are zeros: an id nobody may have.
    entropy: (size) => Uint8Array.from({ length: size }, () => Math.floor(byte++ / 8) % 256),
    send: (span) => sent.push(span),
  });
  return { tracer, sent };
}

describe('a tracer', () => {
  it('continues the trace of a client, each span within the one before', () => {
    const { tracer, sent } = tracing();
    const parent = parseTraceContext(PARENT, 'v=1');
    const request = tracer.begin(parent, 'server', 'tools/call', { 'mcp.method.name': 'm' });
    const hop = tracer.begin(request.context, 'client', 'tools/call echo', {});
    hop.end();
    request.note({ 'toolgrant.outcome': 'ok' }, 'tools/call echo');
    request.end('tool_error');
    request.end();
    expect(sent).toMatchObject([
      { kind: 'client', traceId: parent?.traceId, parentSpanId: request.context.spanId },
      {
        kind: 'server',
        name: 'tools/call echo',
        traceId: parent?.traceId,
        parentSpanId: parent?.spanId,
        state: 'v=1',
        isError: true,
        attributes: {
          'mcp.method.name': 'm',
          'toolgrant.outcome': 'ok',
          'error.type': 'tool_error',
        },
      },
    ]);
    expect(new Set([parent?.spanId, ...sent.map(({ spanId }) => spanId)]).size).toBe(3);
  });

  it('begins a trace, sampled, where there is none, and no id is zero', () => {
    const { tracer, sent } = tracing();
    const span = tracer.begin(undefined, 'server', 'ping', {});
    expect(parseTraceContext(traceparent(span.context))).toEqual(span.context);
    span.end();
    expect(sent[0]).not.toHaveProperty('parentSpanId');
  });

  it('sends nothing of a trace that is not sampled, and says so to who continues it', () => {
    const { tracer, sent } = tracing();
    const request = tracer.begin(parseTraceContext(PARENT.replace(/01$/, '00')), 'server', 'p', {});
    const hop = tracer.begin(request.context, 'client', 'p', {});
    hop.end();
    request.end();
    expect(sent).toEqual([]);
    expect(traceparent(hop.context)).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-\S{16}-00$/);
  });

  it('finds the request that an event is about, for as long as it is open', () => {
    const { tracer } = tracing();
    const request = tracer.begin(undefined, 'server', 'p', {});
    const text = traceparent(request.context);
    expect(tracer.find(text)).toBe(request);
    expect(tracer.find(text.replace(/^00-./, '00-f'))).toBeUndefined();
    expect(tracer.find(undefined)).toBeUndefined();
    request.end();
    expect(tracer.find(text)).toBeUndefined();
  });
});

describe('what carries the context', () => {
  const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true };
  const ours = traceparent(context);

  it.each([
    [undefined, { _meta: { traceparent: ours } }],
    [{ name: 'x' }, { name: 'x', _meta: { traceparent: ours } }],
    [
      { _meta: { other: 1, traceparent: 'theirs', tracestate: 'theirs', baggage: 'k=v' } },
      { _meta: { other: 1, baggage: 'k=v', traceparent: ours } },
    ],
    // Left to who says what is wrong with it.
    [{ _meta: 'odd' }, { _meta: 'odd' }],
  ])('replaces trace context and nothing else: %j', (params, expected) => {
    expect(withContext(params, context)).toEqual(expected);
  });

  it('is read back with its state', () => {
    const whole = { ...context, state: 'v=1' };
    expect(contextIn(withContext({}, whole))).toEqual(whole);
    expect(contextIn(undefined)).toBeUndefined();
  });
});

describe('spans as OTLP', () => {
  const span: Span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    parentSpanId: 'c'.repeat(16),
    state: 'v=1',
    kind: 'client',
    name: 'tools/call echo',
    startedAt: 1_700_000_000_000_001,
    endedAt: 1_700_000_000_000_011,
    attributes: { 'mcp.method.name': 'tools/call', 'toolgrant.audit.seq': 7 },
    isError: true,
  };

  it('are in the JSON form of the protobufs', () => {
    expect(otlpTraces([span], { version: '1.2.3', instance: 'ins_x' })).toMatchObject({
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'toolgrant' } },
              { key: 'service.version', value: { stringValue: '1.2.3' } },
              { key: 'service.instance.id', value: { stringValue: 'ins_x' } },
            ],
          },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: span.traceId,
                  spanId: span.spanId,
                  parentSpanId: span.parentSpanId,
                  traceState: 'v=1',
                  name: 'tools/call echo',
                  kind: 3,
                  startTimeUnixNano: '1700000000000001000',
                  endTimeUnixNano: '1700000000000011000',
                  attributes: [
                    { key: 'mcp.method.name', value: { stringValue: 'tools/call' } },
                    { key: 'toolgrant.audit.seq', value: { intValue: '7' } },
                  ],
                  status: { code: 2 },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['{}', 0],
    ['', 0],
    ['{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}', 3],
    ['{"partialSuccess":{"rejectedSpans":2}}', 2],
    ['{"partialSuccess":{"rejectedSpans":"many"}}', 0],
  ])('are told back as rejected: %s', (answer, count) => {
    expect(rejectedSpans(answer)).toBe(count);
  });
});
