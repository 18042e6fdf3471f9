import { describe, expect, it } from 'vitest';
import type { AdmissionStore } from '../../src/admit/admission-store.ts';
import type { DispatchReply, ToolServerConnection } from '../../src/dispatch/tool-server.ts';
import type { Broker, IncomingRequest } from '../../src/domain/broker.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { observeBroker, type Watchers } from '../../src/observe-broker.ts';
import { observeRefusals, observeStore } from '../../src/observe-records.ts';
import { observeConnector } from '../../src/observe-servers.ts';
import { createBrokerMetrics } from '../../src/telemetry/broker-metrics.ts';
import { exposition } from '../../src/telemetry/exposition.ts';
import type { Span } from '../../src/telemetry/span.ts';
import { createTracer } from '../../src/telemetry/tracer.ts';
import { samplesOf } from '../support/exposition.ts';

const clock = { now: () => 0, nowMicros: () => 0, monotonicMs: () => 0 };

function watching() {
  const spans: Span[] = [];
  let byte = 0;
  const metrics = createBrokerMetrics();
  const tracer = createTracer({
    clock,
    entropy: (size) => Uint8Array.from({ length: size }, () => (byte++ >> 3) % 256),
    send: (span) => spans.push(span),
  });
  const watchers: Watchers = { tracer, metrics, clock };
  const told = (name: string) =>
    samplesOf(exposition(metrics.all))
      .filter((sample) => sample.name === name)
      .map(({ labels, value }) => [labels, value]);
  return { spans, watchers, told };
}

const incoming = (method: string, params?: JsonObject) =>
  ({
    principal: { sessionId: 'ses_x' },
    origin: { transport: 'stdio' },
    era: '2025',
    revision: '2025-06-18',
    request: { jsonrpc: '2.0', id: 'theirs', method, ...(params && { params }) },
  }) as unknown as IncomingRequest;

describe('a request that is watched', () => {
  it('is told of by its method if that is one, and ends as its reply says', async () => {
    const { spans, watchers, told } = watching();
    const replies = [
      { kind: 'error', error: { code: -32601, message: 'no' } },
      { kind: 'error', error: { code: 4_711, message: 'hush' } },
      { kind: 'result', result: { isError: true } },
      { kind: 'cancelled' },
      { kind: 'result', result: {} },
    ] as const;
    let at = 0;
    const handle = async () => replies[at++] ?? replies[0];
    const broker = observeBroker({ handle } as unknown as Broker, watchers);
    for (const method of ['toString', 'tools/list', 'tools/call', 'ping', 'ping']) {
      await broker.handle(incoming(method));
    }
    expect(spans.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['_OTHER', '-32601'],
      ['tools/list', '_OTHER'],
      ['tools/call', 'tool_error'],
      ['ping', 'cancelled'],
      ['ping', undefined],
    ]);
    expect(JSON.stringify(spans)).not.toMatch(/hush|theirs|toString/);
    expect(told('mcp_server_operation_duration_seconds_count')).toHaveLength(5);
  });

  it('carries its span on, and is otherwise as it came', async () => {
    const { spans, watchers } = watching();
    const seen: IncomingRequest[] = [];
    const handle = async (one: IncomingRequest) => {
      seen.push(one);
      return { kind: 'result', result: {} } as const;
    };
    const broker = observeBroker({ handle } as unknown as Broker, watchers);
    const params = { name: 'x', arguments: { a: [1] }, _meta: { progressToken: 1 } };
    const came = incoming('tools/call', params);
    await broker.handle(came);
    const { traceId, spanId } = spans[0] ?? {};
    expect(seen[0]).toEqual({
      ...came,
      request: {
        ...came.request,
        params: {
          ...params,
          _meta: { progressToken: 1, traceparent: `00-${traceId}-${spanId}-01` },
        },
      },
    });
    expect(seen[0]?.request.params?.arguments).toBe(params.arguments);
  });
});

describe('a request to a tool server that is watched', () => {
  const called = async (reply: () => Promise<DispatchReply>) => {
    const { spans, watchers, told } = watching();
    const running = new Map<string, number>();
    const closed = Promise.withResolvers<void>();
    const connector = observeConnector(
      {
        connect: async () =>
          ({
            offer: { revision: '2025-06-18' },
            closed: closed.promise,
            call: reply,
          }) as unknown as ToolServerConnection,
      },
      watchers,
      running,
    );
    const spec = { name: 's', kind: 'stdio' } as never;
    const connection = await connector.connect(spec, {} as never, {} as never);
    const target = { kind: 'resource', server: 's', uri: 'file:///hush' } as const;
    const receipt = { method: 'resources/read', target, seq: 7 } as never;
    const answer = await connection.call(receipt, {}, {} as never).catch((error: unknown) => error);
    const while_ = running.get('s');
    closed.resolve();
    await closed.promise;
    return { spans, told, answer, counts: [while_, running.get('s')] };
  };

  it('is told of without its URI, and its connection is counted while it is there', async () => {
    const { spans, counts } = await called(async () => ({ kind: 'result', result: {} }));
    expect(spans).toMatchObject([{ name: 'resources/read', kind: 'client', isError: false }]);
    expect(JSON.stringify(spans)).not.toContain('hush');
    expect(counts).toEqual([1, 0]);
  });

  it('is not told of when it was not sent', async () => {
    const { spans, told } = await called(async () => ({ kind: 'not_sent' }));
    expect(spans).toEqual([]);
    expect(told('mcp_client_operation_duration_seconds_count')).toEqual([]);
  });

  it('fails as it did, and says by which code', async () => {
    const broken = new BrokerError('ERR_SERVER_TIMEOUT', 'hush');
    const { spans, told, answer } = await called(async () => {
      throw broken;
    });
    expect(answer).toBe(broken);
    expect(spans).toMatchObject([{ attributes: { 'error.type': 'ERR_SERVER_TIMEOUT' } }]);
    expect(told('mcp_client_operation_duration_seconds_count')).toEqual([
      ['server="s",mcp_method_name="resources/read",error_type="ERR_SERVER_TIMEOUT"', 1],
    ]);
  });
});

