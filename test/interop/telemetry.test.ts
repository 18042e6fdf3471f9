import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENVELOPE_KEYS, REVISION_2026 } from '../../src/domain/era.ts';
import { samplesOf } from '../support/exposition.ts';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { Served } from '../support/live/processes.ts';
import { received, recorded } from '../support/live/recorded.ts';
import { type ReceivedSpan, TraceReceiver } from '../support/live/trace-receiver.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const meta = (flags: string) => ({
  _meta: { traceparent: `00-${TRACE}-${SPAN}-${flags}`, tracestate: 'rojo=1', 'x/own': 1 },
});
/** What must be nowhere in what is told: an argument, a result, names made up, the credentials. */
const CANARY = 'canary-5f1c';

const receiver = new TraceReceiver();
let at: Home;
let served: Served;
let client: HttpClient;
let token: string;
let told: string;
let spans: readonly ReceivedSpan[];

async function get(path: string): Promise<string> {
  const port = /"metrics":"http:\/\/127\.0\.0\.1:(\d+)\/metrics"/.exec(served.stderr())?.[1];
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path }, (answer) => resolve(text(answer)));
    sent.on('error', reject);
    sent.end();
  });
}

beforeAll(async () => {
  const url = await receiver.listen();
  at = new Home({
    grants: { 'alice.yaml': grantText('alice', 'alice', ['permit: s/echo', 'permit: s/say']) },
    servers: recorded,
    more: {
      telemetry: { traces: { url, headers: { Authorization: `Bearer ${CANARY}-otlp` } } },
      admin: { listen: '127.0.0.1:0' },
    },
  });
  await at.applyGrants();
  served = await at.serve();
  ({ token } = await at.open());
  client = new HttpClient(served.port, token);

  const call = (id: string | number, name: string, params: object = {}) =>
    client.ask({
      id,
      method: 'tools/call',
      params: { name, arguments: { nonce: `${CANARY}-argument` }, ...params },
    });
  await call(7, 's__echo', meta('01'));
  await call(`${CANARY}-id`, 's__echo', meta('00'));
  await call(8, 's__echo', { _meta: { traceparent: `${CANARY}-trace` } });
  const result = { content: [{ type: 'text', text: `${CANARY}-result` }], isError: true };
  const say = [`{"jsonrpc":"2.0","id":ID,"result":${JSON.stringify(result)}}`];
  await call(9, 's__say', { arguments: { say } });
  await call(10, `s__${CANARY}-made-up`);
  await call(11, `${CANARY}-made-up`);
  await client.ask({ id: 12, method: `${CANARY}/method` });
  await client.ask({ id: 13, method: 'tools/list' });
  const envelope = {
    [ENVELOPE_KEYS.protocolVersion]: REVISION_2026,
    [ENVELOPE_KEYS.clientInfo]: { name: `${CANARY}-client`, version: '1' },
    [ENVELOPE_KEYS.clientCapabilities]: {},
  };
  const params = { name: 's__echo', arguments: {}, _meta: { ...envelope, ...meta('01')._meta } };
  const modern = await fetch(`http://127.0.0.1:${served.port}/mcp`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': REVISION_2026,
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 's__echo',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 14, method: 'tools/call', params }),
  });
  expect(await modern.text()).toContain('resultType');
  const stranger = new HttpClient(served.port, `${CANARY}-token`);
  await stranger.ask({ id: 1, method: 'tools/list' });
  stranger.close();
  told = await get('/metrics');
  client.close();
  await served.end('SIGTERM');
  spans = receiver.spans();
});
afterAll(async () => {
  await at.remove();
  await receiver.close();
});

const named = (name: string) => spans.filter((span) => span.name === name);
const traceIn = (call: string | undefined) => JSON.parse(call ?? '').params._meta;

