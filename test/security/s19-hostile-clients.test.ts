import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlledEntry, grantText, Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { peakMemoryOf, type Served } from '../support/live/processes.ts';
import { RawSocket, requestBytes } from '../support/live/raw-socket.ts';
import { sessionOf } from '../support/live/transport-session.ts';

const HOSTILE = fileURLToPath(new URL('../support/tool-servers/hostile.mjs', import.meta.url));
const MIB = 1024 * 1024;
/** With room for 8 MiB of answers that wait. Unbounded, what follows takes 200 MiB more. */
const MOST_MEMORY_MIB = 512;

let home: Home;
let served: Served;
let others: HttpClient;
let calls = 0;

beforeAll(async () => {
  home = new Home({
    grants: {
      'alice.yaml': grantText('alice-all', 'alice', ["permit: '*/*'"]),
      'bob.yaml': grantText('bob-all', 'bob', ["permit: 's/*'"]),
    },
    servers: ({ journalPath }) => ({
      s: controlledEntry(journalPath),
      h: { command: process.execPath, args: [HOSTILE, 'plain'] },
    }),
    more: {
      limits: {
        maxQueuedBytes: 8 * MIB,
        maxInFlightPerSession: 60,
        maxConnectionsPerAddress: 100,
        maxProcesses: 4,
        maxProcessesPerSubject: 3,
      },
    },
  });
  await home.applyGrants();
  served = await home.serve();
  others = new HttpClient(served.port, (await home.open('bob')).token);
  await others.ask(call('s__echo', { nonce: 'warm' }));
});

afterAll(async () => {
  others.close();
  await home.remove();
});

function call(name: string, args: object) {
  calls += 1;
  return { id: `c${calls}`, method: 'tools/call', params: { name, arguments: args } };
}

/** How many of another client's calls got no answer. */
async function unansweredOf(count: number): Promise<number> {
  let unanswered = 0;
  for (let n = 0; n < count; n += 1) {
    const answer = await others.ask(call('s__echo', { nonce: `n${n}` }));
    if (answer?.result === undefined) unanswered += 1;
  }
  return unanswered;
}

const bytesOf = async (token: string, body: string) =>
  requestBytes(
    '/mcp',
    {
      Authorization: `Bearer ${token}`,
      'Mcp-Session-Id': await sessionOf(served.port, token),
      'Content-Type': 'application/json',
    },
    body,
  );

const reasonsOf = async (session: string) => {
  const events = await home.events('--session', session);
  return events.flatMap(({ code, reason }) => (reason === undefined ? [] : [`${code} ${reason}`]));
};

describe('S19: a client', () => {
  it('that asks for 30 results of 6 MiB and reads none loses them; nobody else notices', async () => {
    const { token } = await home.open();
    const ask = call('h__t', { do: 'big', bytes: 6 * MIB });
    const bytes = await bytesOf(token, JSON.stringify({ jsonrpc: '2.0', ...ask }));
    const sockets = Array.from({ length: 30 }, () => {
      const socket = connect(served.port, '127.0.0.1', () => socket.write(bytes));
      socket.pause();
      return socket.on('error', () => {});
    });
    expect(await unansweredOf(50)).toBe(0);
    const dropped = () => served.stderr().split('does not read was dropped').length - 1;
    await until(() => (dropped() >= 20 ? true : undefined));
    expect(dropped()).toBeLessThan(30);
    for (const socket of sockets) socket.destroy();
    expect(await unansweredOf(20)).toBe(0);
    expect(peakMemoryOf(served.pid)).toBeLessThan(MOST_MEMORY_MIB);
  });

  it('that sends a message of 500,000 members is refused before it is parsed, and recorded', async () => {
    const { id, token } = await home.open();
    const socket = new RawSocket(served.port);
    const params = `{"name":"s__echo","_meta":{"many":[${'0,'.repeat(500_000)}0]}}`;
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
    const answer = await socket.ask(await bytesOf(token, body));
    socket.close();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":-32600');
    expect(await reasonsOf(id)).toEqual(['TG1004 too_large']);
  });

  it('that has its share of requests is refused more, and takes nothing from others', async () => {
    const { id, token } = await home.open();
    const greedy = new HttpClient(served.port, token);
    const held = Array.from({ length: 60 }, (_, n) =>
      greedy.ask(call('s__hold', { nonce: `held${n}` })),
    );
    await home.noted((lines) => lines.filter(({ tool }) => tool === 'hold').length === 60);
    expect(await greedy.ask(call('s__echo', { nonce: 'more' }))).toBeUndefined();
    expect(await unansweredOf(20)).toBe(0);
    greedy.close();
    await Promise.all(held);
    expect(await reasonsOf(id)).toContain('TG1004 too_many');
    expect(home.journal().some(({ nonce }) => nonce === 'more')).toBe(false);
  });

  it('that opens sessions without end starts no more processes than its subject may have', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => home.open()));
    const clients = opened.map(({ token }) => new HttpClient(served.port, token));
    await Promise.all(clients.map((client) => client.ask({ id: 'p', method: 'ping' })));
    // Each of them is in use and makes no room: its call is under way.
    let refused = 0;
    const asked = clients.map(async (client) => {
      const answer = await client.ask(call('h__t', { do: 'nothing' }));
      if (answer?.error?.code === -32603) refused += 1;
    });
    await until(() => (refused >= 5 ? true : undefined));
    expect(await unansweredOf(20)).toBe(0);
    expect(refused).toBe(5);
    for (const client of clients) client.close();
    await Promise.all(asked);
    const reasons = (await home.events('--code', 'TG1002')).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'ERR_SERVER_LIMIT')).toHaveLength(5);
  });

  it('that opens connections without end gets its share of them; those of others stay', async () => {
    const sockets = Array.from({ length: 150 }, () => {
      const socket = connect(served.port, '127.0.0.1');
      socket.on('error', () => {});
      return socket;
    });
    let dropped = 0;
    for (const socket of sockets) {
      socket.on('close', () => {
        dropped += 1;
      });
    }
    await until(() => (dropped >= 50 ? true : undefined));
    expect(await unansweredOf(20)).toBe(0);
    for (const socket of sockets) socket.destroy();
    const tallied = await until(async () => {
      const events = await home.events('--code', 'TG2001');
      const sum = events
        .map(({ detail }) => (detail as { failures: Record<string, number> }).failures.too_many)
        .reduce<number>((all, one) => all + (one ?? 0), 0);
      return sum >= 50 ? sum : undefined;
    });
    expect(tallied).toBeGreaterThanOrEqual(50);
  });
});
