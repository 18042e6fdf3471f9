import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modern, ask as send } from '../mcp-server/raw-http.ts';
import { Home } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

let at: Home;
let served: Served;
let authorization: string;

beforeAll(async () => {
  at = new Home();
  await at.applyGrants();
  served = await at.serve();
  authorization = `Bearer ${(await at.open()).token}`;
});
afterAll(() => at.remove());

/** A `tools/call` of the 2026 era whose headers agree with it, but for `headers`. */
const call = (headers: Headers, name = 's__echo') => {
  const good = modern('tools/call', { name, arguments: { nonce: 'n' } });
  return send(served.port, { ...good, headers: { ...good.headers, authorization, ...headers } });
};
/** The same call of the 2025 era, with `headers` it does not need. */
const legacyCall = (headers: Headers) =>
  send(served.port, {
    headers: { authorization, ...headers },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 's__echo', arguments: { nonce: 'n' } },
    }),
  });
const encoded = (text: string | Buffer): string =>
  `=?base64?${Buffer.from(text).toString('base64')}?=`;

const MODERN: readonly (readonly [string, Headers])[] = [
  ['no MCP-Protocol-Version', { 'mcp-protocol-version': undefined }],
  ['an empty MCP-Protocol-Version', { 'mcp-protocol-version': '' }],
  ['an older MCP-Protocol-Version', { 'mcp-protocol-version': '2025-11-25' }],
  ['a MCP-Protocol-Version nobody has', { 'mcp-protocol-version': '2031-01-01' }],
  ['MCP-Protocol-Version twice', { 'mcp-protocol-version': ['2026-07-28', '2026-07-28'] }],
  ['two MCP-Protocol-Versions', { 'mcp-protocol-version': ['2026-07-28', '2025-11-25'] }],
  ['no Mcp-Method', { 'mcp-method': undefined }],
  ['an empty Mcp-Method', { 'mcp-method': '' }],
  ['another Mcp-Method', { 'mcp-method': 'tools/list' }],
  ['Mcp-Method in another case', { 'mcp-method': 'Tools/Call' }],
  ['Mcp-Method in base64', { 'mcp-method': encoded('tools/call') }],
  ['Mcp-Method twice', { 'mcp-method': ['tools/call', 'tools/call'] }],
  ['two Mcp-Methods', { 'mcp-method': ['tools/call', 'tools/list'] }],
  ['Mcp-Method as a list', { 'mcp-method': 'tools/call, tools/list' }],
  ['no Mcp-Name', { 'mcp-name': undefined }],
  ['an empty Mcp-Name', { 'mcp-name': '' }],
  ['another Mcp-Name', { 'mcp-name': 's__sneaky' }],
  ['Mcp-Name in another case', { 'mcp-name': 's__Echo' }],
  ['Mcp-Name in percent form', { 'mcp-name': 's__%65cho' }],
  ['Mcp-Name twice', { 'mcp-name': ['s__echo', 's__echo'] }],
  ['two Mcp-Names', { 'mcp-name': ['s__echo', 's__sneaky'] }],
  ['another Mcp-Name in base64', { 'mcp-name': encoded('s__sneaky') }],
  ['Mcp-Name in base64 twice over', { 'mcp-name': encoded(encoded('s__echo')) }],
  ['Mcp-Name in base64 with the name after it', { 'mcp-name': `${encoded('s__echo')} s__echo` }],
  ['Mcp-Name in base64 without padding', { 'mcp-name': encoded('s__echo').replace('=?=', '?=') }],
  ['Mcp-Name in base64url', { 'mcp-name': '=?base64?c19fZWNobw-_?=' }],
  ['Mcp-Name in base64 of no UTF-8', { 'mcp-name': encoded(Buffer.from([0x73, 0xff])) }],
  ['Mcp-Name in base64 with a mark before it', { 'mcp-name': encoded('\ufeffs__echo') }],
  ['Mcp-Name in another charset', { 'mcp-name': '=?utf-8?B?c19fZWNobw==?=' }],
  ['Mcp-Name in BASE64', { 'mcp-name': encoded('s__echo').replace('base64', 'BASE64') }],
];

const LEGACY: readonly (readonly [string, Headers])[] = [
  ['another Mcp-Method', { 'mcp-method': 'tools/list' }],
  ['two Mcp-Methods', { 'mcp-method': ['tools/call', 'tools/list'] }],
  ['another Mcp-Name', { 'mcp-name': 's__other' }],
  ['two Mcp-Names', { 'mcp-name': ['s__echo', 's__other'] }],
];

describe('S18 headers that disagree with the body', () => {
  it.each(MODERN)('are refused with 400 and -32020: %s', async (_, headers) => {
    const { status, body } = await call(headers);
    expect([status, JSON.parse(body)]).toMatchObject([400, { error: { code: -32020 } }]);
  });

  it.each(LEGACY)('are refused in the 2025 era too: %s', async (_, headers) => {
    const { status, body } = await legacyCall(headers);
    expect([status, JSON.parse(body)]).toMatchObject([400, { error: { code: -32020 } }]);
  });

  it('are refused without a word on whether the tool exists', async () => {
    const [granted, unknown] = await Promise.all(
      ['s__echo', 's__echx'].map((name) => call({ 'mcp-name': 'other' }, name)),
    );
    expect(granted?.body).toBe(unknown?.body);
  });

  it('reach no tool server, and are in the log one by one', async () => {
    expect(at.journal()).toEqual([]);
    const events = await at.events('--code', 'TG1004');
    const count = MODERN.length + LEGACY.length + 2;
    expect(events.map(({ reason }) => reason)).toEqual(Array(count).fill('header_mismatch'));
  });
});

describe('S18 headers that agree with the body', () => {
  it.each<[string, Headers]>([
    ['plain', {}],
    ['Mcp-Name in base64', { 'mcp-name': encoded('s__echo') }],
    ['names of headers in another case', { 'MCP-NAME': 's__echo', 'mcp-name': undefined }],
    ['space around values', { 'mcp-name': '  s__echo\t', 'mcp-method': ' tools/call ' }],
  ])('are served: %s', async (_, headers) => {
    const { status, body } = await call(headers);
    expect([status, JSON.parse(body)]).toMatchObject([200, { result: { content: [{}] } }]);
  });

  it('are served in the 2025 era', async () => {
    const headers = { 'mcp-method': 'tools/call', 'mcp-name': encoded('s__echo') };
    expect((await legacyCall(headers)).status).toBe(200);
  });
});
