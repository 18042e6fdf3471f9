import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { applyFromDisk } from '../../src/admin/apply-grants.ts';
import { revokeGrant } from '../../src/admin/revoke-grant.ts';
import { grantText, Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { callOf, isResult } from '../support/live/race.ts';

const homes: Home[] = [];
afterEach(() => Promise.all(homes.splice(0).map((home) => home.remove())));

function newHome(): Home {
  const home = new Home();
  homes.push(home);
  return home;
}

describe('grant files that widen', () => {
  it('do not pass for those of a first start once the last grant was lifted', async () => {
    const home = newHome();
    await home.applyGrants();
    const { context } = await home.state();
    await revokeGrant(context, 'alice-all');
    const grants = join(home.dir, 'grants');
    renameSync(join(grants, 'alice.yaml'), join(home.dir, 'alice.yaml'));
    // `grant apply` lifts no tombstone without a file; a state that holds such a grant is still met.
    const event = { code: 'TG3004' } as const;
    await context.grants.change([{ kind: 'reinstate', id: 'alice-all', event }], 1);
    writeFileSync(join(grants, 'mallory.yaml'), grantText('mallory-all', 'mallory'));
    const { changed, plan } = await applyFromDisk(context, 'first-start');
    expect([changed, plan.entries.map(({ id, waits }) => [id, waits])]).toEqual([
      [],
      [['mallory-all', true]],
    ]);
  });
});

describe('grant files that narrow', () => {
  it('are followed into a folder that takes the place of the one a broker started with', async () => {
    const home = newHome();
    const { port } = await home.serve();
    const { token } = await home.open();
    const client = new HttpClient(port, token);
    expect(isResult(await client.ask(callOf('1')))).toBe(true);
    const grants = join(home.dir, 'grants');
    renameSync(grants, join(home.dir, 'old'));
    mkdirSync(grants);
    const write = (rules: readonly string[]) =>
      writeFileSync(join(grants, 'alice.yaml'), grantText('alice-all', 'alice', rules));
    // The end of the old folder is an event too: only what is written after it was dealt with shows more.
    write(["permit: 's/*'", "deny: 's/other'"]);
    const { context } = await home.state();
    await until(async () => {
      const [grant] = await context.grants.all();
      return grant?.revision === 2 ? grant : undefined;
    });
    write(["permit: 's/other'", "deny: 's/other'"]);
    await until(async () => (isResult(await client.ask(callOf('2'))) ? undefined : true));
    client.close();
  });
});
