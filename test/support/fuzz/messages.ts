import { ENVELOPE_KEYS, REVISION_2026 } from '../../../src/domain/era.ts';

/** A valid message and the HTTP headers that go with it. */
export interface Sample {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

const ENVELOPE = {
  [ENVELOPE_KEYS.protocolVersion]: REVISION_2026,
  [ENVELOPE_KEYS.clientInfo]: { name: 'fuzz', version: '1' },
  [ENVELOPE_KEYS.clientCapabilities]: { elicitation: {} },
};

const ARGUMENTS: readonly object[] = [
  {},
  { nonce: 'n', path: '/a/../b', list: [1, 2.5, -3, null, true, []] },
  { text: 'ünï "quoted" \\ \n \u0000 \u2028 😀', nested: { a: { b: { c: [{ d: 1 }] } } } },
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
];

const META = {
  progressToken: 1,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const CALLS: readonly (readonly [method: string, params?: object])[] = [
  ['ping'],
  ['tools/list'],
  ['tools/list', { cursor: 'next' }],
  ...ARGUMENTS.map((args) => ['tools/call', { name: 's__echo', arguments: args }] as const),
  ['tools/call', { name: 's__echo', arguments: { n: 1 }, _meta: META }],
  ['tools/call', { name: 's__sneaky', arguments: {} }],
  ['tools/call', { name: 's__echo', task: { ttl: 1000 } }],
  ['resources/list'],
  ['resources/read', { uri: 'file:///etc/passwd' }],
  ['prompts/get', { name: 'p', arguments: { a: 'b' } }],
  [
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } },
  ],
  ['resources/templates/list'],
  ['resources/subscribe', { uri: 'file:///etc/passwd' }],
  ['prompts/list', { cursor: 'next' }],
  ['tools/call', { name: 's__echo', arguments: { n: 2 }, requestState: 'AQ' }],
  ['logging/setLevel', { level: 'debug' }],
  ['tasks/get', { taskId: 't' }],
  ['nobody/knows', { a: 1 }],
];

const message = (more: object): string => JSON.stringify({ jsonrpc: '2.0', ...more });

/** Valid messages of both eras, with the request id `id`. */
export function samples(id: string): readonly Sample[] {
  const initialize = {
    protocolVersion: '2025-11-25',
    capabilities: { roots: { listChanged: true } },
    clientInfo: { name: 'fuzz', version: '1' },
  };
  const old = [
    message({ id, method: 'initialize', params: initialize }),
    ...CALLS.map(([method, params]) => message({ id, method, ...(params && { params }) })),
    message({ method: 'notifications/initialized' }),
    message({ method: 'notifications/cancelled', params: { requestId: 'nobody', reason: 'r' } }),
    message({ id: 1, result: { roots: [] } }),
    message({ id: 1, error: { code: -32000, message: 'no' } }),
    `[${message({ id, method: 'ping' })}]`,
  ];
  return [
    ...old.map((text) => ({ text, headers: {} })),
    ...[...CALLS, ['server/discover'] as const].map(modern),
  ];

  function modern([method, params]: readonly [string, object?]): Sample {
    const { name, _meta } = (params ?? {}) as { name?: string; _meta?: object };
    return {
      text: message({ id, method, params: { ...params, _meta: { ..._meta, ...ENVELOPE } } }),
      headers: {
        'mcp-protocol-version': REVISION_2026,
        'mcp-method': method,
        ...(name === undefined ? {} : { 'mcp-name': name }),
      },
    };
  }
}
