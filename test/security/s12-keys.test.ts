import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { mintToken } from '../../src/authenticate/mint-token.ts';
import { Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { callOf, isResult } from '../support/live/race.ts';

let at: Home;
const clients: HttpClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await at.remove();
});

async function serving(): Promise<(token: string) => HttpClient> {
  at = new Home();
  const { port } = await at.serve();
  return (token) => {
    const client = new HttpClient(port, token);
    clients.push(client);
    return client;
  };
}
const works = async (client: HttpClient, id: string) =>
  isResult(await client.ask(callOf(id, 's__echo')));

describe('S12 a signing key', () => {
  it('that is rotated is good until its tokens expire, beside the new one, in a broker that runs on', async () => {
    const connect = await serving();
    const old = await at.open();
    const before = connect(old.token);
    expect(await works(before, 'a')).toBe(true);
    expect(await at.run(['keys', 'rotate'])).toMatchObject({ code: 0 });
    const next = await at.open();
    expect(await works(before, 'b')).toBe(true);
    expect(await works(connect(next.token), 'c')).toBe(true);
    const { stdout } = await at.run(['keys', 'list', '--json']);
    expect(JSON.parse(stdout).map(({ state }: { state: string }) => state)).toEqual([
      'retired',
      'signing',
    ]);
  });

  it('that is revoked ends what runs, and no token of it is good again, its file restored or not', async () => {
    const connect = await serving();
    const state = await at.state();
    const stolen = await state.context.keys.sessionKey();
    const old = await at.open();
    const client = connect(old.token);
    const held = client.ask(callOf('held', 's__hold'));
    await at.noted((lines) => lines.some(({ kind }) => kind === 'call'));
    const { code, stdout } = await at.run(['keys', 'rotate', '--revoke']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^revoked 1 key and 1 session\n1 of 1 broker, .* 1 call cancelled$/m),
    ]);
    expect(await held).toBeUndefined();
    expect(await works(client, 'after')).toBe(false);

    // Who has the old key signs a token for a session that was opened with the new one.
    const next = await at.open();
    const record = state.context.sessions.find(next.id as `ses_${string}`);
    if (record === undefined) throw new Error('no session');
    const thief = { ...state.context.keys, findSessionKey: async () => stolen };
    const forged = await mintToken(thief, { ...record, keyId: stolen.kid }, Date.now());
    const keys = join(at.dir, '.toolgrant', 'keys');
    expect(readdirSync(keys).filter((name) => name.startsWith('session'))).toEqual([
      'session-0002.json',
    ]);
    const text = JSON.stringify({
      ...stolen.privateJwk,
      kid: stolen.kid,
      alg: 'EdDSA',
      use: 'sig',
    });
    writeFileSync(join(keys, 'session-0001.json'), text, { mode: 0o600 });
    expect(await works(connect(forged), 'forged')).toBe(false);
    expect(await works(connect(old.token), 'old')).toBe(false);
    expect(await works(connect(next.token), 'next')).toBe(true);

    // Once it signs again, as the newest file there is, no session is opened with it.
    writeFileSync(join(keys, 'session-0003.json'), text, { mode: 0o600 });
    expect(await at.run(['session', 'open', '--subject', 'alice'])).toMatchObject({
      code: 4,
      stdout: '',
    });
    expect(await at.run(['audit', 'verify'])).toMatchObject({ code: 0 });
  });
});
