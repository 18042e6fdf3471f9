import { describe, expect, it } from 'vitest';
import { createGrant, draftGrant } from '../../src/admin/create-grant.ts';
import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import { parseGrant } from '../../src/authorize/parse-grant.ts';
import { type FakeAdmin, fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';

const put = (admin: FakeAdmin, grant: GrantRecord) => admin.state.grants.set(grant.id, grant);

const wish = {
  subject: 'alice',
  permits: ['files/read_*'],
  denies: [],
  lifeMs: 8 * 3_600_000,
  clients: [],
};

describe('createGrant', () => {
  it('writes a file that is read back as the grant in force', async () => {
    const { context, state, files } = fakeAdmin();
    const created = await createGrant(context, { ...wish, purpose: 'look: "quoted" # not' });
    const parsed = parseGrant(files.get('grants/alice-files.yaml') ?? '', 'x');
    expect(parsed).toEqual({ ok: true, document: created.document });
    expect(state.grants.get('alice-files')).toMatchObject(created.document);
    expect(state.events).toMatchObject([
      { code: 'TG3001', subject: 'alice', actor: context.actor, detail: { grant: 'alice-files' } },
    ]);
  });

  it('takes the file back when the grant cannot be committed', async () => {
    const { context, state, files } = fakeAdmin();
    state.failsToCommit = true;
    await expect(createGrant(context, wish)).rejects.toMatchObject({ code: 'ERR_NOT_COMMITTED' });
    expect(files.size).toBe(0);
  });

  it('asks live brokers to drain when it denies', async () => {
    const { context, state } = fakeAdmin();
    state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    const created = await createGrant(context, { ...wish, denies: ['files/read_secret'] });
    expect(created.drain?.reached).toBe(1);
  });

  it.each([
    ['a grant in force', (admin: FakeAdmin) => put(admin, grantRecord({ id: 'x' }))],
    ['a tombstone', (admin: FakeAdmin) => put(admin, grantRecord({ id: 'x', revokedAt: 1 }))],
    [
      'a file that waits',
      (admin: FakeAdmin) => admin.files.set('grants/other.yaml', grantText({ id: 'x' })),
    ],
    ['a broken file of that name', (admin: FakeAdmin) => admin.files.set('grants/x.yaml', '!')],
  ])('refuses an id that is taken by %s', async (_, take) => {
    const admin = fakeAdmin();
    take(admin);
    const before = admin.files.size;
    await expect(createGrant(admin.context, { ...wish, id: 'x' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    expect([admin.files.size, admin.state.events.length]).toEqual([before, 0]);
  });

  it('numbers an id of its own that is taken', async () => {
    const { context } = fakeAdmin();
    await createGrant(context, wish);
    expect((await createGrant(context, wish)).document.id).toBe('alice-files-2');
  });

  it.each([
    ['ERR_GRANT', { permits: ['files'] }],
    ['ERR_GRANT', { permits: ['files/{a'] }],
    ['ERR_GRANT', { subject: 'a*' }],
    ['ERR_GRANT', { id: '../../evil' }],
    ['ERR_GRANT', { permits: ['resource:files/etc/passwd'] }],
    ['ERR_GRANT', { permits: ['ask:files/elicitations'] }],
    ['ERR_USAGE', { lifeMs: 9_999_999 * 86_400_000_000 }],
  ])('fails with %s for %j and writes nothing', async (code, change) => {
    const { context, state, files } = fakeAdmin();
    await expect(createGrant(context, { ...wish, ...change })).rejects.toMatchObject({ code });
    expect([files.size, state.events.length]).toEqual([0, 0]);
  });
});

describe('draftGrant', () => {
  it('writes nothing', async () => {
    const { context, state, files } = fakeAdmin();
    const draft = await draftGrant(context, { ...wish, permits: ['a/*', 'b/*'] });
    expect([draft.file, files.size, state.events.length]).toEqual([
      'grants/alice-tools.yaml',
      0,
      0,
    ]);
  });
});
