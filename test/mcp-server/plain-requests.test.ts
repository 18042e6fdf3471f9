import { classifyInboundRequest } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import type { Json } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';
import { readMessage } from '../../src/mcp-server/message.ts';
import { PlainRequests } from '../../src/mcp-server/plain-requests.ts';
import type { StandardHeaders } from '../../src/mcp-server/standard-headers.ts';
import { runs } from '../support/runs.ts';

const { protocolVersion, clientInfo, clientCapabilities, logLevel } = ENVELOPE_KEYS;

/** The era the SDK finds a request to be of; `undefined`: it refuses it. */
function askSdk(body: Json, headers: StandardHeaders | undefined): '2025' | '2026' | undefined {
  const { protocolVersion: version, method, name } = headers ?? {};
  const route = classifyInboundRequest({
    httpMethod: 'POST',
    body,
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(method === undefined ? {} : { mcpMethodHeader: method }),
    ...(name === undefined ? {} : { mcpNameHeader: name }),
  });
  if (route.kind === 'reject') return undefined;
  return route.kind === 'modern' ? '2026' : '2025';
}

const odd = fc.constantFrom<Json>(
  ...[
    null,
    true,
    0,
    1.5,
    -1,
    2 ** 60,
    '',
    'x',
    [],
    {},
    { taskId: 't' },
    { taskId: 1 },
    ['2026-07-28'],
  ],
  parseJson('[123456789012345678901]'),
  (parseJson('[123456789012345678901]') as readonly Json[])[0] as Json,
);
const or = (...sound: readonly Json[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...sound) }, odd);
const version = or(...Array(9).fill('2026-07-28'), '2025-11-25', ' 2026-07-28', '2026-07-29');
const envelope = {
  [protocolVersion]: version,
  [clientInfo]: or({ name: 'c', version: '1' }, { name: 'd', version: '1' }, { name: 'c' }),
  [clientCapabilities]: or({}, { roots: {} }, { roots: 1 }, { extensions: { a: [] } }),
};
const others = {
  [logLevel]: or('info', 'loud'),
  progressToken: or('t', 7),
  traceparent: odd,
  constructor: odd,
};
const meta = fc.oneof(
  fc.record(
    { ...envelope, ...others },
    { requiredKeys: [protocolVersion, clientInfo, clientCapabilities] },
  ),
  fc.record(
    { ...envelope, ...others, 'io.modelcontextprotocol/related-task': odd },
    { requiredKeys: [] },
  ),
);
const header = (sound: string, ...others: readonly string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(sound, undefined) }, fc.constantFrom(...others));
const headers = fc.option(
  fc
    .tuple(
      header(
        '2026-07-28',
        '2025-11-25',
        '2024-11-05',
        ' 2026-07-28\t',
        '2025-11-25 ',
        '',
        'x',
        '2026-07-28\n2026-07-28',
      ),
      header('tools/call', 'tools/list', ' tools/call', '', 'tools/call\ntools/call'),
      header('n', ' n ', 'other'),
    )
    .map(
      ([protocolVersion, method, name]): StandardHeaders => ({
        ...(protocolVersion === undefined ? {} : { protocolVersion }),
        ...(method === undefined ? {} : { method }),
        ...(name === undefined ? {} : { name }),
      }),
    ),
  { nil: undefined },
);
const body = fc.record(
  {
    jsonrpc: fc.constant('2.0'),
    id: or(1, 'a', -0),
    method: fc.constantFrom(
      'tools/call',
      'tools/list',
      'initialize',
      'server/discover',
      'constructor',
    ),
    params: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record(
          { _meta: fc.oneof({ weight: 6, arbitrary: meta }, odd), name: odd },
          { requiredKeys: [] },
        ),
      },
      odd,
    ),
  },
  { requiredKeys: ['jsonrpc', 'id', 'method'] },
);

describe('plain requests', () => {
  it('are of the era that the SDK finds, whatever was asked before', () => {
    const plain = new PlainRequests();
    const told = { 2025: 0, 2026: 0 };
    fc.assert(
      fc.property(body, headers, (made, given) => {
        const message = readMessage(made as Json);
        if (message.kind !== 'request') return;
        const sdk = askSdk(made as Json, given);
        if (sdk === '2026') plain.passed(message.request);
        const era = plain.eraOf(message.request, given);
        if (era === undefined) return;
        told[era] += 1;
        expect(era).toBe(sdk);
      }),
      { ...runs(), numRuns: 20_000 },
    );
    // Each path was taken, or nothing was compared.
    expect(Math.min(told[2025], told[2026])).toBeGreaterThan(100);
  });

  it('of 2026 are known by an envelope that has passed, whatever else they say', () => {
    const plain = new PlainRequests();
    const request = (more: { readonly [key: string]: Json }, name = 'c') => ({
      jsonrpc: '2.0' as const,
      id: 1,
      method: 'tools/call',
      params: {
        _meta: {
          [protocolVersion]: '2026-07-28',
          [clientInfo]: { name, version: '1' },
          [clientCapabilities]: {},
          ...more,
        },
      },
    });
    expect(plain.eraOf(request({}), undefined)).toBeUndefined();
    plain.passed(request({}));
    expect(plain.eraOf(request({ progressToken: 5, traceparent: 'x' }), undefined)).toBe('2026');
    expect(plain.eraOf(request({}, 'other'), undefined)).toBeUndefined();
    expect(plain.eraOf(request({ [logLevel]: 'debug' }), undefined)).toBeUndefined();
  });

  it('are forgotten beyond a thousand envelopes, and long ones never kept', () => {
    const plain = new PlainRequests();
    const request = (name: string) => ({
      jsonrpc: '2.0' as const,
      id: 1,
      method: 'tools/call',
      params: {
        _meta: {
          [protocolVersion]: '2026-07-28',
          [clientInfo]: { name, version: '1' },
          [clientCapabilities]: {},
        },
      },
    });
    for (let n = 0; n <= 1_000; n += 1) plain.passed(request(`c${n}`));
    const long = request('c'.repeat(5_000));
    plain.passed(long);
    const eras = [request('c0'), request('c1000'), long].map((one) => plain.eraOf(one, undefined));
    expect(eras).toEqual([undefined, '2026', undefined]);
  });
});
