import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import { FakeBroker } from '../mcp-server/fake-broker.ts';
import { askRaw, rpc } from '../mcp-server/raw-http.ts';

const PING = rpc({ id: 1, method: 'initialize' });

/** Each list is a header's lines; no entry is no such header. */
const OUR_HOSTS = ['localhost', 'LocalHost:1', '127.0.0.1', '127.0.0.1:7433', '[::1]', '[::1]:99'];
const FOREIGN_HOSTS = [
  undefined,
  '',
  'evil.example',
  'evil.example:7433',
  'localhost.evil.example',
  'evil.localhost',
  'localhost.',
  'localhost.:7433',
  '127.0.0.1.evil.example',
  '127.0.0.1.',
  '127.0.0.2',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0.0.0.0',
  '::1',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::1',
  'localhost@evil.example',
  'evil.example@localhost',
  'localhost,evil.example',
  'localhost evil.example',
  'localhost/evil',
  'localhost#',
  'localhost?',
  'localhost\\@evil.example',
  'localhost:evil',
  'localhost:',
  'localhost:1:2',
  'localhost:-1',
  'local%68ost',
  'ⓛocalhost',
  'http://localhost',
  'null',
  '*',
];
const OUR_ORIGINS = [undefined, 'http://localhost', 'https://localhost:3000', 'http://127.0.0.1:8'];
const FOREIGN_ORIGINS = [
  '',
  'null',
  'localhost',
  'http://evil.example',
  'https://evil.example:7433',
  'http://localhost.evil.example',
  'http://evil.localhost',
  'http://localhost.',
  'http://127.1',
  'http://user@localhost',
  'http://localhost@evil.example',
  'http://localhost/',
  'http://localhost http://evil.example',
  'http://localhost, http://evil.example',
  'file://localhost',
  'chrome-extension://localhost',
  'ws://localhost',
  '//localhost',
  'http:localhost',
  'http://',
  'HTTP://LOCALHOST',
];

let broker: FakeBroker;
const faces = new Map<string, HttpFace>();

beforeAll(async () => {
  broker = new FakeBroker();
  for (const [name, more] of [
    ['loopback', {}],
    ['public', { publicUrl: 'https://broker.example:8443/mcp' }],
  ] as const) {
    const options = { broker, host: '127.0.0.1', port: 0, log: SILENT_LOG, ...more };
    faces.set(name, await listenHttp(options));
  }
});
afterAll(() => Promise.all([...faces.values()].map((face) => face.close())));
beforeEach(() => {
  broker.presented.length = 0;
  broker.refused.length = 0;
});

async function status(
  face: string,
  host: string | undefined,
  origin?: string,
  more = 'Authorization: Bearer token-a\r\n',
  target = '/mcp',
): Promise<number> {
  const lines = [
    ...(host === undefined ? [] : [`Host: ${host}\r\n`]),
    ...(origin === undefined ? [] : [`Origin: ${origin}\r\n`]),
  ].join('');
  const bytes = `POST ${target} HTTP/1.1\r\n${lines}${more}Content-Type: application/json\r\nConnection: close\r\nContent-Length: ${PING.length}\r\n\r\n${PING}`;
  const answer = await askRaw(faces.get(face)?.port ?? 0, Buffer.from(bytes).toString('utf8'));
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

describe('S6 Host and Origin', () => {
  it('are served when both are ours', async () => {
    for (const host of OUR_HOSTS) {
      for (const origin of OUR_ORIGINS) {
        expect([host, origin, await status('loopback', host, origin)]).toEqual([host, origin, 200]);
      }
    }
  });

  it('are refused with 403 when the Host is foreign, whatever the Origin', async () => {
    for (const host of FOREIGN_HOSTS) {
      for (const origin of [undefined, 'http://localhost', 'http://evil.example']) {
        expect([host, origin, await status('loopback', host, origin)]).toEqual([host, origin, 403]);
      }
    }
    expect(broker.presented).toEqual([]);
  });

  it('are refused with 403 when the Origin is foreign, whatever the Host', async () => {
    for (const origin of FOREIGN_ORIGINS) {
      for (const host of ['localhost', '127.0.0.1:7433', 'evil.example']) {
        expect([origin, host, await status('loopback', host, origin)]).toEqual([origin, host, 403]);
      }
    }
    expect(broker.presented).toEqual([]);
  });

  it.each(['', 'Authorization: Bearer junk\r\n', 'Authorization: Bearer token-a\r\n'])(
    'are refused before any credential is looked at: %j',
    async (credential) => {
      expect(await status('loopback', 'evil.example', undefined, credential)).toBe(403);
      expect(await status('loopback', 'localhost', 'http://evil.example', credential)).toBe(403);
      expect(broker.presented).toEqual([]);
      expect(broker.refused).toEqual([
        ['address_refused', null],
        ['address_refused', null],
      ]);
    },
  );

  it.each([
    ['Host', 'localhost', 'Host: localhost\r\n'],
    ['Host, the second foreign', 'localhost', 'Host: evil.example\r\n'],
    ['Host in another case', 'localhost', 'HOST: localhost\r\n'],
    ['Origin', 'localhost', 'Origin: http://localhost\r\nOrigin: http://localhost\r\n'],
    ['Origin, the second foreign', 'localhost', 'Origin: http://localhost\r\norigin: null\r\n'],
  ])('are refused when one is given twice: %s', async (_, host, more) => {
    expect(await status('loopback', host, undefined, more)).toBe(403);
  });

  it.each([
    'http://localhost/mcp',
    'http://evil.example/mcp',
    'http://user@localhost/mcp',
    '//localhost/mcp',
    '//evil.example/mcp',
    '*',
  ])('are not read from the target, which is a path: %s', async (target) => {
    expect(await status('loopback', 'evil.example', undefined, '', target)).toBe(403);
    expect(await status('loopback', 'localhost', undefined, '', target)).toBe(404);
    expect(broker.presented).toEqual([]);
  });
});

describe('S6 Host and Origin behind a public URL', () => {
  it.each([
    ['broker.example:8443', undefined, 200],
    ['BROKER.example:8443', 'https://broker.example:8443', 200],
    ['localhost:7433', undefined, 200],
    ['broker.example', undefined, 403],
    ['broker.example:443', undefined, 403],
    ['broker.example.:8443', undefined, 403],
    ['evil.broker.example:8443', undefined, 403],
    ['user@broker.example:8443', undefined, 403],
    ['broker.example:8443', 'https://broker.example', 403],
    ['broker.example:8443', 'http://broker.example:8443', 403],
    ['broker.example:8443', 'https://evil.example', 403],
    ['broker.example:8443', 'https://broker.example:8443/', 403],
    ['broker.example:8443', 'null', 403],
    ['evil.example', 'https://broker.example:8443', 403],
  ])('are compared with name and port: Host %s, Origin %s: %i', async (host, origin, expected) => {
    expect(await status('public', host, origin)).toBe(expected);
  });
});

describe('S6 a broker', () => {
  it.each(['0.0.0.0', '::', '192.168.0.1', 'broker.example'])(
    'does not listen beyond loopback without https or a word: %s',
    async (host) => {
      const options = { broker, host, port: 0, log: SILENT_LOG };
      await expect(listenHttp(options)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    },
  );
});
