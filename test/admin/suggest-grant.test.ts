import { describe, expect, it } from 'vitest';
import { currentPolicy } from '../../src/admin/current-policy.ts';
import { simulateUnder } from '../../src/admin/simulate.ts';
import { suggestGrant } from '../../src/admin/suggest-grant.ts';
import { validateGrants } from '../../src/admin/validate-grants.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { fileServer, record, recordOutcome, tool } from '../support/fakes/recorded.ts';

function world() {
  const admin = fakeAdmin();
  admin.state.servers.set('files', fileServer(['read', 'write', 'list', 'other']));
  const permits = ['files/{read,write,list}', 'prompt:files/*', 'resource:files/**'];
  const rules = permits.map((pattern, at) => ({
    effect: 'permit' as const,
    pattern,
    line: at + 6,
  }));
  admin.state.grants.set('a', grantRecord({ id: 'a', rules }));
  const suggest = (client?: string) =>
    suggestGrant(admin.context, {
      subject: 'alice',
      since: 0,
      lifeMs: 8 * 3_600_000,
      ...(client === undefined ? {} : { client }),
    });
  return { admin, suggest };
}

const rulesOf = async (found: ReturnType<ReturnType<typeof world>['suggest']>) =>
  (await found).grant.rules.map(({ pattern, when }) =>
    when === undefined ? pattern : [pattern, when],
  );

describe('suggestGrant', () => {
  it('names what was used, bounds what is obvious, and would have permitted all of it alone', async () => {
    const { admin, suggest } = world();
    for (const path of ['/home/al/p/x.txt', '/home/al/p/src/y.txt']) {
      await record(admin, tool('read'), { args: { path, body: 'z' } });
    }
    await record(admin, tool('list'), { args: { path: '/tmp' } });
    await record(admin, { kind: 'prompt', server: 'files', prompt: 'triage' });
    await record(admin, { kind: 'resource', server: 'files', uri: 'docs://a/b' });
    await record(admin, tool('other'));
    const { grant, text, uses } = await suggest();
    expect(uses).toBe(5);
    expect(await rulesOf(suggest())).toEqual([
      'files/list',
      ['files/read', 'within(args.path, "/home/al/p")'],
      'prompt:files/triage',
      'resource:files/docs://a/b',
    ]);
    expect(text).toContain('expires: 2026-11-22T20:00:00Z');
    const validated = await validateGrants(admin.context, [{ file: grant.file, text }]);
    expect(validated.findings).toEqual([]);
    const state = { ...(await currentPolicy(admin.context, 'alice')), grants: [grant] };
    const { counts } = await simulateUnder(admin.context, { since: 0 }, async () => state);
    expect(counts).toEqual({ same: 6, refused: 0, permitted: 0, undecidable: 0 });
  });

  it('bounds nothing of which one value was not recorded', async () => {
    const { admin, suggest } = world();
    await record(admin, tool('read'), { args: { path: '/home/al/p/x.txt' } });
    const path = '/home/al/p/hunter22';
    await record(admin, tool('read'), { args: { path }, secrets: ['hunter22'] });
    expect(await rulesOf(suggest())).toEqual(['files/read']);
  });

  it.each([
    [['/home/al/p', '/home/al/p'], 'within(args.path, "/home/al/p")'],
    [['/home/al/p/x.txt'], 'within(args.path, "/home/al/p/x.txt")'],
    [['/home/al/x.txt', '/home/al/x.txt'], 'within(args.path, "/home/al/x.txt")'],
    [['/home/al/p', '/home/al/q/r'], 'within(args.path, "/home/al")'],
    [['/home/al', '/home/bo'], undefined],
    [['/home/al/p/../q', '/home/al/p/x'], undefined],
    [['notes.txt', 'notes.txt'], undefined],
    [['/home/al/"p', '/home/al/"p'], undefined],
  ])('bounds %j by %s', async (paths, when) => {
    const { admin, suggest } = world();
    for (const path of paths) await record(admin, tool('read'), { args: { path } });
    expect((await suggest()).grant.rules[0]?.when).toEqual(when);
  });

  it('leaves out what was withheld, what was refused, and what others used', async () => {
    const { admin, suggest } = world();
    recordOutcome(admin, await record(admin, tool('write')), 'withheld');
    recordOutcome(admin, await record(admin, tool('read')));
    await record(admin, tool('other'));
    await record(admin, tool('list'), { client: 'desk' });
    admin.state.grants.set('b', grantRecord({ id: 'b', subject: 'bob' }));
    expect(await rulesOf(suggest())).toEqual(['files/list', 'files/read']);
    expect(await suggest()).toMatchObject({ uses: 2, leftOut: 1 });
    expect(await suggest('desk')).toMatchObject({
      grant: { clients: ['desk'], rules: [{ pattern: 'files/list' }] },
      leftOut: 0,
    });
  });

  it('says nothing where nothing was used', async () => {
    expect(await world().suggest()).toMatchObject({ text: '', uses: 0, grant: { rules: [] } });
  });
});
