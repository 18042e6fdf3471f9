import { describe, expect, it } from 'vitest';
import { canI } from '../../src/admin/can-i.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import { pinnedServer } from '../support/fakes/pinned-server.ts';

const ref = (tool: string) => ({ kind: 'tool', server: 'files', tool }) as const;

function admin() {
  const fake = fakeAdmin();
  fake.state.servers.set('files', pinnedServer('files', ['read_file', 'write_file']));
  fake.state.grants.set('a', grantRecord({ id: 'a' }));
  return fake;
}

describe('canI', () => {
  it('says yes with the rule, and how to end it', async () => {
    const { context } = admin();
    expect(await canI(context, 'alice', ref('read_file'), undefined)).toMatchObject({
      allowed: true,
      reason: 'permitted',
      rule: { grant: 'a', file: 'grants/a.yaml', line: 6 },
      remedy: [],
      toEnd: [['grant', 'revoke', 'a']],
      waiting: [],
    });
  });

  it('says no with the reason and the command that would change it', async () => {
    const { context } = admin();
    expect(await canI(context, 'alice', ref('write_file'), undefined)).toMatchObject({
      allowed: false,
      reason: 'no_rule',
      remedy: ['grant', 'create', 'alice', '--permit', 'files/write_file', '--ttl', '8h'],
    });
  });

  it('asks as the given client', async () => {
    const { context, state } = admin();
    state.grants.set('a', grantRecord({ id: 'a', clients: ['desk'] }));
    const asked = async (client: string | undefined) =>
      (await canI(context, 'alice', ref('read_file'), client)).reason;
    expect([await asked('desk'), await asked('other'), await asked(undefined)]).toEqual([
      'permitted',
      'client_not_granted',
      'client_not_granted',
    ]);
  });

  it('names files that wait for grant apply', async () => {
    const { context, files } = admin();
    files.set('grants/w.yaml', grantText({ id: 'w', rules: ['permit: files/*'] }));
    expect((await canI(context, 'alice', ref('write_file'), undefined)).waiting).toEqual([
      'grants/w.yaml',
    ]);
  });

  it('leads to grant apply when the files would turn the answer round', async () => {
    const { context, files } = admin();
    files.set('grants/w.yaml', grantText({ id: 'w', rules: ['permit: files/*'] }));
    expect(await canI(context, 'alice', ref('write_file'), undefined)).toMatchObject({
      allowed: false,
      reason: 'no_rule',
      remedy: ['grant', 'apply'],
    });
  });

  it.each([
    ['permits something else', { id: 'w', rules: ['permit: github/*'] }],
    ['is somebody else’s', { id: 'w', subject: 'bob', rules: ['permit: files/*'] }],
  ])('does not lead to grant apply when the file that waits %s', async (_, text) => {
    const { context, files } = admin();
    files.set('grants/w.yaml', grantText(text));
    const { waiting, remedy } = await canI(context, 'alice', ref('write_file'), undefined);
    expect([waiting, remedy.slice(0, 2)]).toEqual([['grants/w.yaml'], ['grant', 'create']]);
  });

  it('does not lead to grant apply while another file keeps it from applying', async () => {
    const { context, files } = admin();
    files.set('grants/w.yaml', grantText({ id: 'w', rules: ['permit: files/*'] }));
    files.set('grants/x.yaml', 'nonsense');
    const { remedy } = await canI(context, 'alice', ref('write_file'), undefined);
    expect(remedy.slice(0, 2)).toEqual(['grant', 'create']);
  });

  it('records nothing', async () => {
    const { context, state } = admin();
    await canI(context, 'alice', ref('read_file'), undefined);
    expect(state.events).toEqual([]);
  });
});
