import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantText, Home, until } from '../support/live/home.ts';
import { SessionTalk } from '../support/live/session-talk.ts';
import type { Answer } from '../support/live/stdio-client.ts';

const SAYER = fileURLToPath(new URL('../support/tool-servers/sayer-2025.mjs', import.meta.url));
const entry = (isolation: string) => ({
  command: process.execPath,
  args: [SAYER],
  toolgrant: { isolation },
});
const UPDATED = 'notifications/resources/updated';
const updated = (uri: string) => ({ jsonrpc: '2.0', method: UPDATED, params: { uri } });
const changed = (kind: string) => ({
  jsonrpc: '2.0',
  method: `notifications/${kind}/list_changed`,
});

let at: Home;
let old: SessionTalk;
let modern: SessionTalk;
let bob: SessionTalk;

/** Has the tool server say something through a call of this client. */
const say = (talk: SessionTalk, messages: readonly object[], tool = 's__say') =>
  talk.ask('tools/call', { name: tool, arguments: { messages } });
/** Has the tool server say something once the call for it is over. */
async function sayLater(talk: SessionTalk, messages: readonly object[], server: string) {
  process.kill(Number(saidIn(await say(talk, messages, `${server}__later`))), 'SIGUSR2');
}
function saidIn(answer: Answer | undefined): unknown {
  const [content] = (answer?.result?.content ?? []) as { readonly text: string }[];
  return JSON.parse(content?.text ?? '[]');
}
/** What the tool server of this client has received, by method. */
async function received(talk: SessionTalk, method: string): Promise<readonly unknown[]> {
  const answer = await talk.ask('tools/call', { name: 's__received', arguments: {} });
  const all = saidIn(answer) as { method?: string; params?: { uri?: string } }[];
  return all.filter((message) => message.method === method).map(({ params }) => params?.uri);
}
const uris = (talk: SessionTalk) =>
  talk.told.filter(({ method }) => method === UPDATED).map(({ params }) => params?.uri);

beforeAll(async () => {
  at = new Home({
    servers: () => ({ s: entry('session'), shared: entry('shared') }),
    grants: {
      'tools.yaml': grantText('tools', 'alice', ["permit: 's/*'", "permit: 'shared/*'"]),
      'prompts.yaml': grantText('prompts', 'alice', ["permit: 'prompt:s/*'"]),
      'resources.yaml': grantText('resources', 'alice', [
        "permit: 'resource:s/test://one'",
        "permit: 'resource:s/test://one/**'",
        "deny: 'resource:s/test://one/secret'",
        "permit: 'resource:shared/test://one'",
      ]),
      'more.yaml': grantText('more', 'alice', ["permit: 'resource:s/test://two'"]),
      'bob.yaml': grantText('bob', 'bob', ["permit: 's/*'", "permit: 'shared/*'"]),
    },
  });
  await at.applyGrants();
  const talkOf = async (subject: string, era: '2025' | '2026') =>
    new SessionTalk(at.stdio((await at.open(subject)).token), era);
  old = await talkOf('alice', '2025');
  modern = await talkOf('alice', '2026');
  bob = await talkOf('bob', '2025');
  for (const talk of [old, modern, bob]) {
    await talk.begin();
    for (const list of ['tools', 'prompts', 'resources']) await talk.ask(`${list}/list`);
  }
});
afterAll(() => at.remove());

