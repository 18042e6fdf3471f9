import { describe, expect, it } from 'vitest';
import type { Answering } from '../../src/answer/answering.ts';
import { listen } from '../../src/answer/listen.ts';
import type { BrokerReply, ClientChannel, IncomingRequest } from '../../src/domain/broker.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import { type JsonObject, stringMember } from '../../src/domain/json.ts';
import type { DenyReason } from '../../src/domain/reasons.ts';
import type { Subscribed } from '../../src/news/subscriptions.ts';
import type { NewsHub } from '../../src/news-hub.ts';

const connection = { closed: new Promise<void>(() => {}), call: async () => ({ kind: 'result' }) };

/** A broker where every resource named `ok` can be subscribed to. */
function world(standing: DenyReason = 'surface_closed') {
  const events: EventDraft[] = [];
  const open: ClientChannel[] = [];
  const added: string[] = [];
  const asked: string[] = [];
  const subscriptions = {
    takeRoom: () => () => {},
    add: ({ uri }: Subscribed) => added.push(uri),
    forget: () => void added.splice(0),
  };
  const news = {
    subscriptions,
    channels: {
      open(channel: ClientChannel) {
        open.push(channel);
        return { client: { channel }, close: () => void open.splice(0) };
      },
    },
  } as unknown as NewsHub;
  const broker = {
    subscriptions,
    acquire: async () => ({ connection, release() {}, keep: () => () => {}, hold: () => () => {} }),
    decide: () => ({ kind: 'deny', reason: standing }),
    refusals: { refused: async (event: EventDraft) => void events.push(event) },
  } as unknown as Answering;
  const answer = async (one: IncomingRequest, using: Answering): Promise<BrokerReply> => {
    const uri = stringMember(one.request.params, 'uri') ?? '';
    asked.push(`${one.request.method} ${uri}`);
    if (uri.includes('revoked')) return { kind: 'session_ended' };
    if (uri.includes('broken')) throw new Error('disk');
    if (!uri.includes('ok')) return { kind: 'error', error: { code: -32602, message: 'no' } };
    await using.acquire('files', one.principal, one.signal);
    return { kind: 'result', result: {} };
  };
  const ask = (notifications: unknown, signal = new AbortController().signal) =>
    listen(
      {
        era: '2026',
        revision: '2026-07-28',
        principal: { sessionId: 'ses_a', subject: 'alice' },
        origin: { transport: 'http' },
        signal,
        request: {
          jsonrpc: '2.0',
          id: 1,
          method: 'subscriptions/listen',
          params: { notifications } as JsonObject,
        },
      } as unknown as IncomingRequest,
      () => {},
      news,
      broker,
      answer,
    );
  return { ask, events, open, added, asked };
}

describe('subscriptions/listen', () => {
  it('honours what was asked for, and no more', async () => {
    const { ask, open, added, asked } = world();
    const answer = await ask({
      toolsListChanged: true,
      promptsListChanged: false,
      resourceSubscriptions: ['file:///ok/1', 'file:///no', 'file:///ok/2', 'file:///ok/1'],
    });
    expect(answer).toMatchObject({
      kind: 'listening',
      honoured: {
        toolsListChanged: true,
        resourceSubscriptions: ['file:///ok/1', 'file:///ok/2'],
      },
    });
    expect(answer.kind === 'listening' && Object.keys(answer.honoured)).toHaveLength(2);
    expect(open[0]?.wants).toEqual(new Set(['tools']));
    expect(added).toEqual(['file:///ok/1', 'file:///ok/2']);
    expect(asked).toEqual([
      'resources/subscribe file:///ok/1',
      'resources/subscribe file:///no',
      'resources/subscribe file:///ok/2',
    ]);
  });

  it('forgets everything when it is stopped', async () => {
    const { ask, open, added } = world();
    const answer = await ask({ resourceSubscriptions: ['file:///ok'] });
    if (answer.kind === 'listening') answer.stop();
    expect([open, added]).toEqual([[], []]);
  });

  it('records an entry nobody knows, and leaves it out', async () => {
    const { ask, events } = world();
    expect(await ask({ everything: true })).toMatchObject({ kind: 'listening', honoured: {} });
    expect(events).toMatchObject([
      { code: 'TG1004', reason: 'surface_closed', detail: { entries: ['everything'] } },
    ]);
  });

  it.each([
    [undefined],
    [[]],
    [{ toolsListChanged: 'yes' }],
    [{ resourceSubscriptions: 'file:///ok' }],
    [{ resourceSubscriptions: [1] }],
  ])('of the form %j is refused and recorded', async (filter) => {
    const { ask, events, open } = world();
    expect(await ask(filter)).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(events).toMatchObject([{ code: 'TG1004', reason: 'invalid_message' }]);
    expect(open).toEqual([]);
  });

  it('of a session that is over says so and opens nothing', async () => {
    const { ask, events, open } = world('session_suspended');
    expect(await ask({ toolsListChanged: true })).toEqual({ kind: 'session_ended' });
    expect(events).toMatchObject([{ reason: 'session_suspended' }]);
    expect(open).toEqual([]);
  });

  it('is open during a halt, so that its client hears when that is lifted', async () => {
    const { ask, open } = world('halted');
    expect(await ask({ toolsListChanged: true })).toMatchObject({ kind: 'listening' });
    expect(open).toHaveLength(1);
  });

  it.each([['revoked'], ['broken']])('leaves nothing open when it is %s half-way', async (how) => {
    const { ask, open, added } = world();
    const answer = ask({ resourceSubscriptions: ['file:///ok', `file:///${how}`] });
    await answer.catch(() => undefined);
    expect([open, added]).toEqual([[], []]);
  });

  it('of a client that gave up leaves nothing open', async () => {
    const { ask, open, added } = world();
    const answer = await ask({ resourceSubscriptions: ['file:///ok'] }, AbortSignal.abort());
    expect(answer).toEqual({ kind: 'cancelled' });
    expect([open, added]).toEqual([[], []]);
  });

  it('subscribes to no more than a session may have, and records how many are left out', async () => {
    const { ask, asked, events } = world();
    const uris = Array.from({ length: 300 }, (_, i) => `file:///no/${i}`);
    await ask({ resourceSubscriptions: uris });
    expect(asked).toHaveLength(256);
    expect(events).toMatchObject([{ reason: 'subscriptions_exhausted', detail: { count: 44 } }]);
  });
});
