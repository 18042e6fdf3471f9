import { describe, expect, it } from 'vitest';
import { revokeGrant } from '../../src/admin/revoke-grant.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';

function inForce() {
  const admin = fakeAdmin();
  admin.state.grants.set('a', grantRecord({ id: 'a' }));
  admin.files.set('grants/renamed.yaml', `# mine\n${grantText({ id: 'a' })}`);
  admin.state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
  return admin;
}

describe('revokeGrant', () => {
  it('leaves a tombstone, asks live brokers and marks the file', async () => {
    const { context, state, files } = inForce();
    const revoked = await revokeGrant(context, 'a');
    expect(revoked).toMatchObject({ wasRevoked: false, markedFile: 'grants/renamed.yaml' });
    expect(revoked.drain.reached).toBe(1);
    expect(state.grants.get('a')?.revokedAt).toBe(state.now);
    expect(files.get('grants/renamed.yaml')).toMatch(
      /^# mine\n[\s\S]*revoked: 2026-11-22T12:00:00Z/,
    );
    expect(state.events).toMatchObject([
      { code: 'TG3003', subject: 'alice', actor: context.actor, detail: { grant: 'a' } },
    ]);
  });

  it('stands when the file cannot be marked', async () => {
    const { context, state } = inForce();
    const broken = {
      ...context,
      grantFiles: {
        ...context.grantFiles,
        replace: async () => {
          throw new Error('read-only');
        },
      },
    };
    const revoked = await revokeGrant(broken, 'a');
    expect([revoked.markFailure, state.grants.get('a')?.revokedAt]).toEqual([
      'the file is as it was',
      state.now,
    ]);
  });

  it('touches neither file nor brokers when it is not committed', async () => {
    const { context, state, files } = inForce();
    state.failsToCommit = true;
    const before = files.get('grants/renamed.yaml');
    await expect(revokeGrant(context, 'a')).rejects.toMatchObject({ code: 'ERR_NOT_COMMITTED' });
    expect(files.get('grants/renamed.yaml')).toBe(before);
  });

  it('writes no second event, and asks brokers again', async () => {
    const { context, state, answers } = inForce();
    await revokeGrant(context, 'a');
    answers.set('ins_a', { kind: 'silent' });
    const again = await revokeGrant(context, 'a');
    expect([again.wasRevoked, again.drain.silent.length, state.events.length]).toEqual([
      true,
      1,
      1,
    ]);
  });

  it('fails with ERR_NOT_FOUND for an id that was never applied', async () => {
    const { context } = inForce();
    await expect(revokeGrant(context, 'nobody')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});