describe('spans', () => {
  it('continue the trace of the client, one for its request and one for the hop', () => {
    const [request, hop] = ['2', '3'].map((kind) =>
      spans.find((span) => span.traceId === TRACE && String(span.kind) === kind),
    );
    expect(request).toMatchObject({
      name: 'tools/call echo',
      parentSpanId: SPAN,
      traceState: 'rojo=1',
      attributes: {
        'mcp.method.name': 'tools/call',
        'mcp.protocol.version': '2025-06-18',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'echo',
        'jsonrpc.request.id': '7',
        'network.transport': 'tcp',
        'toolgrant.server': 's',
        'toolgrant.decision': 'permit',
        'toolgrant.outcome': 'ok',
      },
    });
    expect(hop).toMatchObject({
      name: 'tools/call echo',
      parentSpanId: request?.spanId,
      attributes: {
        'mcp.method.name': 'tools/call',
        'mcp.protocol.version': '2025-06-18',
        'gen_ai.tool.name': 'echo',
        'network.transport': 'pipe',
        'toolgrant.audit.seq': request?.attributes['toolgrant.audit.seq'],
      },
    });
    expect(traceIn(received(at)[0])).toEqual({
      'x/own': 1,
      traceparent: `00-${TRACE}-${hop?.spanId}-01`,
      tracestate: 'rojo=1',
    });
  });

  it('are not sent of a trace that is not sampled, which goes on unsampled', () => {
    expect(spans.filter(({ traceId }) => traceId === TRACE)).toHaveLength(4);
    expect(traceIn(received(at)[1]).traceparent).toMatch(
      new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-00$`),
    );
  });

  it('are continued alike for a client of 2026', () => {
    const request = spans.find(({ attributes }) => attributes['jsonrpc.request.id'] === '14');
    const hop = spans.find(({ parentSpanId }) => parentSpanId === request?.spanId);
    expect(request).toMatchObject({
      parentSpanId: SPAN,
      attributes: { 'mcp.protocol.version': REVISION_2026 },
    });
    expect(traceIn(received(at)[4])).toEqual({
      'x/own': 1,
      traceparent: `00-${TRACE}-${hop?.spanId}-01`,
      tracestate: 'rojo=1',
    });
  });

  it('begin a trace of their own where the client’s is none', () => {
    const request = spans.find(({ attributes }) => attributes['jsonrpc.request.id'] === '8');
    expect(request).not.toHaveProperty('parentSpanId');
    expect(traceIn(received(at)[2]).traceparent).toContain(request?.traceId);
  });

  it('say how a request ended', () => {
    expect(
      named('tools/call say').map(({ kind, status, attributes }) => [
        kind,
        status,
        attributes['error.type'],
      ]),
    ).toEqual([
      [3, { code: 2 }, 'tool_error'],
      [2, { code: 2 }, 'tool_error'],
    ]);
    const refused = named('tools/call').map(({ attributes }) => attributes['toolgrant.reason']);
    expect(refused).toEqual(['no_rule', 'server_unknown']);
    expect(named('_OTHER')).toMatchObject([{ attributes: { 'error.type': '-32601' } }]);
    expect(named('tools/list')).toHaveLength(1);
  });

  it('can be found from the audit, and the audit from them', async () => {
    const [intent] = await at.events('--code', 'TG1001');
    const span = spans.find(({ attributes }) => attributes['jsonrpc.request.id'] === '7');
    expect(intent?.trace).toBe(`00-${TRACE}-${span?.spanId}-01`);
    expect(span?.attributes['toolgrant.audit.seq']).toBe(String(intent?.seq));
    expect(span?.attributes['toolgrant.session.id']).toBe(intent?.session);
  });

  it('go to their receiver with its headers, and hold nothing they should not', () => {
    expect(receiver.headers[0]).toMatchObject({
      authorization: `Bearer ${CANARY}-otlp`,
      'content-type': 'application/json',
    });
    const bodies = receiver.bodies.join('\n');
    for (const word of [CANARY, token, 'alice']) expect(bodies).not.toContain(word);
  });
});

describe('metrics', () => {
  const value = (name: string, ...labels: readonly string[]) =>
    samplesOf(told)
      .filter((sample) => sample.name === name)
      .filter((sample) => labels.every((label) => sample.labels.includes(label)))
      .reduce((sum, sample) => sum + sample.value, 0);

  it('count what was called, refused and not let in', () => {
    expect(value('toolgrant_calls_total', 'server="s"', 'tool="echo"', 'outcome="ok"')).toBe(4);
    expect(value('toolgrant_calls_total', 'tool="say"', 'outcome="tool_error"')).toBe(1);
    expect(value('toolgrant_refusals_total', 'server="s"', 'reason="no_rule"')).toBe(1);
    expect(value('toolgrant_refusals_total', 'server=""', 'reason="server_unknown"')).toBe(1);
    // Once as it opens its transport session, once as it asks.
    expect(value('toolgrant_authentication_failures_total', 'reason="malformed"')).toBe(2);
    expect(value('mcp_server_operation_duration_seconds_count', 'method_name="tools/call"')).toBe(
      7,
    );
    expect(value('mcp_server_operation_duration_seconds_count', 'method_name="_OTHER"')).toBe(1);
    expect(value('mcp_client_operation_duration_seconds_count', 'server="s"')).toBe(5);
    expect(value('toolgrant_decision_duration_seconds_count')).toBe(7);
    expect(value('toolgrant_audit_events_total', 'code="TG1001"')).toBe(5);
    expect(value('toolgrant_commit_duration_seconds_count', 'kind="admit"')).toBe(5);
  });

  it('say how the broker is', () => {
    expect(value('toolgrant_sessions_active')).toBe(1);
    expect(value('toolgrant_tool_servers_running', 'server="s"')).toBe(1);
    expect(value('toolgrant_calls_in_flight')).toBe(0);
    expect(value('toolgrant_audit_head')).toBeGreaterThan(10);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  });

  it('hold nothing they should not', () => {
    for (const word of [CANARY, token, 'alice', 'ses_']) expect(told).not.toContain(word);
  });
});

describe('one who watches and does not do its part', () => {
  it('slows no call and no end, and a broker over stdio has no use for a port', async () => {
    const port = new TraceReceiver();
    const url = await port.listen();
    port.answer = undefined;
    const listen = new URL(url).host;
    const more = { telemetry: { traces: { url } }, admin: { listen } };
    const slow = new Home({ servers: recorded, more });
    try {
      await slow.applyGrants();
      const stdio = slow.stdio((await slow.open()).token);
      const params = { name: 's__echo', arguments: {} };
      const answer = await stdio.ask({ id: 1, method: 'tools/call', params });
      expect(answer).toMatchObject({ result: { content: [] } });
      const { code, stderr } = await stdio.leave();
      expect(code).toBe(0);
      expect(stderr).toContain('spans are dropped');
      expect(stderr).not.toContain('metrics are served');

      const serving = await slow.run(['serve', '--port', '0']);
      expect(serving.code).toBe(4);
      expect(serving.stderr).toContain(`admin.listen: port ${listen.split(':')[1]} on 127.0.0.1`);
      expect(serving.stderr).not.toContain('listening');
    } finally {
      await slow.remove();
      await port.close();
    }
  });
});
