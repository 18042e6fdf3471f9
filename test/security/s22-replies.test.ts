import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { recorded } from '../support/live/recorded.ts';

const ANSWER = '{"jsonrpc":"2.0","id":ID,"result":{"content":[{"type":"text","text":"mine"}]}}';
const other = (id: string): string =>
  `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"foreign"}]}}`;

/** Replies that answer nothing, before the one that does. */
const STRAY: readonly (readonly [string, string])[] = [
  ['an id beyond ours', other('ID000')],
  ['its id as text', other('"ID"')],
  ['its id and a fraction', other('ID.5')],
  ['its id in a list', other('[ID]')],
  ['an id of null', other('null')],
  ['no id', '{"jsonrpc":"2.0","result":{"content":[]}}'],
  ['a negative id', other('-ID')],
  ['an id beyond 2^53', other('12345678901234567890')],
  ['an id without end', other('9'.repeat(10_000))],
  ['a batch', `[${ANSWER}]`],
  [
    'an error that names no request',
    '{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"m"}}',
  ],
  ['a notification with a member twice', '{"jsonrpc":"2.0","method":"x","params":{"a":1,"a":2}}'],
  ['what is no JSON', '{"jsonrpc":"2.0","id":ID'.replace('ID', '"ID"')],
];

/** Replies that fail the very request they would have answered. */
const FAULTY: readonly (readonly [string, string])[] = [
  ['a member twice', ANSWER.replace('"result"', '"result":{},"result"')],
  [
    'a member twice, deep inside',
    ANSWER.replace('"text":"mine"', '"text":"mine","te\\u0078t":"x"'),
  ],
  ['a disguised member', ANSWER.replace('"result"', '"Result":{},"result"')],
  ['a disguised id', ANSWER.replace('"id"', '"İd":1,"id"')],
  ['result and error', ANSWER.replace('"result"', '"error":{"code":1,"message":"m"},"result"')],
  ['result and method', ANSWER.replace('"result"', '"method":"ping","result"')],
  ['nesting beyond the limit', ANSWER.replace('"mine"', `${'['.repeat(600)}${']'.repeat(600)}`)],
];

let at: Home;
let alice: HttpClient;
let session: string;

beforeAll(async () => {
  at = new Home({ servers: recorded });
  await at.applyGrants();
  const served = await at.serve();
  const opened = await at.open();
  session = opened.id;
  alice = new HttpClient(served.port, opened.token);
});
afterAll(async () => {
  alice.close();
  await at.remove();
});

const say = (...lines: readonly string[]) =>
  alice.ask({
    id: 1,
    method: 'tools/call',
    params: { name: 's__say', arguments: { say: lines } },
  });

describe('a reply of a tool server', () => {
  it.each(STRAY)('answers nothing with %s, and the next one does', async (_, line) => {
    expect(await say(line, ANSWER, ANSWER)).toMatchObject({
      id: 1,
      result: { content: [{ text: 'mine' }] },
    });
  });

  it.each(FAULTY)('fails its own request with %s', async (_, line) => {
    expect(await say(line, ANSWER)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32603, message: 'Internal error' },
    });
  });

  it('is recorded as it was taken, by one outcome each', async () => {
    const events = await at.events('--code', 'TG1002', '--session', session);
    expect(events.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      ...STRAY.map(() => 'ok'),
      ...FAULTY.map(() => 'ERR_SERVER_PROTOCOL'),
    ]);
  });
});
