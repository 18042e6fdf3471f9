import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { callOf, isResult } from '../support/live/race.ts';

const homes: Home[] = [];
const clients: HttpClient[] = [];
const home = (): Home => {
  const made = new Home();
  homes.push(made);
  return made;
};
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(homes.splice(0).map((one) => one.remove()));
});

const state = (at: Home) => join(at.dir, '.toolgrant');
const parts = (at: Home) =>
  readdirSync(state(at)).filter((name) => name.startsWith('toolgrant.db'));

/** Copies the database aside, as a backup does, and answers what puts it back. */
function backUp(at: Home): () => void {
  const kept = join(at.dir, 'yesterday');
  mkdirSync(kept);
  for (const name of parts(at)) copyFileSync(join(state(at), name), join(kept, name));
  return () => {
    for (const name of parts(at)) rmSync(join(state(at), name));
    for (const name of readdirSync(kept)) copyFileSync(join(kept, name), join(state(at), name));
  };
}

describe('S12 a database from before a revocation', () => {
  it('put under a running broker stops it: the call in flight is withheld, exit 4', async () => {
    const at = home();
    const served = await at.serve();
    const { token } = await at.open();
    const client = new HttpClient(served.port, token);
    clients.push(client);
    const held = client.ask(callOf('held', 's__hold'));
    const noted = await at.noted((lines) => lines.some(({ kind }) => kind === 'call'));
    const call = noted.find(({ kind }) => kind === 'call');
    const db = join(state(at), 'toolgrant.db');
    copyFileSync(db, `${db}.copy`);
    renameSync(`${db}.copy`, db);
    process.kill(call?.pid ?? -1, 'SIGUSR2');
    expect(isResult(await held)).toBe(false);
    const ended = await served.ended;
    expect([ended.code, ended.signal]).toEqual([4, null]);
    expect(ended.stderr).toContain('is another file now');
    expect(at.journal().filter(({ kind }) => kind === 'call')).toHaveLength(1);
  });

  it('removed under a running stdio broker stops it with 4', async () => {
    const at = home();
    await at.applyGrants();
    const client = at.stdio((await at.open()).token);
    expect(isResult(await client.ask(callOf('a', 's__echo')))).toBe(true);
    rmSync(join(state(at), 'toolgrant.db'));
    expect(isResult(await client.ask(callOf('b', 's__echo')))).toBe(false);
    expect(await client.running.ended).toMatchObject({ code: 4 });
  });

  it('is not served after a restart, unless an admin accepts it, which is recorded', async () => {
    const at = home();
    await at.applyGrants();
    const { id, token } = await at.open();
    const restore = backUp(at);
    expect(await at.run(['session', 'revoke', id])).toMatchObject({ code: 0 });
    (await at.state()).close();
    restore();
    // A later command on it does not make it the right one.
    expect(await at.run(['session', 'list'])).toMatchObject({ code: 0 });
    for (const words of [['serve', '--port', '0'], ['stdio']]) {
      const { code, stdout, stderr } = await at.run(words, { TOOLGRANT_TOKEN: token });
      expect([code, stdout, stderr]).toEqual([4, '', expect.stringContaining('an older state')]);
    }
    expect(at.journal()).toEqual([]);
    const accepted = await at.run(['stdio', '--accept-rollback'], { TOOLGRANT_TOKEN: token });
    expect(accepted.code).toBe(0);
    expect(await at.run(['audit', 'query', '--code', 'TG7005', '--json'])).toMatchObject({
      stdout: expect.stringContaining('"anchor"'),
    });
    expect(await at.run(['stdio'], { TOOLGRANT_TOKEN: token })).toMatchObject({ code: 0 });
  });

  it('emptied or deleted is not served either, and applies no grant file', async () => {
    const at = home();
    await at.applyGrants();
    expect(await at.run(['grant', 'revoke', 'alice-all'])).toMatchObject({ code: 0 });
    (await at.state()).close();
    for (const name of parts(at)) rmSync(join(state(at), name));
    expect(await at.run(['serve', '--port', '0'])).toMatchObject({ code: 4 });
    expect(await at.run(['grant', 'list', '--json'])).toMatchObject({ stdout: '[]\n' });
  });
});

describe('S12 what was revoked', () => {
  it('comes back neither with its file nor with another start of a broker', async () => {
    const at = home();
    await at.applyGrants();
    const { token } = await at.open();
    expect(await at.run(['grant', 'revoke', 'alice-all'])).toMatchObject({ code: 0 });
    // `git checkout` of the file as it was.
    writeFileSync(join(at.dir, 'grants', 'alice.yaml'), grantText('alice-all', 'alice'));
    expect(await at.run(['grant', 'apply', '--yes'])).toMatchObject({ code: 0 });
    const served = await at.serve();
    const client = new HttpClient(served.port, token);
    clients.push(client);
    expect(isResult(await client.ask(callOf('a', 's__echo')))).toBe(false);
    expect(at.journal()).toEqual([]);
  });
});
