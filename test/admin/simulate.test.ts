import { describe, expect, it } from 'vitest';
import { simulate } from '../../src/admin/simulate.ts';
import type { GrantRule } from '../../src/authorize/grant-record.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import { fileServer, record, tool } from '../support/fakes/recorded.ts';

/** Alice may use `files/read`; the file on disk says `rules`. */
function world(...rules: readonly string[]) {
  const admin = fakeAdmin();
  admin.state.servers.set('files', fileServer(['read', 'write', 'list']));
  const applied: readonly GrantRule[] = [{ effect: 'permit', pattern: 'files/read', line: 6 }];
  admin.state.grants.set('a', grantRecord({ id: 'a', rules: applied }));
  admin.files.set('grants/a.yaml', grantText({ id: 'a', rules }));
  const run = async (asked: { since?: number; subject?: string } = {}) => {
    const { counts, onTrial, uses } = await simulate(admin.context, { since: 0, ...asked });
    return {
      counts,
      onTrial,
      uses: uses.map(({ seq, what, result, was, reason }) => [seq, what, result, was, reason]),
    };
  };
  return { admin, run };
}

const NONE = { same: 0, refused: 0, permitted: 0, undecidable: 0 };

describe('simulate', () => {
  it('tells which recorded uses the files would decide otherwise', async () => {
    const { admin, run } = world('permit: files/write', 'deny: files/list');
    await record(admin, tool('read'), { args: { path: '/x' } });
    await record(admin, tool('write'), { args: { path: '/x' } });
    await record(admin, tool('list'), { args: { path: '/x' } });
    expect(await run()).toEqual({
      counts: { ...NONE, same: 1, refused: 1, permitted: 1 },
      onTrial: 0,
      uses: [
        [1, 'files/read', 'refused', 'permitted', 'no_rule'],
        [2, 'files/write', 'permitted', 'no_rule', 'permitted'],
      ],
    });
  });

  it('judges the arguments that were recorded, and says undecidable where they were not', async () => {
    const { admin, run } = world('{ permit: files/read, when: args.path == "/a" }');
    for (const path of ['/a', '/b', 'hunter22']) {
      await record(admin, tool('read'), { args: { path }, secrets: ['hunter22'] });
    }
    await record(admin, tool('read'), { args: { path: '/a' }, mode: 'digest' });
    const { counts, uses } = await run();
    expect(counts).toEqual({ ...NONE, same: 1, refused: 1, undecidable: 2 });
    expect(uses.map(([seq, , result]) => [seq, result])).toEqual([
      [2, 'refused'],
      [3, 'undecidable'],
      [4, 'undecidable'],
    ]);
  });

  it('decides where what was left out makes no difference', async () => {
    const { admin, run } = world(
      '{ permit: files/read, when: args.path == "/a" }',
      '{ deny: files/read, when: args.count > 3 }',
    );
    const secrets = ['hunter22'];
    await record(admin, tool('read'), {
      args: { path: '/b', body: 'hunter22', count: 1 },
      secrets,
    });
    await record(admin, tool('read'), { args: { path: 'hunter22', count: 9 }, secrets });
    expect((await run()).counts).toEqual({ ...NONE, refused: 2 });
  });

  it('judges each at the instant it was made, by its subject and since then', async () => {
    const { admin, run } = world('permit: files/read');
    await record(admin, tool('read'));
    admin.state.now += 60 * 86_400_000;
    await record(admin, tool('read'), { subject: 'bob' });
    expect(await run()).toMatchObject({ counts: { ...NONE, same: 2 } });
    expect(await run({ subject: 'bob' })).toMatchObject({ counts: { ...NONE, same: 1 } });
    expect(await run({ since: admin.state.now * 1000 })).toMatchObject({
      counts: { ...NONE, same: 1 },
    });
  });

  it('counts limits of rules over what was recorded, and of a session', async () => {
    const { admin, run } = world('{ permit: files/read, limit: 2/h }');
    for (const minutes of [0, 10, 20, 50, 60]) {
      admin.state.now += minutes * 60_000;
      await record(admin, tool('read'));
    }
    // At 0, 10, 30, 80 and 140 minutes: the third is one too many.
    expect(await run()).toMatchObject({
      counts: { ...NONE, same: 4, refused: 1 },
      uses: [[3, 'files/read', 'refused', 'permitted', 'limit_reached']],
    });
    const text = grantText({
      id: 'a',
      rules: ['permit: files/read'],
      extra: ['session: { maxCalls: 3 }'],
    });
    admin.files.set('grants/a.yaml', text);
    expect(await run()).toMatchObject({ counts: { ...NONE, same: 3, refused: 2 } });
  });

  it('counts nothing under a limit that another rule permits, the same but for its limit', async () => {
    const { admin, run } = world(
      '{ permit: files/read, limit: 1/h }',
      '{ permit: files/read, approval: admin }',
    );
    for (const minutes of [0, 50, 20]) {
      admin.state.now += minutes * 60_000;
      await record(admin, tool('read'));
    }
    expect(await run()).toMatchObject({
      counts: { ...NONE, same: 2, refused: 1 },
      uses: [[2, 'files/read', 'refused', 'permitted', 'approval_needed']],
    });
  });

  it('judges hours by when each was made', async () => {
    const { admin, run } = world('{ permit: files/read, hours: "11:00-13:00 UTC" }');
    await record(admin, tool('read'));
    admin.state.now += 3_600_000;
    await record(admin, tool('read'));
    expect(await run()).toMatchObject({
      counts: { ...NONE, same: 1, refused: 1 },
      uses: [[2, 'files/read', 'refused', 'permitted', 'outside_hours']],
    });
  });

  it('says that an approval would be asked for', async () => {
    const { admin, run } = world('{ permit: files/read, approval: admin }');
    await record(admin, tool('read'));
    const intent = await record(admin, tool('read'));
    admin.state.events.push({ ...intent, seq: 3, approval: 'apr_1' });
    expect(await run()).toMatchObject({
      counts: { ...NONE, same: 1, refused: 2 },
      uses: [
        [1, 'files/read', 'refused', 'permitted', 'approval_needed'],
        [2, 'files/read', 'refused', 'permitted', 'approval_needed'],
      ],
    });
  });

  it('tells what a rule on trial would refuse', async () => {
    const { admin, run } = world(
      '{ permit: files/read, when: args.path == "/a", limit: 1/h, enforce: false, until: 2026-11-25T00:00:00Z }',
    );
    for (const path of ['/a', '/b', '/a', 'hunter22']) {
      await record(admin, tool('read'), { args: { path }, secrets: ['hunter22'] });
    }
    const found = await simulate(admin.context, { since: 0 });
    expect(found.counts).toEqual({ ...NONE, same: 4 });
    expect(found.uses.map(({ seq, wouldRefuse }) => [seq, wouldRefuse])).toEqual([
      [2, 'condition_false'],
      [3, 'limit_reached'],
      [4, 'limit_reached'],
    ]);
    expect((await run()).onTrial).toBe(3);
  });

  it('leaves a refusal as it is that no grant decides', async () => {
    const { admin, run } = world('permit: files/*');
    admin.state.halt = { at: 1 };
    await record(admin, tool('write'));
    expect(await run()).toMatchObject({ counts: { ...NONE, same: 1 } });
  });

  it('refuses to replay under a file that is wrong', async () => {
    const { run } = world('permit: nonsense');
    await expect(run()).rejects.toMatchObject({ code: 'ERR_GRANT' });
  });

  it('changes nothing', async () => {
    const { admin, run } = world('permit: files/write');
    await record(admin, tool('read'));
    await run();
    expect([admin.state.events.length, admin.state.epoch]).toEqual([1, 1]);
  });
});
