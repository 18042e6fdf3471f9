import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HANDLE_LIFE_MS } from '../../src/ask/handles.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { type Asking, WholeWorld } from '../support/whole/whole-world.ts';

const resources = Array.from({ length: 5 }, (_, at) => ({ uri: `s://item/${at}`, name: `${at}` }));
let world: WholeWorld;
let cursor: string;

beforeEach(async () => {
  world = await WholeWorld.open({
    s: wholeServer('s', { resources, pageSize: 2 }),
    t: wholeServer('t'),
  });
  for (const subject of ['alice', 'bob']) await world.grant(subject, ['permit: resource:*/**']);
  cursor = (await world.result('alice', 'resources/list', {})).nextCursor as string;
  await world.ask('bob', 'resources/list');
  await world.requests();
  world.servers.reached.length = 0;
});
afterEach(() => world.close());

async function refused(subject: string, method: string, given: unknown, how: Asking = {}) {
  const reply = await world.ask(subject, method, { cursor: given as string }, how);
  expect(reply).toEqual({ kind: 'error', error: { code: -32602, message: 'Invalid params' } });
  expect(world.servers.reached).toEqual([]);
  expect((await world.requests()).map(({ code, reason }) => [code, reason])).toEqual([
    ['TG1004', 'handle_invalid'],
  ]);
}

describe('S15 a cursor', () => {
  it('says nothing of the tool server’s own', async () => {
    world.servers.of('s').pageSize = 3;
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('"s"');
    await world.result('alice', 'resources/list', { cursor });
    expect(world.servers.reached).toMatchObject([{ server: 's', params: { cursor: '2' } }]);
  });

  it('with one bit flipped, wherever it is, is refused', async () => {
    for (let at = 0; at < cursor.length; at += 7) {
      const other = cursor[at] === 'A' ? 'B' : 'A';
      await refused('alice', 'resources/list', cursor.slice(0, at) + other + cursor.slice(at + 1));
    }
  });

  it.each(['', '0', '2', 'x'.repeat(100_000), 5, null])(
    'that nobody gave (%.20s) is refused',
    async (made) => {
      await refused('alice', 'resources/list', made);
    },
  );

  it('of another session, of the same subject or another, is refused', async () => {
    await refused('alice/2', 'resources/list', cursor);
    await refused('bob', 'resources/list', cursor);
  });

  it('of every server serves no single one, nor the reverse', async () => {
    await refused('alice', 'resources/list', cursor, { onlyServer: 's' });
    const own = (await world.result('alice', 'resources/list', {}, { onlyServer: 's' })).nextCursor;
    world.servers.reached.length = 0;
    await world.requests();
    await refused('alice', 'resources/list', own);
    await refused('alice', 'resources/list', own, { onlyServer: 't' });
  });

  it.each(['tools/list', 'prompts/list', 'resources/templates/list'])(
    'to a list of one page (%s) is refused, whoever made it',
    async (method) => {
      await refused('alice', method, cursor);
      await refused('alice', method, '0');
    },
  );

  it('is refused once it is too old', async () => {
    world.clock.advance(HANDLE_LIFE_MS.cursor);
    await refused('alice', 'resources/list', cursor);
  });

  it('leads nowhere once the right is gone', async () => {
    await world.revokeGrant('alice');
    const reply = await world.ask('alice', 'resources/list', { cursor });
    expect(reply).toEqual({ kind: 'result', result: { resources: [] } });
    expect(world.servers.reached).toEqual([]);
  });
});
