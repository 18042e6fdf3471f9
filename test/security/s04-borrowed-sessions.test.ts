import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintToken } from '../../src/authenticate/mint-token.ts';
import {
  type Entropy,
  isSessionId,
  newInstanceId,
  newSessionId,
  newTokenId,
} from '../../src/domain/ids.ts';
import type { SessionRecord } from '../../src/domain/session-record.ts';
import { ask } from '../mcp-server/raw-http.ts';
import { grantText, Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { Served } from '../support/live/processes.ts';
import { callOf, isResult } from '../support/live/race.ts';
import { sessionOf } from '../support/live/transport-session.ts';

let at: Home;
let served: Served;
let alice: { readonly id: string; readonly token: string };
let bob: { readonly id: string; readonly token: string };
let mint: (of: { readonly id: string }, more: Partial<SessionRecord>) => Promise<string>;
let foreign: string;

beforeAll(async () => {
  at = new Home({
    grants: {
      'alice.yaml': grantText('alice', 'alice'),
      'bob.yaml': grantText('bob', 'bob', ['permit: s/{echo,hold}']),
    },
  });
  const other = new Home();
  await Promise.all([at.applyGrants(), other.applyGrants()]);
  served = await at.serve();
  alice = await at.open('alice');
  bob = await at.open('bob');
  foreign = (await other.open('alice')).token;
  await other.remove();
  const { context } = await at.state();
  mint = async ({ id }, more) => {
    const record = context.sessions.find(id as SessionRecord['id']);
    if (record === undefined) throw new Error('no session');
    return mintToken(context.keys, { ...record, ...more }, context.clock.now());
  };
});
afterAll(() => at.remove());

const post = (token: string | undefined, message: object, more: Record<string, string> = {}) =>
  ask(served.port, {
    headers: { authorization: token === undefined ? undefined : `Bearer ${token}`, ...more },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  });

const record = async ({ id }: { readonly id: string }): Promise<SessionRecord> => {
  const { context } = await at.state();
  const found = context.sessions.find(id as SessionRecord['id']);
  if (found === undefined) throw new Error('no session');
  return found;
};

/** Lets alice's call of `hold` stand at the tool server while `meanwhile` is tried, then answers it. */
async function whileAliceCalls(id: string | number, meanwhile: () => Promise<void>): Promise<void> {
  const client = new HttpClient(served.port, alice.token);
  const nonce = `${typeof id}-${id}-${at.journal().length}`;
  const { params, ...rest } = callOf(nonce, 's__hold');
  const asked = client.ask({
    ...rest,
    id,
    params: { ...params, _meta: { progressToken: 'hers' } },
  });
  const [held] = (await at.noted((lines) => lines.some((line) => line.nonce === nonce))).filter(
    (line) => line.nonce === nonce,
  );
  await meanwhile();
  expect(at.journal().filter((line) => line.kind === 'cancelled' && line.nonce === nonce)).toEqual(
    [],
  );
  process.kill(held?.pid ?? -1, 'SIGUSR2');
  expect(isResult(await asked)).toBe(true);
  client.close();
}

describe('S4 a session and the token of another', () => {
  const swaps: readonly (readonly [string, () => Promise<string>])[] = [
    [
      "alice's session, bob's token id",
      async () => mint(alice, { tokenId: (await record(bob)).tokenId }),
    ],
    [
      "bob's session, alice's token id",
      async () => mint(bob, { tokenId: (await record(alice)).tokenId }),
    ],
    ["alice's session, bob's name", () => mint(alice, { subject: 'bob' })],
    ["bob's session, alice's name", () => mint(bob, { subject: 'alice' })],
    [
      "alice's session and name, a token id of her own making",
      async () => mint(alice, { tokenId: newTokenId((await at.state()).context.entropy) }),
    ],
    [
      'a session nobody opened',
      async () => mint(alice, { id: newSessionId((await at.state()).context.entropy) }),
    ],
    ["another broker's token", async () => foreign],
    [
      "alice's claims, bob's signature",
      async () => {
        const [head, , signature] = bob.token.split('.');
        return `${head}.${alice.token.split('.')[1]}.${signature}`;
      },
    ],
    ["alice's session id alone", async () => alice.id],
  ];

  it.each(swaps)('do not go together, and leave her call alone: %s', async (_, token) => {
    await whileAliceCalls(1, async () => {
      const answer = await post(await token(), callOf('x', 's__echo'));
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        401,
        'Bearer error="invalid_token"',
      ]);
    });
  });

  it('is not had without a token while one is live, by whatever names it', async () => {
    await whileAliceCalls(2, async () => {
      for (const header of ['mcp-session-id', 'x-session-id', 'cookie', 'last-event-id']) {
        const answer = await post(undefined, callOf('x', 's__echo'), { [header]: alice.id });
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      }
    });
  });

  it("is none of the transport's: a session id is answered 404, whoever's it is", async () => {
    await whileAliceCalls(3, async () => {
      const ids = [alice.id, bob.id, 'x', '', '0'.repeat(32), `${bob.id}, ${alice.id}`];
      for (const id of ids) {
        for (const token of [alice.token, bob.token]) {
          const answer = await post(token, callOf('x', 's__echo'), { 'mcp-session-id': id });
          expect([id, answer.status]).toEqual([id, 404]);
        }
      }
      for (const method of ['GET', 'DELETE']) {
        const headers = { authorization: `Bearer ${bob.token}`, 'mcp-session-id': alice.id };
        expect((await ask(served.port, { method, headers })).status).toBe(404);
      }
    });
  });

  it("opens nothing with bob's token, nor without one, by any method or message", async () => {
    await whileAliceCalls('hers', async () => {
      const hers = await sessionOf(served.port, alice.token);
      const his = await sessionOf(served.port, bob.token);
      const messages = [
        callOf('x', 's__echo'),
        { method: 'notifications/cancelled', params: { requestId: 'hers' } },
        { id: 1, result: { action: 'accept' } },
      ];
      for (const message of messages) {
        const unknown = await post(bob.token, message, { 'mcp-session-id': '0'.repeat(32) });
        const borrowed = await post(bob.token, message, { 'mcp-session-id': hers });
        expect([borrowed.status, borrowed.body]).toEqual([404, unknown.body]);
        expect((await post(alice.token, message, { 'mcp-session-id': his })).status).toBe(404);
        expect((await post(undefined, message, { 'mcp-session-id': hers })).status).toBe(401);
      }
      for (const method of ['GET', 'DELETE']) {
        for (const [token, status] of [
          [bob.token, 404],
          ['junk', 401],
        ]) {
          const headers = {
            authorization: `Bearer ${token}`,
            'mcp-session-id': hers,
            'last-event-id': '1-0',
          };
          expect((await ask(served.port, { method, headers })).status).toBe(status);
        }
      }
      // On the path of one server it is none either, and on its own it lives on.
      const headers = { 'mcp-session-id': hers, authorization: `Bearer ${alice.token}` };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
      for (const [path, status] of [
        ['/mcp/s', 404],
        ['/mcp', 200],
      ] as const) {
        expect((await ask(served.port, { path, headers, body })).status).toBe(status);
      }
    });
  });

  it("does not end with bob's, revoked while she calls", async () => {
    await whileAliceCalls(4, async () => {
      const third = await at.open('bob');
      expect(await at.run(['session', 'revoke', third.id])).toMatchObject({ code: 0 });
      expect((await post(third.token, callOf('x', 's__echo'))).status).toBe(401);
    });
  });
});

