import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { utf8Bytes } from '../../src/domain/utf8.ts';
import { endWithin, json, send } from '../../src/mcp-server/http-answer.ts';

/** A response of which so much waits for its client. */
function slowResponse(writableLength = 1) {
  const response = Object.assign(new EventEmitter(), {
    writableLength,
    end: () => {},
    destroy: () => {},
  });
  response.end = vi.fn();
  response.destroy = vi.fn();
  return response;
}

describe('endWithin', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('cuts a client off that has not read the end in time', () => {
    const response = slowResponse();
    endWithin(response as unknown as ServerResponse, 1000);
    vi.advanceTimersByTime(999);
    expect(response.destroy).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(response.destroy).toHaveBeenCalledOnce();
  });

  it('leaves a client alone that has', () => {
    const response = slowResponse();
    endWithin(response as unknown as ServerResponse, 1000);
    response.emit('close');
    vi.advanceTimersByTime(10_000);
    expect(response.destroy).not.toHaveBeenCalled();
  });

  it('waits for no client of whose answer nothing is left', () => {
    endWithin(slowResponse(0) as unknown as ServerResponse, 1000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('send', () => {
  it.each(['plain', 'ü', 'é\u2028', '\ud83d\ude00', '\ud800'])(
    'sends %j as UTF-8',
    async (text) => {
      const server = createServer((_, response) => send(response, json(200, text), 1000));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(bytes).toEqual(Buffer.from(text));
      expect(answer.headers.get('content-length')).toBe(String(bytes.length));
      server.close();
    },
  );

  it('sends each client its own bytes, whoever reads late and whose memory is used again', async () => {
    const sent = new Set<ArrayBufferLike>();
    let left = 0;
    const server = createServer(({ url = '' }, response) => {
      const bytes = utf8Bytes([url.slice(1).repeat(1_000_000)]);
      sent.add(bytes.buffer);
      send(response, json(200, bytes), 60_000);
      if (response.writableLength > 0) left += 1;
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const letters = 'abcdefghijklmnop';
    const late = connect(port, '127.0.0.1').pause();
    for (const letter of letters) late.write(`GET /${letter} HTTP/1.1\r\nHost: a\r\n\r\n`);
    for (let again = 0; again < 20; again += 1) {
      const answer = await fetch(`http://127.0.0.1:${port}/z`);
      expect(await answer.text()).toBe('z'.repeat(1_000_000));
    }
    expect(left).toBeGreaterThan(0);
    expect(sent.size).toBeLessThan(20 + letters.length);
    let read = '';
    for await (const chunk of late.resume().setEncoding('latin1')) {
      read += chunk;
      if (read.length > letters.length * 1_000_000 && read.endsWith('p'.repeat(1_000))) break;
    }
    const bodies = read.split(/HTTP.*?\r\n\r\n/s).slice(1);
    expect(bodies.map((body) => [body.length, new Set(body).size, body[0]])).toEqual(
      Array.from(letters, (letter) => [1_000_000, 1, letter]),
    );
    server.close();
    server.closeAllConnections();
  });
});
