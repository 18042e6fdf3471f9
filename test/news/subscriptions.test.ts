import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientChannel, SessionNews } from '../../src/domain/broker.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { Era } from '../../src/domain/era.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { DenyReason } from '../../src/domain/reasons.ts';
import type { Client } from '../../src/news/channels.ts';
import { createOutbox } from '../../src/news/outbox.ts';
import {
  createSubscriptions,
  MAX_SUBSCRIPTIONS,
  type Subscribed,
  type Subscriptions,
} from '../../src/news/subscriptions.ts';

const A = 'file:///project/a.txt';
const settled = () => new Promise((resolve) => setImmediate(resolve));

let clients: Client[];
let denied: Map<string, DenyReason>;
let subscriptions: Subscriptions;

beforeEach(() => {
  clients = [];
  denied = new Map();
  subscriptions = createSubscriptions({
    async decide(_principal, request) {
      // Only what is decided with its arguments is decided by the terms of the rules.
      const isUse = request.kind === 'resource' && request.args !== undefined;
      const reason = isUse ? denied.get(request.uri) : undefined;
      const term = reason === 'outside_hours' ? { term: 'Mon-Fri 08:00-18:00 UTC' } : {};
      const decision =
        reason === undefined ? { kind: 'permit' } : { kind: 'deny', reason, ...term };
      return { ...decision, request, epoch: 1 } as unknown as Decision;
    },
    clients: (session) => clients.filter(({ channel }) => channel.principal.sessionId === session),
    scrub: (params) => JSON.parse(JSON.stringify(params).replaceAll('hunter2', '[secret]')),
  });
});

const principal = (session: string, subject = 'alice'): Principal => ({
  sessionId: session as SessionId,
  subject,
  sessionOpenedAt: 0,
  sessionExpiresAt: 1,
});

function client(session: string, era: Era = '2025', onlyServer?: string) {
  const told: SessionNews[] = [];
  const channel: ClientChannel = {
    principal: principal(session),
    era,
    wants: new Set(),
    tell: (news) => told.push(news),
    ...(onlyServer === undefined ? {} : { onlyServer }),
  };
  const made: Client = { channel, outbox: createOutbox(() => 1) };
  clients.push(made);
  return { client: made, told };
}

/** A connection to a tool server, and what it was asked. */
function connection() {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const asked: string[] = [];
  const on = {
    connection: {
      closed,
      async unsubscribe(uri: string) {
        asked.push(`unsubscribe ${uri}`);
      },
    },
    letGo: () => void asked.push('let go'),
  };
  return { on, asked, close };
}

const to = (session: string, uri = A, more: Partial<Subscribed> = {}): Subscribed => ({
  principal: principal(session),
  server: 'files',
  uri,
  ...more,
});
const updated = (uri: string, more: JsonObject = {}) => ({
  kind: 'resource_updated',
  params: { uri, ...more },
});
const own = (session: string) => ({ sessionId: session as SessionId, subject: 'alice' });

describe('a resource that changed', () => {
  it('is told to the session that subscribed, on its path, and to no other', async () => {
    const a = client('a');
    const others = [client('a', '2025', 'files'), client('a', '2026'), client('b')];
    subscriptions.add(to('a'), connection().on);
    subscriptions.updated('files', own('a'), { uri: A });
    await settled();
    expect(a.told).toEqual([updated(A)]);
    expect(others.flatMap(({ told }) => told)).toEqual([]);
  });

  it('is told as its tool server said it, but for credentials and our own stream towards it', async () => {
    const { told } = client('a');
    subscriptions.add(to('a'), connection().on);
    subscriptions.updated('files', own('a'), {
      uri: A,
      title: 'hunter2',
      _meta: { 'io.modelcontextprotocol/subscriptionId': 7, other: 1 },
    });
    await settled();
    expect(told).toEqual([updated(A, { title: '[secret]', _meta: { other: 1 } })]);
  });

  it.each([
    [`${A}/part`, true],
    [`${A}#part`, true],
    [`${A}?part`, true],
    [`${A}2`, false],
    ['file:///project/b.txt', false],
  ])('%s is part of what was subscribed to: %s', async (uri, isPart) => {
    const { told } = client('a');
    subscriptions.add(to('a'), connection().on);
    subscriptions.updated('files', own('a'), { uri });
    await settled();
    expect(told).toEqual(isPart ? [updated(uri)] : []);
  });

  it.each([
    ['another server', 'github', own('a')],
    ["another session's connection", 'files', own('b')],
    ["another subject's connection", 'files', { subject: 'bob' }],
  ])('is not told when %s says so', async (_what, server, owner) => {
    const { told } = client('a');
    subscriptions.add(to('a'), connection().on);
    subscriptions.updated(server, owner, { uri: A });
    await settled();
    expect(told).toEqual([]);
  });

  it('is not told when the right to that very URI is not there', async () => {
    const { told } = client('a');
    subscriptions.add(to('a'), connection().on);
    denied.set(`${A}/secret`, 'denied_by_rule');
    subscriptions.updated('files', own('a'), { uri: `${A}/secret` });
    await settled();
    expect(told).toEqual([]);
  });

  it('is told on the stream that asked for it', async () => {
    const { client: stream, told } = client('a', '2026');
    const elsewhere = client('a');
    subscriptions.add(to('a', A, { stream }), connection().on);
    subscriptions.updated('files', own('a'), { uri: A });
    await settled();
    expect([told, elsewhere.told]).toEqual([[updated(A)], []]);
  });
});

