import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../mcp-server/raw-http.ts';
import { Home, until } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';
import { argumentsIn, received, recorded } from '../support/live/recorded.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';

const deep = (depth: number): string => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;

/** Arguments as a client spells them, in canonical order, and as the tool server must get them. */
const PASSED: readonly [sent: string, received?: string][] = [
  ['{}'],
  ['{"a":12345678901234567890,"b":-9007199254740993,"c":9007199254740991}'],
  ['{"a":1E400,"b":-1e-400,"c":3.14159265358979323846,"d":-0,"e":-0.0}'],
  ['{"a":1.0,"b":1e2,"c":1E+2,"d":0.10,"e":-1.50}', '{"a":1,"b":100,"c":100,"d":0.1,"e":-1.5}'],
  [' { "a" :\t[ 1 ,\r\n2 ] } ', '{"a":[1,2]}'],
  ['{"a":"\\u0041\\/\\u00e9\\ud83d\\ude00"}', '{"a":"A/é😀"}'],
  ['{"\\u0061":1,"b\\u002f":{"\\u0063":2}}', '{"a":1,"b/":{"c":2}}'],
  ['{"":1,"\\\\":1}'],
  // After the one before, V8 takes this name for a backslash.
  ['{"":1,"\\n":2}'],
  ['{"a":"\\u0000\\b\\u007f\ufeff"}', '{"a":"\\u0000\\b\u007f\ufeff"}'],
  ['{"":{"":[""," "]}}'],
  ['{"__proto__":{"isAdmin":true},"constructor":{"prototype":null},"toString":1}'],
  ['{"a":{"__proto__":12345678901234567890}}'],
  ['{"rawJSON":"1"}'],
  ['{"Arguments":1,"NAME":2,"name":3,"paramſ":4}'],
  ['{"a":null,"b":false,"c":[],"d":{},"e":[[],{}]}'],
  [deep(480)],
  [`{"a":"${'ü"\\n'.replace('"', '\\"').repeat(50_000)}"}`],
];

/** What ends a line for some readers is always written as an escape. */
const LINE_ENDS = '{"a":"\u0085\u2028\u2029"}';

/** A lone half of a character has no UTF-8: it is passed on as the escape it came as. */
const LONE: readonly [sent: string][] = [['{"a":"\\ud800"}'], ['{"\\udfff":"x\\udc00y"}']];

/** What no call is made of. */
const REFUSED: readonly (readonly [string, Buffer])[] = [
  ['a member twice', '{"a":1,"a":1}'],
  ['a member twice by another spelling', '{"a":[{"b":1,"\\u0062":1}]}'],
  ['too deep', deep(600)],
  ['a control character', '{"a":"\u0001"}'],
  ['a number that is none', '{"a":01}'],
  ['half a character', '{"a":"\\ud8"}'],
].map(([what = '', args = '']) => [what, Buffer.from(callOf(1, args))]);
const BYTES: readonly (readonly [string, Buffer])[] = [
  ['a byte order mark', Buffer.from(`\ufeff${callOf(1, '{}')}`)],
  ['UTF-16', Buffer.from(callOf(1, '{}'), 'utf16le')],
  ['bytes that are not UTF-8', Buffer.from(callOf(1, '{"a":"\u00ff"}'), 'latin1')],
  [
    'half a character in UTF-8',
    Buffer.concat([
      Buffer.from(callOf(1, '').slice(0, -22)),
      Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
      Buffer.from(',"name":"s__echo"}}'),
    ]),
  ],
];

function callOf(id: number, args: string): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"arguments":${args},"name":"s__echo"}}`;
}

let at: Home;
let served: Served;
let headers: { authorization: string };
let stdio: StdioClient;
let key: Uint8Array;
let session: string;

beforeAll(async () => {
  at = new Home({ servers: recorded, more: { audit: { arguments: 'digest' } } });
  await at.applyGrants();
  served = await at.serve();
  const opened = await at.open();
  session = opened.id;
  headers = { authorization: `Bearer ${opened.token}` };
  stdio = at.stdio((await at.open()).token);
  key = await (await at.state()).context.keys.digestKey();
});
afterAll(() => at.remove());

const send = (body: string | Buffer) => ask(served.port, { headers, body });

describe('what is authorized, recorded and received', () => {
  it.each([...PASSED, ...LONE])('is the same bytes: %.60s', async (sent, expected = sent) => {
    const before = received(at).length;
    expect((await send(callOf(7, sent))).status).toBe(200);
    stdio.write(`${callOf(before, sent.replaceAll(/[\r\n]/g, ' '))}\n`);
    await until(() => (received(at).length < before + 2 ? undefined : true));
    expect(received(at).slice(before).map(argumentsIn)).toEqual([expected, expected]);
  });

  it('escapes what could be the end of a line', async () => {
    expect((await send(callOf(7, LINE_ENDS))).status).toBe(200);
    expect(received(at).slice(-1).map(argumentsIn)).toEqual(['{"a":"\\u0085\\u2028\\u2029"}']);
  });

  it.each([...REFUSED, ...BYTES])('is nothing for %s', async (_, body) => {
    const before = received(at).length;
    const answer = await send(body);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      400,
      { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } },
    ]);
    expect(received(at)).toHaveLength(before);
  });

  it('was recorded with an HMAC over the very bytes, and each refusal by an event', async () => {
    const hmac = (text: string) => createHmac('sha256', key).update(text).digest('hex');
    const events = await at.events('--session', session);
    const reasons = events.filter(({ code }) => code === 'TG1004').map(({ reason }) => reason);
    expect(reasons).toEqual([...REFUSED, ...BYTES].map(() => 'malformed_json'));
    expect(events.flatMap(({ argsHmac }) => argsHmac ?? [])).toEqual([
      ...PASSED.map(([sent, expected]) => hmac(expected ?? sent)),
      // What has no canonical form is recorded over a form that no canonical text can equal.
      ...LONE.map(([sent]) => hmac(`\0${sent.replace('}', ',}')}`)),
      hmac(LINE_ENDS),
    ]);
  });
});
