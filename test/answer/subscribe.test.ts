import { describe, expect, it } from 'vitest';
import type { Answering } from '../../src/answer/answering.ts';
import { subscribe, unsubscribe } from '../../src/answer/subscribe.ts';
import type { BrokerReply, IncomingRequest } from '../../src/domain/broker.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import type { Subscribed } from '../../src/news/subscriptions.ts';

const URI = 'file:///a';
const OK: BrokerReply = { kind: 'result', result: {} };
const REFUSED: BrokerReply = { kind: 'error', error: { code: -32002, message: 'no' } };

/** A broker whose tool server does what it is asked, and a face of the register of subscriptions. */
function world(held: Partial<{ isFull: boolean; isOthers: boolean; server: string }> = {}) {
  const did: string[] = [];
  const events: EventDraft[] = [];
  const added: Subscribed[] = [];
  const connection = {
    closed: new Promise<void>(() => {}),
    call: async () => {
      did.push('call');
      return OK;
    },
    unsubscribe: async (uri: string) => void did.push(`unsubscribe ${uri}`),
  };
  const broker = {
    acquire: async (server: string) => {
      did.push(`acquire ${server}`);
      return {
        connection,
        release: () => {},
        keep: () => () => void did.push(`let go ${server}`),
        hold: () => () => {},
      };
    },
    subscriptions: {
      takeRoom: () => (held.isFull === true ? undefined : () => did.push('room given back')),
      add: (subscribed: Subscribed) => added.push(subscribed),
      find: () => (held.server === undefined ? undefined : { server: held.server }),
      isHeld: (_on: unknown, uri: string, isMeant = (_: Subscribed) => true) =>
        held.isOthers === true &&
        isMeant({ uri, principal: { sessionId: 'ses_b' } } as unknown as Subscribed),
      forget: (_session: string, isMeant: (one: Subscribed) => boolean, isTakenBack?: boolean) =>
        did.push(`forget ${isMeant({ uri: URI } as Subscribed)} ${isTakenBack ?? false}`),
    },
    refusals: { refused: async (event: EventDraft) => void events.push(event) },
  } as unknown as Answering;
  return { broker, did, events, added };
}

const incoming = {
  era: '2025',
  revision: '2025-11-25',
  principal: { sessionId: 'ses_a', subject: 'alice' },
  origin: { transport: 'http' },
  request: { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri: URI } },
} as unknown as IncomingRequest;

/** A use that reaches one tool server after another; what the last one's answer became. */
const using =
  (servers: readonly string[], reply: BrokerReply, reaches = true) =>
  async (asked: IncomingRequest, broker: Answering): Promise<BrokerReply> => {
    for (const server of asked.onlyServer === undefined ? servers : [asked.onlyServer]) {
      const lease = await broker.acquire(server, asked.principal, asked.signal);
      if (reaches)
        await lease.connection.call(...([] as unknown as Parameters<typeof lease.connection.call>));
      lease.release();
    }
    return reply;
  };

describe('resources/subscribe', () => {
  it('is remembered on the connection of the server that took it, which is kept', async () => {
    const { broker, did, added } = world();
    expect(await subscribe(incoming, broker, using(['other', 'files'], OK))).toEqual(OK);
    expect(added).toMatchObject([{ server: 'files', uri: URI }]);
    const asked = ['acquire other', 'call', 'acquire files', 'let go other', 'call'];
    expect(did).toEqual([...asked, 'room given back']);
  });

  it('that is refused before it was sent leaves nothing, and nothing is sent', async () => {
    const { broker, did, added } = world();
    expect(await subscribe(incoming, broker, using(['files'], REFUSED, false))).toEqual(REFUSED);
    expect(added).toEqual([]);
    expect(did).toEqual(['acquire files', 'let go files', 'room given back']);
  });

  it('whose answer is withheld is taken back at the tool server', async () => {
    const { broker, did, added } = world();
    expect(await subscribe(incoming, broker, using(['files'], REFUSED))).toEqual(REFUSED);
    await Promise.resolve();
    expect(added).toEqual([]);
    expect(did).toContain(`unsubscribe ${URI}`);
  });

  it('whose answer is withheld stays at the tool server for who else holds it', async () => {
    const { broker, did } = world({ isOthers: true });
    expect(await subscribe(incoming, broker, using(['files'], REFUSED))).toEqual(REFUSED);
    await Promise.resolve();
    expect(did).not.toContain(`unsubscribe ${URI}`);
    expect(did).toContain('let go files');
  });

  it('beyond what a session may have is refused, recorded, and reaches nobody', async () => {
    const { broker, did, events } = world({ isFull: true });
    const reply = await subscribe(incoming, broker, using(['files'], OK));
    expect(reply).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(events).toMatchObject([
      { code: 'TG1003', reason: 'subscriptions_exhausted', resource: URI, session: 'ses_a' },
    ]);
    expect(did).toEqual([]);
  });

  it('gives its room back when it breaks', async () => {
    const { broker, did } = world();
    const broken = subscribe(incoming, broker, () => Promise.reject(new Error('disk')));
    await expect(broken).rejects.toThrow('disk');
    expect(did).toEqual(['room given back']);
  });
});

describe('resources/unsubscribe', () => {
  it('goes to the server it is subscribed at, wherever its URI would be found now', async () => {
    const { broker, did } = world({ server: 'files' });
    expect(await unsubscribe(incoming, broker, using(['other'], OK))).toEqual(OK);
    expect(did).toEqual(['acquire files', 'call', 'forget true true']);
  });

  it('that is refused is forgotten all the same', async () => {
    const { broker, did } = world({ server: 'files' });
    expect(await unsubscribe(incoming, broker, using([], REFUSED, false))).toEqual(REFUSED);
    expect(did.at(-1)).toBe('forget true false');
  });

  it.each([
    ['too', 'files'],
    ['and the session never did', undefined],
  ])('of what another client holds %s reaches nobody', async (_how, server) => {
    const { broker, did } = world({ isOthers: true, ...(server === undefined ? {} : { server }) });
    expect(await unsubscribe(incoming, broker, using(['files'], OK))).toEqual(OK);
    expect(did).toEqual(['acquire files', 'forget true true']);
  });
});
