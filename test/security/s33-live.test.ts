import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantText, Home, type Noted } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { callOf } from '../support/live/race.ts';
import type { Answer } from '../support/live/stdio-client.ts';

const CANARY = 'canary-argument-0123456789';
const bodies: string[] = [];
const hook = createServer(async (request, response) => {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  bodies.push(body);
  response.end();
});
const homes: Home[] = [];
const clients: HttpClient[] = [];
let webhook = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  webhook = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all(homes.map((home) => home.remove()));
  await new Promise((resolve) => hook.close(resolve));
});

/** A broker that looks on while alice and bob use it, and does `step` to who asks for three things in vain. */
async function watching(step: string) {
  const home = new Home({
    grants: { 'a.yaml': grantText('a', 'alice'), 'b.yaml': grantText('b', 'bob') },
    more: {
      alerts: { webhook },
      monitor: { windowMs: 3_600_000, signals: { probing: { step, threshold: 3 } } },
    },
  });
  homes.push(home);
  await home.applyGrants();
  const { port } = await home.serve();
  const session = await home.open('alice');
  const client = (token: string): HttpClient => {
    const made = new HttpClient(port, token);
    clients.push(made);
    return made;
  };
  const alice = client(session.token);
  const probe = () =>
    Promise.all(['x', 'y', 'z'].map((id) => alice.ask(callOf(id, `s__${id}`, { secret: CANARY }))));
  return { home, session, alice, client, bob: client((await home.open('bob')).token), probe };
}

const isDone = (answer: Answer | undefined): boolean =>
  answer?.result !== undefined && answer.result.isError !== true;

const isCall = ({ kind }: Noted): boolean => kind === 'call';

const containedSeq = async (home: Home): Promise<string> => {
  const { context } = await home.state();
  const [event] = await context.events.query({ code: 'TG9002' });
  return String(event?.seq);
};

describe('a session that one broker suspends', () => {
  it('is out of every broker: what runs is cancelled, its clients are told, and others go on', async () => {
    const { home, session, alice, bob, client, probe } = await watching('suspend_session');
    const other = home.stdio(session.token);
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'test', version: '0' },
    };
    await other.ask({ id: 0, method: 'initialize', params });
    const [here, there] = [
      alice.askByStatus(callOf('here', 's__hold')),
      other.ask(callOf('there', 's__hold')),
    ];
    const running = bob.ask(callOf('bob', 's__hold'));
    const called = await home.noted((all) => all.filter(isCall).length === 3);

    await probe();
    expect(await here).toMatchObject({ error: { code: 401 } });
    expect(isDone(await there)).toBe(false);
    const cancelled = await home.noted(
      (lines) => lines.filter(({ kind }) => kind === 'cancelled').length === 2,
    );
    const gone = cancelled.filter(({ kind }) => kind === 'cancelled').map(({ nonce }) => nonce);
    expect(gone.sort()).toEqual(['here', 'there']);
    const { pid } = called.find(({ nonce }) => nonce === 'bob') ?? {};
    process.kill(Number(pid), 'SIGUSR2');
    expect(isDone(await running)).toBe(true);
    expect(isDone(await bob.ask(callOf('after', 's__echo')))).toBe(true);
    await other.end('SIGTERM');

    const { stdout } = await home.run(['monitor', 'status', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      contained: [{ signal: 'probing', step: 'suspend_session', sessionState: 'suspended' }],
    });
    const undone = await home.run(['monitor', 'undo', await containedSeq(home)]);
    expect(undone).toMatchObject({ code: 0, stdout: expect.stringContaining(session.id) });
    expect(isDone(await client(session.token).ask(callOf('again', 's__echo')))).toBe(true);
  });
});

describe('a session that a live broker slows down', () => {
  it('is told to wait, whoever gets alerts is told once, and it goes on at once when that is undone', async () => {
    const { home, session, alice, probe } = await watching('throttle');
    await probe();
    const late = await alice.ask(callOf('late', 's__echo'));
    expect(JSON.stringify(late)).toContain('has to slow down');
    expect(home.journal().some(({ nonce }) => nonce === 'late')).toBe(false);
    const { stdout } = await home.run(['monitor', 'status', '--json']);
    expect(JSON.parse(stdout).sessions).toMatchObject([
      { session: session.id, refused: 3, scores: { probing: 3 }, standing: [{ step: 'throttle' }] },
    ]);
    const undone = await home.run(['monitor', 'undo', await containedSeq(home)]);
    expect(undone.stdout).toContain('1 of 1 broker,');
    expect(isDone(await alice.ask(callOf('soon', 's__echo')))).toBe(true);

    const told = () => bodies.filter((body) => body.includes(session.id));
    await expect.poll(() => told().length, { timeout: 10_000 }).toBe(1);
    expect(JSON.parse(told()[0] ?? '')).toEqual({
      version: 1,
      at: expect.any(String),
      code: 'TG9001',
      name: 'signal.raised',
      session: session.id,
      subject: 'alice',
      detail: expect.objectContaining({ signal: 'probing', value: 3, step: 'throttle' }),
    });
    expect(bodies.join()).not.toContain(CANARY);
  });
});
