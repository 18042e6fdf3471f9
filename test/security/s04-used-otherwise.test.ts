import { afterAll, expect, it } from 'vitest';
import type { SessionId } from '../../src/domain/ids.ts';
import { Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';

const at = new Home();
afterAll(() => at.remove());

const hello = (id: string, name: string) => ({
  id,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name, version: '1' },
  },
});
const list = (id: string) => ({ id, method: 'tools/list', params: {} });

it('records once each way a session is used otherwise than at first, over every broker', async () => {
  await at.applyGrants();
  const [one, two] = await Promise.all([at.serve(), at.serve()]);
  const { id, token } = await at.open();
  const clients = [new HttpClient(one.port, token), new HttpClient(two.port, token)];
  for (const [n, client] of clients.entries()) {
    for (const name of ['own', 'own', 'another', 'another']) await client.ask(hello(`${n}`, name));
    await client.ask(list(`${n}`));
    client.close();
  }
  const stdio = at.stdio(token);
  await stdio.ask(hello('a', 'own'));
  await stdio.ask(list('b'));
  await stdio.leave();

  const { context } = await at.state();
  const events = await context.events.query({ session: id, code: 'TG2016' });
  const first = { transport: 'http', clientName: 'own', remote: '127.0.0.1' };
  expect(events).toMatchObject([
    { clientInfo: { name: 'another' }, detail: { differs: ['client'], first } },
    { transport: 'stdio', detail: { differs: ['transport', 'remote'], first } },
  ]);
  expect(await context.events.query({ session: id, code: 'TG2005' })).toHaveLength(1);
  const session = context.sessions.find(id as SessionId);
  expect(session?.firstUse).toMatchObject(first);
  expect(session?.otherUses).toHaveLength(2);
});