describe('what is recorded of a call that is watched', () => {
  const store = (answer: () => Promise<unknown>) =>
    ({
      epoch: () => 1,
      isClockBehind: () => false,
      ...{ admit: answer, release: answer, record: answer },
    }) as unknown as AdmissionStore;
  const outcome = { code: 'TG1002', server: 's', tool: 't', intent: 5 } as const;

  it('is counted once it is durable, and told to the span of its request', async () => {
    const { spans, watchers, told } = watching();
    const request = watchers.tracer?.begin(undefined, 'server', 'tools/call', {});
    const { traceId, spanId } = request?.context ?? {};
    const observed = observeStore(
      store(async () => ({ kind: 'appended', seq: 5, at: 0 })),
      watchers,
    );
    const intent: EventDraft = {
      ...{ code: 'TG1001', server: 's', tool: 't\u202e', decision: 'permit' },
      trace: `00-${traceId}-${spanId}-01`,
    };
    await observed.admit({ epoch: 1, sessionId: 'ses_x', intent });
    const withheld = { ...outcome, outcome: 'withheld', reason: 'result_withheld' } as const;
    await observed.release({ epoch: 1, sessionId: 'ses_x', outcome: withheld });
    request?.end();
    expect(spans).toMatchObject([
      {
        name: 'tools/call t\ufffd',
        attributes: {
          'gen_ai.tool.name': 't\ufffd',
          'toolgrant.server': 's',
          'toolgrant.decision': 'permit',
          'toolgrant.audit.seq': 5,
          'toolgrant.outcome': 'withheld',
          'toolgrant.reason': 'result_withheld',
        },
      },
    ]);
    expect(told('toolgrant_calls_total')).toEqual([['server="s",tool="t",outcome="withheld"', 1]]);
    expect(told('toolgrant_refusals_total')).toEqual([['server="s",reason="result_withheld"', 1]]);
  });

  it('is not counted as a call when the store failed, or did not take it', async () => {
    const { watchers, told } = watching();
    const failing = observeStore(
      store(async () => {
        throw new BrokerError('ERR_STORE_FAILED', 'no');
      }),
      watchers,
    );
    await expect(failing.record({ ...outcome, outcome: 'ok' })).rejects.toThrow('no');
    const stale = observeStore(
      store(async () => ({ kind: 'stale', epoch: 2 })),
      watchers,
    );
    await stale.release({ epoch: 1, sessionId: 'ses_x', outcome: { ...outcome, outcome: 'ok' } });
    expect(told('toolgrant_calls_total')).toEqual([]);
    expect(told('toolgrant_commit_failures_total')).toEqual([['kind="record"', 1]]);
  });

  it.each([
    ['is known', async () => true, 'tools/call made-up', 'made-up'],
    ['is not', async () => false, 'tools/call', undefined],
    [
      'cannot be looked up',
      async () => {
        throw new Error('no state');
      },
      'tools/call',
      undefined,
    ],
  ])(
    'names what was refused when it %s, and is recorded all the same',
    async (_, isKnown, name, tool) => {
      const { spans, watchers, told } = watching();
      const request = watchers.tracer?.begin(undefined, 'server', 'tools/call', {});
      const { traceId, spanId } = request?.context ?? {};
      const recorded: EventDraft[] = [];
      const refusals = observeRefusals(
        {
          async refused(event) {
            recorded.push(event);
          },
          async flush() {},
        },
        watchers,
        (server) => server === 's',
        isKnown,
      );
      const draft: EventDraft = {
        ...{ code: 'TG1003', server: 's', tool: 'made-up', decision: 'deny', reason: 'no_rule' },
        trace: `00-${traceId}-${spanId}-01`,
      };
      await refusals.refused(draft);
      await refusals.refused({ code: 'TG1003', server: 'made-up', reason: 'server_unknown' });
      request?.end();
      expect(recorded).toHaveLength(2);
      expect(spans.map((span) => [span.name, span.attributes['gen_ai.tool.name']])).toEqual([
        [name, tool],
      ]);
      expect(told('toolgrant_refusals_total')).toEqual([
        ['server="s",reason="no_rule"', 1],
        ['server="",reason="server_unknown"', 1],
      ]);
    },
  );
});