describe('S11 a client of 2025', () => {
  it('hears of a resource it subscribed to, and of its parts, as far as it is granted them', async () => {
    expect(await old.ask('resources/subscribe', { uri: 'test://one' })).toMatchObject({
      result: {},
    });
    await say(old, [
      updated('test://one/secret'),
      updated('test://two'),
      updated('test://elsewhere'),
      updated('test://one/part'),
      updated('test://one'),
    ]);
    await until(() => (uris(old).includes('test://one') ? true : undefined));
    expect(uris(old)).toEqual(['test://one/part', 'test://one']);
  });

  it('cannot subscribe to what it is not granted: as to what is not there, and the server hears nothing', async () => {
    const refused = await old.ask('resources/subscribe', { uri: 'test://three' });
    expect(refused).toMatchObject({ error: { code: -32002, message: 'Resource not found' } });
    expect(await received(old, 'resources/subscribe')).toEqual(['test://one']);
    const events = await at.events('--code', 'TG1003');
    expect(events).toContainEqual(
      expect.objectContaining({ resource: 'test://three', method: 'resources/subscribe' }),
    );
  });

  it('hears nothing more once it has unsubscribed', async () => {
    await old.ask('resources/unsubscribe', { uri: 'test://one' });
    const before = uris(old).length;
    await say(old, [updated('test://one')]);
    await old.ask('ping');
    expect(uris(old)).toHaveLength(before);
    expect(await received(old, 'resources/unsubscribe')).toEqual(['test://one']);
  });

  it("hears a log message that no call owns from its own session's server, and from no shared one", async () => {
    const message = (data: string) => ({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'error', data },
    });
    await sayLater(bob, [message('shared')], 'shared');
    await sayLater(old, [message('own')], 's');
    const messages = (talk: SessionTalk) =>
      talk.told
        .filter(({ method }) => method === 'notifications/message')
        .map(({ params }) => params?.data);
    await until(() => (messages(old).includes('own') ? true : undefined));
    await say(bob, [], 'shared__say');
    expect([old, bob, modern].flatMap(messages)).toEqual(['own']);
  });

  it('hears that a server has other resources as far as its grant reaches them', async () => {
    const of = (talk: SessionTalk) =>
      talk.told.filter(({ method }) => method === changed('resources').method).length;
    const before = [of(old), of(bob)];
    await say(bob, [changed('resources')], 's__say');
    await say(old, [changed('resources')], 's__say');
    await until(() => (of(old) > (before[0] ?? 0) ? true : undefined));
    expect([of(old), of(bob)]).toEqual([(before[0] ?? 0) + 1, before[1]]);
  });
});

describe('S11 a client of 2026', () => {
  it('hears on its stream what was honoured of its filter, each entry decided and recorded', async () => {
    const id = modern.listen({
      promptsListChanged: true,
      resourceSubscriptions: ['test://one', 'test://two', 'test://three'],
      unheardOf: true,
    });
    const acknowledged = await until(() =>
      modern.told.find(({ method }) => method === 'notifications/subscriptions/acknowledged'),
    );
    expect(acknowledged.params).toEqual({
      _meta: { 'io.modelcontextprotocol/subscriptionId': id },
      notifications: {
        promptsListChanged: true,
        resourceSubscriptions: ['test://one', 'test://two'],
      },
    });
    await say(modern, [updated('test://one/secret'), updated('test://two'), changed('tools')]);
    await until(() => (uris(modern).length > 0 ? true : undefined));
    expect(modern.told.at(-1)).toEqual({
      ...updated('test://two'),
      params: {
        uri: 'test://two',
        _meta: { 'io.modelcontextprotocol/subscriptionId': id },
      },
    });
    const refused = await at.events('--code', 'TG1003');
    expect(refused.filter(({ resource }) => resource === 'test://three')).toHaveLength(2);
    const odd = await at.events('--code', 'TG1004');
    expect(odd).toContainEqual(
      expect.objectContaining({
        method: 'subscriptions/listen',
        detail: { entries: ['unheardOf'] },
      }),
    );
  });

  it('hears no more of what was revoked, which its tool server is told', async () => {
    expect(await at.run(['grant', 'revoke', 'more'])).toMatchObject({ code: 0 });
    const gone = await until(async () => {
      const found = await received(modern, 'resources/unsubscribe');
      return found.length > 0 ? found : undefined;
    });
    expect(gone).toEqual(['test://two']);
    const before = uris(modern).length;
    await say(modern, [updated('test://two'), updated('test://one')]);
    await until(() => (uris(modern).length > before ? true : undefined));
    expect(uris(modern).slice(before)).toEqual(['test://one']);
  });

  it('hears of prompts alone when prompts alone change, and others hear nothing', async () => {
    const lists = (talk: SessionTalk) =>
      talk.told.map(({ method }) => method).filter((method) => method.endsWith('list_changed'));
    const before = [old, modern, bob].map((talk) => lists(talk).length);
    expect(await at.run(['grant', 'revoke', 'prompts'])).toMatchObject({ code: 0 });
    await until(() => (lists(modern).length > (before[1] ?? 0) ? true : undefined));
    await until(() => (lists(old).length > (before[0] ?? 0) ? true : undefined));
    const after = [old, modern, bob].map((talk, i) => lists(talk).slice(before[i]));
    expect(after).toEqual([[changed('prompts').method], [changed('prompts').method], []]);
  });
});