describe('a subscription', () => {
  const all = () => true;

  it('is taken back at its tool server when it is forgotten', async () => {
    const { on, asked } = connection();
    subscriptions.add(to('a'), on);
    subscriptions.forget('a' as SessionId, all);
    await settled();
    expect(asked).toEqual([`unsubscribe ${A}`, 'let go']);
    expect(subscriptions.sessions()).toEqual([]);
  });

  it('stays at the tool server as long as another holds it on that connection', async () => {
    const { on, asked } = connection();
    subscriptions.add(to('a'), on);
    subscriptions.add(to('b'), on);
    const isOthers = ({ principal }: Subscribed) => principal.sessionId !== ('a' as SessionId);
    expect(subscriptions.isHeld(on.connection, A, isOthers)).toBe(true);
    expect(subscriptions.isHeld(connection().on.connection, A)).toBe(false);
    subscriptions.forget('a' as SessionId, all);
    await settled();
    expect(asked).toEqual(['let go']);
    subscriptions.forget('b' as SessionId, all);
    await settled();
    expect(asked).toEqual(['let go', `unsubscribe ${A}`, 'let go']);
  });

  it('made twice is one', async () => {
    const { told } = client('a');
    const { on } = connection();
    subscriptions.add(to('a'), on);
    subscriptions.add(to('a'), on);
    subscriptions.updated('files', own('a'), { uri: A });
    await settled();
    expect(told).toEqual([updated(A)]);
    subscriptions.forget('a' as SessionId, all);
    expect(subscriptions.sessions()).toEqual([]);
  });

  it('whose right is gone is forgotten, at the tool server too', async () => {
    const { on, asked } = connection();
    subscriptions.add(to('a'), on);
    await settled();
    denied.set(A, 'no_rule');
    await subscriptions.review('a' as SessionId);
    await settled();
    expect(asked).toEqual([`unsubscribe ${A}`, 'let go']);
  });

  it('whose right went while it was made is forgotten as well', async () => {
    const { on, asked } = connection();
    denied.set(A, 'no_rule');
    subscriptions.add(to('a'), on);
    await settled();
    expect(asked).toEqual([`unsubscribe ${A}`, 'let go']);
  });

  it('outlives a halt', async () => {
    const { on, asked } = connection();
    subscriptions.add(to('a'), on);
    denied.set(A, 'halted');
    await subscriptions.review('a' as SessionId);
    expect(asked).toEqual([]);
  });

  it('outlives the hours of its rule, and is told of nothing meanwhile', async () => {
    const { told } = client('a');
    const { on, asked } = connection();
    subscriptions.add(to('a'), on);
    await settled();
    denied.set(A, 'outside_hours');
    await subscriptions.review('a' as SessionId);
    subscriptions.updated('files', own('a'), { uri: A });
    await settled();
    expect([told, asked]).toEqual([[], []]);
    denied.clear();
    subscriptions.updated('files', own('a'), { uri: A });
    await settled();
    expect(told).toEqual([updated(A)]);
  });

  it('is forgotten when its condition does not hold any more', async () => {
    const { on, asked } = connection();
    subscriptions.add(to('a'), on);
    denied.set(A, 'condition_false');
    await subscriptions.review('a' as SessionId);
    expect(asked).toEqual([`unsubscribe ${A}`, 'let go']);
  });

  it('ends with its connection: a 2025 client hears that the resource changed, once', async () => {
    const { told } = client('a');
    const { on, asked, close } = connection();
    subscriptions.add(to('a'), on);
    close();
    await settled();
    await subscriptions.review('a' as SessionId);
    await settled();
    expect(told).toEqual([updated(A)]);
    expect(subscriptions.sessions()).toEqual([]);
    expect(asked).not.toContain(`unsubscribe ${A}`);
  });

  it('ends with its connection: a 2026 stream ends, so that the client listens anew', async () => {
    const { client: stream, told } = client('a', '2026');
    const { on, close } = connection();
    subscriptions.add(to('a', A, { stream }), on);
    close();
    await settled();
    expect(told).toEqual([{ kind: 'ended' }]);
  });

  it('that ended during a halt is told of once that is lifted', async () => {
    const { told } = client('a');
    const { on, close } = connection();
    subscriptions.add(to('a'), on);
    await settled();
    denied.set(A, 'halted');
    close();
    await settled();
    expect(told).toEqual([]);
    denied.clear();
    await subscriptions.review('a' as SessionId);
    await settled();
    expect(told).toEqual([updated(A)]);
  });
});

describe('room for subscriptions', () => {
  it('is as many as one session may have, those on their way included', () => {
    const session = 'a' as SessionId;
    for (let i = 1; i < MAX_SUBSCRIPTIONS; i += 1) {
      subscriptions.add(to('a', `file:///${i}`), connection().on);
    }
    const giveBack = subscriptions.takeRoom(session);
    expect(giveBack).toBeDefined();
    expect(subscriptions.takeRoom(session)).toBeUndefined();
    expect(subscriptions.takeRoom('b' as SessionId)).toBeDefined();
    giveBack?.();
    expect(subscriptions.takeRoom(session)).toBeDefined();
  });
});
