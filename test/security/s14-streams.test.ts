import { afterEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import { FakeBroker } from '../mcp-server/fake-broker.ts';
import { EventStream } from '../mcp-server/http-stream-client.ts';
import { ask, call, rpc } from '../mcp-server/raw-http.ts';
import { openTransportSession } from '../support/live/transport-session.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxy'.split('');
const ROUNDS = 4;

let face: HttpFace | undefined;
afterEach(() => face?.close());

/** Two transport sessions of one token: ids, event ids and questions are the same in all. */
async function clientsOf(port: number): Promise<{ nonce: string; headers: Headers }[]> {
  const params = { protocolVersion: '2025-11-25', capabilities: {} };
  return Promise.all(
    [...LETTERS, ...LETTERS].map(async (letter, n) => {
      const authorization = `Bearer token-${letter}`;
      const session = await openTransportSession(port, authorization, '/mcp', params);
      const headers = { authorization, 'mcp-session-id': session ?? '' };
      return { nonce: `nonce-${letter}-${n}`, headers };
    }),
  );
}
type Headers = { readonly authorization: string; readonly 'mcp-session-id': string };

it('S14: 50 clients with the same ids, streams that break off, questions and news: none gets what is another’s', async () => {
  const broker = new FakeBroker();
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG });
  const { port } = face;
  const clients = await clientsOf(port);
  const channels = [...broker.channels];
  expect([clients.length, channels.length]).toEqual([50, 50]);

  const got = await Promise.all(
    clients.map(async ({ nonce, headers }) => {
      const seen: string[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const first = await EventStream.open(port, headers, call(1, 'asks'));
        const prime = await first.next();
        const question = await first.message();
        // Odd rounds lose their stream, answer, and come back to it.
        if (round % 2 === 1) first.leave();
        const answered = await ask(port, {
          asIs: true,
          headers,
          body: rpc({ id: question.id as number, result: { nonce } }),
        });
        expect(answered.status).toBe(202);
        const back = { ...headers, 'last-event-id': prime?.id ?? '' };
        const stream = round % 2 === 1 ? await EventStream.open(port, back) : first;
        let message: JsonObject;
        do message = await stream.message();
        while (message.method !== undefined);
        seen.push(JSON.stringify(message));
        await stream.ended();
      }
      return { nonce, seen };
    }),
  );
  for (const { nonce, seen } of got) {
    expect(seen).toHaveLength(ROUNDS);
    for (const text of seen) {
      expect(text.match(/nonce-[a-z]-\d+/g)).toEqual([nonce]);
    }
  }

  const streams = await Promise.all(clients.map(({ headers }) => EventStream.open(port, headers)));
  for (const { principal, tell } of channels) {
    tell({ kind: 'resource_updated', params: { uri: `nonce:${principal.subject}` } });
  }
  await Promise.all(
    streams.map(async (stream, n) => {
      const letter = LETTERS[n % LETTERS.length];
      expect(await stream.message()).toMatchObject({ params: { uri: `nonce:subject-${letter}` } });
      stream.leave();
    }),
  );
}, 60_000);
