import { afterAll, beforeAll, expect, it } from 'vitest';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';

let at: Home;
let client: HttpClient;

beforeAll(async () => {
  at = new Home({ grants: { 'one.yaml': grantText('one', 'alice', ['permit: s/echo']) } });
  await at.applyGrants();
  client = new HttpClient((await at.serve()).port, (await at.open()).token);
});
afterAll(async () => {
  client.close();
  await at.remove();
});

// The controlled server reads its lines with Node's `readline`, as many servers do.
it.each(['\n', '\r', '\r\n', '\u2028', '\u2029', '\u0085', '\u000b', '\u000c', '\u001e'])(
  'sends one message for one call, with %j in its arguments',
  async (end) => {
    const smuggled = JSON.stringify({
      jsonrpc: '2.0',
      id: 99,
      method: 'tools/call',
      params: { name: 'sneaky', arguments: { nonce: 'smuggled' } },
    });
    const nonce = `a${end}${smuggled}${end}b`;
    const args = { nonce, [`${end}${smuggled}${end}`]: 1 };
    const before = at.journal().length;
    const params = { name: 's__echo', arguments: args };
    const answer = await client.ask({ id: 1, method: 'tools/call', params });
    expect(answer?.result).toMatchObject({ content: [{ text: nonce }] });
    const calls = at
      .journal()
      .slice(before)
      .filter(({ kind }) => kind === 'call');
    expect(calls).toMatchObject([{ tool: 'echo', nonce }]);
  },
);