describe("S4 another's request", () => {
  it.each([7, '7', 'id', 1e15])('is not cancelled by its id: %j', async (id) => {
    await whileAliceCalls(id, async () => {
      for (const requestId of [id, String(id), 'hers']) {
        const params = { requestId, reason: 'mine' };
        const message = { method: 'notifications/cancelled', params };
        expect((await post(bob.token, message)).status).toBe(202);
      }
      const progress = { progressToken: 'hers', progress: 1, total: 1 };
      await post(bob.token, { method: 'notifications/progress', params: progress });
      await post(bob.token, { id, result: { content: [] } });
      await post(bob.token, { id, error: { code: 1, message: 'mine' } });
    });
  });

  it('is not cancelled with the same id and progress token of his own', async () => {
    await whileAliceCalls('same', async () => {
      const client = new HttpClient(served.port, bob.token);
      const { params, ...rest } = callOf('bob-same', 's__hold');
      const _meta = { progressToken: 'hers' };
      const asked = client.ask({ ...rest, id: 'same', params: { ...params, _meta } });
      await at.noted((lines) => lines.some(({ nonce }) => nonce === 'bob-same'));
      const cancel = { method: 'notifications/cancelled', params: { requestId: 'same' } };
      expect((await post(bob.token, cancel)).status).toBe(202);
      expect(await client.tell(cancel)).toBe(202);
      await at.noted((lines) =>
        lines.some((line) => line.kind === 'cancelled' && line.nonce === 'bob-same'),
      );
      expect(isResult(await asked)).toBe(false);
      client.close();
    });
  });

  it('has every refusal and none of hers in the log', async () => {
    const open = await until(async () => {
      const events = await at.events();
      const calls = events.filter(({ code }) => code === 'TG1001');
      const ends = new Map(events.map((event) => [event.intent, event.outcome]));
      const mine = calls.filter(({ subject }) => subject === 'alice');
      return mine.every(({ seq }) => ends.has(seq))
        ? mine.map(({ seq }) => ends.get(seq))
        : undefined;
    });
    expect(new Set(open)).toEqual(new Set(['ok']));
    expect(open.length).toBeGreaterThanOrEqual(16);
  });
});

describe('S4 an id', () => {
  it.each([
    ['session', newSessionId],
    ['token', newTokenId],
    ['instance', newInstanceId],
  ] as const)('holds at least 128 bits of what chance gave: %s', (_, make) => {
    const asked: number[] = [];
    const counting: Entropy = (size) => {
      asked.push(size);
      return new Uint8Array(size);
    };
    const zero = make(counting);
    // Every letter of its random part changes with one byte, in each of 32 ways: five bits each.
    const letters = new Set<number>();
    for (let position = 0; position < (asked[0] ?? 0); position += 1) {
      const ways = new Set<string>();
      for (let byte = 0; byte < 256; byte += 1) {
        ways.add(make((size) => new Uint8Array(size).fill(byte, position, position + 1)));
      }
      expect(ways.size).toBe(32);
      for (const way of ways) {
        for (let at = 0; at < zero.length; at += 1) if (way[at] !== zero[at]) letters.add(at);
      }
    }
    expect(letters.size * 5).toBeGreaterThanOrEqual(128);
  });

  it('is never made twice', () => {
    const entropy: Entropy = (size) => crypto.getRandomValues(new Uint8Array(size));
    const made = new Set(Array.from({ length: 10_000 }, () => newSessionId(entropy)));
    expect(made.size).toBe(10_000);
    expect([...made].every(isSessionId)).toBe(true);
  });
});
