import { describe, expect, it } from 'vitest';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { ClientChannel, SessionNews } from '../../src/domain/broker.ts';
import type { Era } from '../../src/domain/era.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { createNewsHub, type NewsParts } from '../../src/news-hub.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A hub whose decision permits what the test says, and one session's clients. */
function world(permits: (request: AccessRequest) => boolean = () => true, level?: string) {
  const clock = { now: () => 1, nowMicros: () => 1, monotonicMs: () => 1 };
  const asked: AccessRequest[] = [];
  const parts = {
    // What it sees plays no part here.
    readPolicy() {
      throw new Error('unread');
    },
    memory: { logLevel: () => level },
    scrub: <T>(value: T) =>
      JSON.parse(JSON.stringify(value).replaceAll('hunter2', '[secret]')) as T,
    decide(_principal: unknown, request: AccessRequest) {
      asked.push(request);
      return { kind: permits(request) ? 'permit' : 'deny', request, epoch: 1 };
    },
  } as unknown as NewsParts;
  const store = { epoch: () => 1 } as NewsParts['store'];
  const hub = createNewsHub(
    { clock, log: SILENT_LOG, store, timers: { after: () => () => {} } },
    () => parts,
  );
  function open(sessionId: string, era: Era = '2025', onlyServer?: string) {
    const told: SessionNews[] = [];
    const channel: ClientChannel = {
      principal: {
        sessionId: sessionId as SessionId,
        subject: 'alice',
        sessionOpenedAt: 0,
        sessionExpiresAt: 10,
      },
      era,
      wants: new Set(),
      tell: (news) => told.push(news),
      ...(onlyServer === undefined ? {} : { onlyServer }),
    };
    return { told, close: hub.watch(channel) };
  }
  return { hub, open, asked };
}

const own = { sessionId: 'a' as SessionId, subject: 'alice' };
const message = (level: string) =>
  ({ kind: 'message', params: { level, data: 'hunter2' } }) as const;
const told = (level: string) => ({
  kind: 'notification',
  notification: {
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level, data: '[secret]' },
  },
});

describe('a log message that no call owns', () => {
  it('is told to the clients of 2025 of the session whose connection it is, on their paths', async () => {
    const { hub, open, asked } = world();
    const [a, whole, other, modern, b] = [
      open('a', '2025', 'files'),
      open('a'),
      open('a', '2025', 'github'),
      open('a', '2026'),
      open('b'),
    ];
    hub.said('files', own, message('info'));
    await settled();
    expect([a, whole].map((client) => client.told)).toEqual([[told('info')], [told('info')]]);
    expect([other, modern, b].flatMap((client) => client.told)).toEqual([]);
    expect(asked).toContainEqual({ kind: 'server', server: 'files' });
  });

  it.each([
    ['comes from a connection that several share', { subject: 'alice' }, true, undefined],
    ['is of a server the session may not reach', own, false, undefined],
    ['is less severe than the session wants', own, true, 'warning'],
  ])('is dropped when it %s', async (_what, owner, isPermitted, level) => {
    const { hub, open } = world(() => isPermitted, level);
    const { told: heard } = open('a');
    hub.said('files', owner, message('info'));
    await settled();
    expect(heard).toEqual([]);
  });
});

describe('the end of an elicitation', () => {
  const complete = {
    kind: 'notification',
    notification: {
      jsonrpc: '2.0',
      method: 'notifications/elicitation/complete',
      params: { elicitationId: 'e' },
    },
  } as const;

  it('is told to who may be asked by that server, and to nobody else', async () => {
    for (const isPermitted of [true, false]) {
      const { hub, open, asked } = world(() => isPermitted);
      const { told: heard } = open('a');
      hub.said('files', own, complete);
      await settled();
      const { notification } = complete;
      expect(heard).toEqual(isPermitted ? [{ kind: 'notification', notification }] : []);
      expect(asked).toEqual([{ kind: 'ask', server: 'files', ask: 'elicitation' }]);
    }
  });

  it('is all of other notifications that is told', async () => {
    const { hub, open } = world();
    const { told: heard } = open('a');
    const odd = { jsonrpc: '2.0', method: 'notifications/odd' } as const;
    hub.said('files', own, { kind: 'notification', notification: odd });
    await settled();
    expect(heard).toEqual([]);
  });
});

describe('a client that leaves', () => {
  it('has its subscriptions forgotten once none is left that would hear of them', async () => {
    const { hub, open } = world();
    const [first, second] = [open('a'), open('a')];
    const { promise: closed } = Promise.withResolvers<void>();
    const asked: string[] = [];
    hub.subscriptions.add(
      {
        principal: {
          sessionId: 'a' as SessionId,
          subject: 'alice',
          sessionOpenedAt: 0,
          sessionExpiresAt: 10,
        },
        server: 'files',
        uri: 'file:///a',
      },
      {
        connection: { closed, unsubscribe: async (uri) => void asked.push(uri) },
        letGo: () => {},
      },
    );
    first.close();
    expect(asked).toEqual([]);
    second.close();
    expect(asked).toEqual(['file:///a']);
  });
});
