import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStream } from '../mcp-server/http-stream-client.ts';
import { ask, modern } from '../mcp-server/raw-http.ts';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { Served } from '../support/live/processes.ts';
import { openTransportSession } from '../support/live/transport-session.ts';

const SAYER = fileURLToPath(new URL('../support/tool-servers/sayer-2025.mjs', import.meta.url));
const updated = (uri: string) => ({
  jsonrpc: '2.0',
  method: 'notifications/resources/updated',
  params: { uri },
});

let at: Home;
let served: Served;
let id: string;
let token: string;
let authorization: string;

beforeAll(async () => {
  at = new Home({
    servers: () => ({ s: { command: process.execPath, args: [SAYER] } }),
    grants: {
      'alice.yaml': grantText('alice', 'alice', ["permit: 's/*'", "permit: 'resource:s/test://*'"]),
    },
  });
  await at.applyGrants();
  served = await at.serve();
  // Seen by somebody before, so that its first use is no change of anybody's lists.
  const before = new HttpClient(served.port, (await at.open()).token);
  await before.ask({ id: 1, method: 'tools/list' });
  before.close();
  ({ id, token } = await at.open());
  authorization = `Bearer ${token}`;
});
afterAll(() => at.remove());

/** A 2025 client on a path: its requests, and its news. */
async function client(path: string) {
  const params = { protocolVersion: '2025-11-25', capabilities: {} };
  const session = await openTransportSession(served.port, authorization, path, params);
  const headers = { authorization, 'mcp-session-id': session ?? '' };
  const post = async (method: string, sent: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: sent });
    return ask(served.port, { asIs: true, path, headers, body });
  };
  const news = await EventStream.open(served.port, headers, undefined, path);
  return { post, news };
}

it('S11: what a client subscribed to over HTTP is told on its own path, in both eras, until the session ends', async () => {
  const whole = await client('/mcp');
  const one = await client('/mcp/s');
  expect((await whole.post('resources/subscribe', { uri: 'test://whole' })).status).toBe(200);
  expect((await one.post('resources/subscribe', { uri: 'test://one' })).status).toBe(200);
  const listen = modern('subscriptions/listen', {
    notifications: { resourceSubscriptions: ['test://stream', 'test://one', 'other://x'] },
  });
  const headers = { ...(listen.headers as Record<string, string>), authorization };
  const stream = await EventStream.open(served.port, headers, String(listen.body));
  expect(await stream.message()).toMatchObject({
    method: 'notifications/subscriptions/acknowledged',
    params: { notifications: { resourceSubscriptions: ['test://stream', 'test://one'] } },
  });

  const messages = ['test://whole', 'test://one', 'test://stream'].map(updated);
  await one.post('tools/call', { name: 'say', arguments: { messages } });
  expect(await whole.news.message()).toEqual(updated('test://whole'));
  expect(await one.news.message()).toEqual(updated('test://one'));
  expect(await stream.message()).toMatchObject(updated('test://one'));
  expect(await stream.message()).toMatchObject(updated('test://stream'));

  expect(await at.run(['session', 'revoke', id])).toMatchObject({ code: 0 });
  await Promise.all([whole.news.ended(), one.news.ended(), stream.ended()]);
  const count = ({ text }: EventStream) => text.match(/resources\/updated/g)?.length;
  expect([whole.news, one.news, stream].map(count)).toEqual([1, 1, 2]);
});
