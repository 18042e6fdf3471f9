import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askRaw } from '../mcp-server/raw-http.ts';
import { Home } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';
import { RawSocket, requestBytes } from '../support/live/raw-socket.ts';
import { sessionOf } from '../support/live/transport-session.ts';

const call = (id: string): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name: 's__echo', arguments: { nonce: id } },
  });

let at: Home;
let served: Served;
let token: string;
let session: string;
/** A whole, permitted call, which must not be seen inside anything else. */
let hidden: string;

const headers = (more: Readonly<Record<string, string>> = {}) => ({
  Authorization: `Bearer ${token}`,
  'Mcp-Session-Id': session,
  'Content-Type': 'application/json',
  ...more,
});

beforeAll(async () => {
  at = new Home();
  await at.applyGrants();
  served = await at.serve();
  token = (await at.open()).token;
  session = await sessionOf(served.port, token);
  hidden = requestBytes('/mcp', headers({ Connection: 'close' }), call('hidden'));
});
afterAll(() => at.remove());

const statuses = (answers: string): readonly string[] =>
  [...answers.matchAll(/(?:^|\n)HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status ?? '');

/** Head of a permitted request, its framing left to the case. */
const head = (framing: string, start = 'POST /mcp HTTP/1.1'): string =>
  `${start}\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nMcp-Session-Id: ${session}\r\nContent-Type: application/json\r\n${framing}`;
const BODY = call('outer');
const LENGTH = `Content-Length: ${BODY.length}\r\n`;
const CHUNKED = `Transfer-Encoding: chunked\r\n`;
const chunk = (text: string, size = text.length.toString(16)) => `${size}\r\n${text}\r\n`;

const CASES: readonly (readonly [string, () => string, RegExp])[] = [
  [
    'Content-Length and Transfer-Encoding',
    () => `${head(`${LENGTH}${CHUNKED}`)}\r\n0\r\n\r\n`,
    /^400$/,
  ],
  [
    'Transfer-Encoding and Content-Length',
    () => `${head(`${CHUNKED}${LENGTH}`)}\r\n0\r\n\r\n`,
    /^400$/,
  ],
  ['two different lengths', () => `${head(`${LENGTH}Content-Length: 0\r\n`)}\r\n${BODY}`, /^400$/],
  ['the same length twice', () => `${head(`${LENGTH}${LENGTH}`)}\r\n${BODY}`, /^400$/],
  ['a list of lengths', () => `${head('Content-Length: 0, 0\r\n')}\r\n`, /^400$/],
  ['a negative length', () => `${head('Content-Length: -1\r\n')}\r\n`, /^400$/],
  ['a signed length', () => `${head('Content-Length: +0\r\n')}\r\n`, /^400$/],
  ['a length in hex', () => `${head('Content-Length: 0x0\r\n')}\r\n`, /^400$/],
  ['a length beyond 2^64', () => `${head(`Content-Length: ${'9'.repeat(25)}\r\n`)}\r\n`, /^400$/],
  [
    'another transfer coding',
    () => `${head('Transfer-Encoding: identity\r\n')}\r\n0\r\n\r\n`,
    /^400$/,
  ],
  [
    'chunked, and something after it',
    () => `${head('Transfer-Encoding: chunked, identity\r\n')}\r\n0\r\n\r\n`,
    /^400$/,
  ],
  [
    'a transfer coding that looks like chunked',
    () => `${head('Transfer-Encoding: xchunked\r\n')}\r\n0\r\n\r\n`,
    /^400$/,
  ],
  [
    'a transfer coding in quotes',
    () => `${head('Transfer-Encoding: "chunked"\r\n')}\r\n0\r\n\r\n`,
    /^400$/,
  ],
  [
    'space before the colon',
    () => `${head('Transfer-Encoding : chunked\r\n')}\r\n0\r\n\r\n`,
    /^400$/,
  ],
  ['space before a name', () => `${head(`X: 1\r\n Content-Length: 0\r\n`)}\r\n`, /^400$/],
  ['a folded line', () => `${head(`X: a\r\n\tb\r\n${LENGTH}`)}\r\n${BODY}`, /^400$/],
  ['a folded coding', () => `${head('Transfer-Encoding:\r\n chunked\r\n')}\r\n0\r\n\r\n`, /^400$/],
  ['a bare line feed', () => `${head(`X: a\n${LENGTH}`)}\r\n${BODY}`, /^400$/],
  ['a bare carriage return', () => `${head(`X: a\rY: b\r\n${LENGTH}`)}\r\n${BODY}`, /^400$/],
  ['NUL in a value', () => `${head(`X: a\0b\r\n${LENGTH}`)}\r\n${BODY}`, /^400$/],
  ['NUL in a name', () => `${head(`X\0: a\r\n${LENGTH}`)}\r\n${BODY}`, /^400$/],
  ['a line without a colon', () => `${head(`X\r\n${LENGTH}`)}\r\n${BODY}`, /^400$/],
  ['no name', () => `${head(`: x\r\n${LENGTH}`)}\r\n${BODY}`, /^400$/],
  ['a chunk size that is none', () => `${head(CHUNKED)}\r\nzz\r\nab\r\n0\r\n\r\n`, /^400$/],
  [
    'a chunk size with a prefix',
    () => `${head(CHUNKED)}\r\n${chunk('ab', '0x2')}0\r\n\r\n`,
    /^400$/,
  ],
  [
    'a chunk size below nothing',
    () => `${head(CHUNKED)}\r\n${chunk('ab', '-2')}0\r\n\r\n`,
    /^400$/,
  ],
  [
    'a chunk size beyond 2^64',
    () => `${head(CHUNKED)}\r\n${chunk('ab', '1'.repeat(20))}0\r\n\r\n`,
    /^400$/,
  ],
  [
    'a chunk longer than its size',
    () => `${head(CHUNKED)}\r\n${chunk(BODY, '2')}0\r\n\r\n`,
    /^400$/,
  ],
  [
    'a chunk ended by a bare line feed',
    () => `${head(CHUNKED)}\r\n${BODY.length.toString(16)}\n${BODY}\n0\n\n`,
    /^400$/,
  ],
  [
    'chunk extensions without end',
    () => `${head(CHUNKED)}\r\n${chunk(BODY, `2;${'x'.repeat(20_000)}`)}0\r\n\r\n`,
    /^4(?:00|13)$/,
  ],
  [
    'headers beyond the limit',
    () => `${head(`X: ${'x'.repeat(40_000)}\r\n${LENGTH}`)}\r\n${BODY}`,
    /^431$/,
  ],
  ['HTTP/0.9', () => 'GET /mcp\r\n', /^400$/],
  ['HTTP/2 by prior knowledge', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^400$/],
  ['an HTTP version nobody has', () => `${head(LENGTH, 'POST /mcp HTTP/9.9')}\r\n${BODY}`, /^400$/],
  ['a space in the target', () => `${head(LENGTH, 'POST /mcp /x HTTP/1.1')}\r\n${BODY}`, /^400$/],
  ['a tab in the request line', () => `${head(LENGTH, 'POST\t/mcp HTTP/1.1')}\r\n${BODY}`, /^400$/],
  ['NUL in the target', () => `${head(LENGTH, 'POST /mcp\0 HTTP/1.1')}\r\n${BODY}`, /^400$/],
  ['a method in lower case', () => `${head(LENGTH, 'post /mcp HTTP/1.1')}\r\n${BODY}`, /^400$/],
  ['a method nobody has', () => `${head(LENGTH, 'POSTS /mcp HTTP/1.1')}\r\n${BODY}`, /^400$/],
  ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^400$/],
];

