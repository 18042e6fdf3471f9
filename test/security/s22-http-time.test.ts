import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import type { HttpLimits } from '../../src/mcp-server/http-limits.ts';
import { FakeBroker } from '../mcp-server/fake-broker.ts';
import { ask, askRaw, call, rpc } from '../mcp-server/raw-http.ts';
import { sessionOf } from '../support/live/transport-session.ts';

const PING = rpc({ id: 1, method: 'initialize' });
const HEAD =
  'POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token-a\r\nContent-Type: application/json\r\n';
const post = (body: string, more = ''): string =>
  `${HEAD}${more}Content-Length: ${body.length}\r\n\r\n${body}`;

let broker: FakeBroker;
let face: HttpFace;

const listen = async (limits: Partial<HttpLimits> = {}): Promise<void> => {
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG, limits });
};
beforeEach(() => {
  broker = new FakeBroker();
});
afterEach(() => face.close());

/** Sends `start`, then one `drop` after another for as long as it is let; all that came back. */
function trickle(start: string, drop: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(face.port, '127.0.0.1', () => socket.write(start));
    const timer = setInterval(() => socket.write(drop), 5);
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(text);
    });
  });
}

describe('S22 a request that does not come to its end', () => {
  const hasty = { headersMs: 20, receiveMs: 40 };

  it.each([
    ['nothing at all', '', ''],
    ['headers, one after another', HEAD, 'X: 1\r\n'],
    ['a header, letter by letter', `${HEAD}X: `, 'x'],
    ['a body, byte by byte', `${HEAD}Content-Length: 1000000\r\n\r\n`, ' '],
    ['a chunk, byte by byte', `${HEAD}Transfer-Encoding: chunked\r\n\r\nfffff\r\n`, ' '],
  ])('ends with 408, and in the log: %s', async (_, start, drop) => {
    await listen(hasty);
    expect(await trickle(start, drop)).toMatch(/^HTTP\/1\.1 408 /);
    expect(broker.refused).toEqual([['too_slow', null]]);
    expect(broker.handled).toEqual([]);
  });

  it('has one answer when it was refused before its body came', async () => {
    // Time enough for the refusal to come first.
    await listen({ headersMs: 500, receiveMs: 500 });
    const start = `${HEAD.replace('token-a', 'junk')}Content-Length: 1000000\r\n\r\n`;
    const answers = await trickle(start, ' ');
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401']);
  });
});

describe('S22 a connection', () => {
  it('is ended when no further request comes', async () => {
    await listen({ idleMs: 1000 });
    expect(await askRaw(face.port, post(PING))).toMatch(/\r\nKeep-Alive: timeout=1\r\n/i);
  });

  it('beyond the bound is dropped, and in the log', async () => {
    await listen({ maxConnections: 0 });
    expect(await askRaw(face.port, post(PING))).toBe('');
    expect(broker.refused).toEqual([['too_many', null]]);
  });
});

describe('S22 a client that waits to be asked for its body', () => {
  const waiting = `${HEAD}Expect: 100-continue\r\nConnection: close\r\nContent-Length: ${PING.length}\r\n\r\n`;

  it('is not asked before it is authenticated', async () => {
    await listen();
    const answer = await askRaw(face.port, waiting.replace('token-a', 'junk'));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401']);
  });

  it('is asked once it is', async () => {
    await listen();
    const text = await new Promise<string>((resolve) => {
      let read = '';
      const socket = connect(face.port, '127.0.0.1', () => socket.write(waiting));
      socket.on('data', (part) => {
        read += part.toString();
        if (read === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(PING);
      });
      socket.on('close', () => resolve(read));
    });
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
  });
});

describe('S22 many headers', () => {
  const lines = (count: number) => Array.from({ length: count }, () => 'a:\r\n').join('');

  it('are taken up to the bound', async () => {
    await listen();
    const answer = await askRaw(face.port, post(PING, `Connection: close\r\n${lines(500)}`));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([600, 3000])(
    'are refused beyond it, and none is dropped in silence: %i',
    async (count) => {
      await listen();
      const second = 'Authorization: Bearer token-b\r\nConnection: close\r\n';
      const answer = await askRaw(face.port, post(PING, `${lines(count)}${second}`));
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
      expect(broker.refused).toEqual([['too_large', null]]);
      expect(broker.presented).toEqual([]);
    },
  );
});

describe('S22 while the broker closes', () => {
  it('answers what still arrives with 503, and records it', async () => {
    await listen();
    const session = await sessionOf(face.port, 'token-a');
    const answers = new Promise<string>((resolve) => {
      let text = '';
      const hang = post(call(1, 'hang'), `Mcp-Session-Id: ${session}\r\n`);
      const next = post(PING);
      const socket = connect(face.port, '127.0.0.1', () => socket.write(hang + next.slice(0, 40)));
      socket.on('data', (part) => {
        text += part.toString();
      });
      socket.on('close', () => resolve(text));
      void broker.running(1).then(() => {
        void face.close();
        socket.write(next.slice(40));
      });
    });
    expect((await answers).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
    expect(broker.refused).toEqual([['closing', null]]);
    expect(broker.handled).toHaveLength(1);
  });

  it('answers a request whose body comes too late with 503, and records by whom', async () => {
    await listen();
    const whole = post(PING);
    const answer = new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(face.port, '127.0.0.1', () => socket.write(whole.slice(0, -1)));
      socket.on('data', (part) => {
        text += part.toString();
      });
      socket.on('close', () => resolve(text));
      const close = () => {
        if (broker.presented.length === 0) {
          setImmediate(close);
          return;
        }
        void face.close();
        socket.write(whole.slice(-1));
      };
      close();
    });
    expect(await answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(broker.refused).toEqual([['closing', 'subject-a']]);
    expect(broker.handled).toEqual([]);
  });

  it('takes no new connection', async () => {
    await listen();
    await face.close();
    await expect(ask(face.port, { body: PING })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
