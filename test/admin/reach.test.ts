import { describe, expect, it } from 'vitest';
import { callChanges } from '../../src/admin/call-changes.ts';
import { grantsOnDisk } from '../../src/admin/grants-on-disk.ts';
import { knownServers } from '../../src/admin/known-servers.ts';
import { reachOf, reachText } from '../../src/admin/reach.ts';
import { unusedRights } from '../../src/admin/unused-rights.ts';
import type { GrantRule } from '../../src/authorize/grant-record.ts';
import { type FakeAdmin, fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import { fileServer, record, tool } from '../support/fakes/recorded.ts';

const permit = (pattern: string, members: Partial<GrantRule> = {}): GrantRule => ({
  effect: 'permit',
  pattern,
  line: 6,
  ...members,
});
const deny = (pattern: string, members: Partial<GrantRule> = {}): GrantRule => ({
  ...permit(pattern, members),
  effect: 'deny',
});

function world(...rules: readonly GrantRule[]): FakeAdmin {
  const admin = fakeAdmin();
  admin.state.servers.set('files', fileServer(['read', 'write', 'list']));
  admin.state.grants.set('a', grantRecord({ id: 'a', rules }));
  return admin;
}

async function table(...rules: readonly GrantRule[]) {
  const { context } = world();
  const servers = await knownServers(context.catalog, context.serverNames);
  const found = reachOf({ grants: [grantRecord({ rules })], servers });
  return found.map((each) => [each.thing, reachText(each)]);
}

describe('reachOf', () => {
  it('tells what a grant comes to, tool by tool', async () => {
    expect(
      await table(
        permit('files/*', { rates: [{ count: 10, windowMs: 3_600_000 }], approval: 'admin' }),
        permit('files/read', { when: 'args.path == "/a"', hours: 'Mon-Fri 08:00-18:00 UTC' }),
        deny('files/read', { when: 'args.path == "/b"' }),
        deny('files/write'),
        permit('prompt:files/*'),
        permit('resource:files/docs://**'),
        permit('ask:files/roots'),
      ),
    ).toEqual([
      ['files/list', 'permit limit 10/h approval admin'],
      [
        'files/read',
        'permit limit 10/h approval admin or hours Mon-Fri 08:00-18:00 UTC when args.path == "/a", unless when args.path == "/b"',
      ],
      ['files/write', 'deny'],
      ['prompt:files/triage', 'permit'],
      ['resource:files/docs://**', 'permit'],
      ['ask:files/roots', 'permit'],
    ]);
  });

  it('takes a rule whose condition fits no tool for what brokers do with it', async () => {
    expect(
      await table(
        permit('files/read', { when: 'args.pth == ""' }),
        deny('files/list', { when: 'no' }),
      ),
    ).toEqual([
      ['files/list', 'deny'],
      ['files/read', 'refused'],
    ]);
  });
});

describe('callChanges', () => {
  const changes = async (admin: FakeAdmin, ...rules: readonly string[]) => {
    admin.files.set('grants/a.yaml', grantText({ id: 'a', rules }));
    const found = await callChanges(admin.context, await grantsOnDisk(admin.context));
    return found.map(({ thing, change, before, after }) => [thing, change, before, after]);
  };

  it('names each call that becomes permitted, refused, or permitted under other terms', async () => {
    const admin = world(permit('files/{read,write}'));
    expect(
      await changes(admin, '{ permit: files/read, when: args.path == "/a" }', 'permit: files/list'),
    ).toEqual([
      ['files/list', 'permitted', 'refused', 'permit'],
      ['files/read', 'changed', 'permit', 'permit when args.path == "/a"'],
      ['files/write', 'refused', 'permit', 'refused'],
    ]);
  });

  it('is about all grants of a subject together', async () => {
    const admin = world(permit('files/read'));
    admin.state.grants.set('b', grantRecord({ id: 'b', rules: [permit('files/*')] }));
    admin.files.set('grants/b.yaml', grantText({ id: 'b', rules: ['permit: files/*'] }));
    expect(await changes(admin, 'permit: files/write')).toEqual([]);
    expect(await changes(admin, 'deny: files/write')).toEqual([
      ['files/write', 'refused', 'permit', 'deny'],
    ]);
  });

  it('says through which clients, once', async () => {
    const admin = world(permit('files/read'));
    const grant = { id: 'b', rules: ['permit: files/list'], clients: ['desk', 'code'] };
    admin.files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: files/read'] }));
    admin.files.set('grants/b.yaml', grantText(grant));
    expect(await callChanges(admin.context, await grantsOnDisk(admin.context))).toEqual([
      {
        subject: 'alice',
        clients: ['code', 'desk'],
        grants: ['b'],
        thing: 'files/list',
        change: 'permitted',
        before: 'refused',
        after: 'permit',
      },
    ]);
  });
});

describe('unusedRights', () => {
  it('names the rules and tools nobody used, whatever line a rule stood on', async () => {
    const admin = world(permit('files/read'), permit('files/{write,list}'), deny('files/none'));
    await record(admin, tool('write'));
    const { rules } = grantRecord({ id: 'a' });
    admin.state.revisions.push({
      grant: admin.state.grants.get('a') ?? grantRecord({ rules }),
      from: 1,
      until: 2,
    });
    const moved = grantRecord({
      id: 'a',
      revision: 2,
      rules: [permit('files/{write,list}', { line: 9 }), permit('files/read', { line: 10 })],
    });
    const found = await unusedRights(admin.context, moved, 0);
    expect([found.rules.map(({ rule }) => rule.pattern), found.things, found.uses]).toEqual([
      ['files/read'],
      ['files/list', 'files/read'],
      1,
    ]);
  });

  it('counts only what was admitted under the grant since then', async () => {
    const admin = world(permit('files/read'));
    await record(admin, tool('read'));
    await record(admin, tool('write'));
    admin.state.now += 1000;
    const grant = admin.state.grants.get('a') ?? grantRecord();
    const since = admin.state.now * 1000;
    expect(await unusedRights(admin.context, grant, since)).toMatchObject({
      uses: 0,
      things: ['files/read'],
    });
    expect(await unusedRights(admin.context, grant, 0)).toMatchObject({ uses: 1, things: [] });
  });
});