describe('S22 what can be read in two ways', () => {
  it.each(CASES)('is refused, and what follows it is not read: %s', async (_, bytes, expected) => {
    const answers = statuses(await askRaw(served.port, `${bytes()}${hidden}`));
    expect(answers).toEqual([expect.stringMatching(expected)]);
  });

  it.each([
    ['no version', () => 'POST /mcp\r\n\r\n'],
    ['version 2.0', () => `${head(LENGTH, 'POST /mcp HTTP/2.0')}\r\n${BODY}`],
    [
      'chunks in version 1.0',
      () => `${head(CHUNKED, 'POST /mcp HTTP/1.0')}\r\n${chunk(BODY)}0\r\n\r\n`,
    ],
  ])('is refused, and the connection ended: %s', async (_, bytes) => {
    expect(statuses(await askRaw(served.port, bytes()))).toEqual(['400']);
    // What follows may cost the answer: the connection ends with bytes unread.
    expect(['', '400']).toContain(
      statuses(await askRaw(served.port, `${bytes()}${hidden}`)).join(' '),
    );
  });

  it('opens no tunnel', async () => {
    const bytes = `CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: localhost\r\n\r\n${hidden}`;
    expect(await askRaw(served.port, bytes)).toBe('');
  });

  it('has reached no tool server, and is counted in the log', async () => {
    expect(at.journal()).toEqual([]);
    const socket = new RawSocket(served.port);
    expect(await socket.ask(requestBytes('/mcp', headers(), call('after')))).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    socket.close();
    await served.end('SIGTERM');
    const sums: Record<string, number> = {};
    for (const { detail } of await at.events('--code', 'TG2001')) {
      const { failures } = detail as { failures: Record<string, number> };
      for (const [reason, count] of Object.entries(failures)) {
        sums[reason] = (sums[reason] ?? 0) + count;
      }
    }
    // Of the three that are read whole, what follows one counts as well.
    expect(sums).toEqual({
      malformed_http: CASES.length - 1 + 3 * 3,
      too_large: 1,
      form_unsupported: 1,
    });
  });
});

describe('S22 requests one after another on one connection', () => {
  beforeAll(async () => {
    served = await at.serve();
    session = await sessionOf(served.port, token);
    hidden = requestBytes('/mcp', headers({ Connection: 'close' }), call('hidden'));
  });

  it('are answered in their order, each once', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `p${n}`);
    const bytes = ids.map((id, n) =>
      requestBytes('/mcp', headers(n === 19 ? { Connection: 'close' } : {}), call(id)),
    );
    const answers = await askRaw(served.port, bytes.join(''));
    const answered = [...answers.matchAll(/"id":"(p\d+)"/g)].map(([, id]) => id);
    expect(answered).toEqual(ids);
    const reached = at.journal().map(({ nonce }) => nonce);
    expect(ids.filter((id) => reached.filter((nonce) => nonce === id).length !== 1)).toEqual([]);
  });

  it('are read in chunks, however small', async () => {
    const parts = [...call('chunks')].map((letter) => chunk(letter)).join('');
    const bytes = `${head(`${CHUNKED}Connection: close\r\n`)}\r\n${parts}0\r\n\r\n`;
    expect(await askRaw(served.port, bytes)).toContain('"id":"chunks"');
  });

  it('end with the first that is none, which is not answered in the place of one before', async () => {
    const waits = requestBytes(
      '/mcp',
      headers(),
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 's__hold', arguments: { nonce: 'held' } },
      }),
    );
    const answers = await askRaw(served.port, `${waits}NONSENSE\r\n\r\n${hidden}`);
    expect(answers).toBe('');
    expect(at.journal().filter(({ nonce }) => nonce === 'hidden')).toEqual([]);
  });
});
