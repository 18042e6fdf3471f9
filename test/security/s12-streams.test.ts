import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStream } from '../mcp-server/http-stream-client.ts';
import { ask } from '../mcp-server/raw-http.ts';
import { grantText, Home } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';
import { callOf } from '../support/live/race.ts';
import { openTransportSession } from '../support/live/transport-session.ts';

let at: Home;
let served: Served;

beforeAll(async () => {
  at = new Home({
    grants: {
      'one.yaml': grantText('one', 'alice', ['permit: s/echo']),
      'two.yaml': grantText('two', 'alice', ['permit: s/hold']),
      'bob.yaml': grantText('bob', 'bob'),
    },
  });
  await at.applyGrants();
  served = await at.serve();
});
afterAll(() => at.remove());

/** A 2025 client: its transport session, and its news. */
async function client(subject: string) {
  const { id, token } = await at.open(subject);
  const authorization = `Bearer ${token}`;
  const params = { protocolVersion: '2025-11-25', capabilities: {} };
  const session = await openTransportSession(served.port, authorization, '/mcp', params);
  const headers = { authorization, 'mcp-session-id': session ?? '' };
  const post = (message: object) =>
    ask(served.port, { asIs: true, headers, body: JSON.stringify({ jsonrpc: '2.0', ...message }) });
  await post({ id: 1, method: 'tools/list' });
  return { id, headers, post, news: await EventStream.open(served.port, headers) };
}

it('S12: a revoked session has its streams closed when the command returns, and nobody else’s', async () => {
  const [alice, bob] = [await client('alice'), await client('bob')];
  const held = await EventStream.open(
    served.port,
    alice.headers,
    JSON.stringify({ jsonrpc: '2.0', ...callOf('held', 's__hold') }),
  );
  await at.noted((lines) => lines.some(({ nonce }) => nonce === 'held'));
  expect(await at.run(['session', 'revoke', alice.id])).toMatchObject({ code: 0 });
  await Promise.all([alice.news.ended(), held.ended()]);
  expect(alice.news.text).not.toContain('data: {');
  expect(held.text).not.toContain('"result"');
  for (const method of ['GET', 'DELETE']) {
    const answer = await ask(served.port, { method, headers: alice.headers });
    expect(answer.status).toBe(401);
  }
  expect(bob.news.isOver).toBe(false);
  expect((await bob.post({ id: 2, method: 'ping' })).status).toBe(200);
  bob.news.leave();
});

it('S11: a 2025 client over HTTP hears that its tools have become others, and only then', async () => {
  const [alice, bob] = [await client('alice'), await client('bob')];
  expect(await at.run(['grant', 'revoke', 'two'])).toMatchObject({ code: 0 });
  expect(await alice.news.message()).toEqual({
    jsonrpc: '2.0',
    method: 'notifications/tools/list_changed',
  });
  expect(await at.run(['grant', 'revoke', 'bob'])).toMatchObject({ code: 0 });
  expect(await bob.news.message()).toMatchObject({ method: 'notifications/tools/list_changed' });
  // What was told of bob's came after whatever could have been told of hers.
  expect(alice.news.text.match(/list_changed/g)).toHaveLength(1);
  alice.news.leave();
  bob.news.leave();
});
