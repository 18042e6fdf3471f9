import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/cli/expect-error.ts';
import { grantText, Place, removePlaces, settledPlace } from '../support/cli/place.ts';

let settled: Place;
beforeAll(async () => {
  settled = await settledPlace();
});
afterAll(removePlaces);

describe.concurrent('a grant', () => {
  it('is applied when it has expired, and is inert', async () => {
    const place = new Place(settled);
    place.writeGrant(
      'old.yaml',
      grantText({ id: 'old', subject: 'bob', expires: '2020-01-01T00:00:00Z' }),
    );
    expect((await place.json<{ applied: unknown }>('grant', 'apply', '--yes')).applied).toEqual([
      'old',
    ]);
    expect(await place.json('grant', 'show', 'old')).toMatchObject({ id: 'old', state: 'expired' });
    const asked = await place.run(['can-i', 'bob', 's/echo', '--json']);
    expect([asked.code, JSON.parse(asked.stdout)]).toMatchObject([1, { allowed: false }]);
    const held = place.held();
    expectError(
      await place.run(['session', 'open', '--subject', 'bob']),
      5,
      'bob has no live grant',
    );
    expect(place.held()).toEqual(held);
  });

  it('may begin with a byte order mark', async () => {
    const place = new Place(settled);
    place.writeGrant('new.yaml', `\ufeff${grantText({ id: 'new' })}`);
    expect((await place.json<{ applied: unknown }>('grant', 'apply', '--yes')).applied).toEqual([
      'new',
    ]);
  });

  it('is not changed by --dry-run', async () => {
    const place = new Place(settled);
    place.writeGrant('alice-s.yaml', grantText({ rules: "\n  - permit: '*/*'" }));
    const [before, held] = [place.files(), place.held()];
    const shown = await place.json<object>('grant', 'apply', '--dry-run');
    expect(shown).toMatchObject({ dryRun: true, applied: [], grants: [{ action: 'widen' }] });
    const drafted = await place.json<object>(
      ...['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '8h', '--dry-run'],
    );
    expect(drafted).toMatchObject({ dryRun: true, grant: { id: 'bob-s' } });
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it('stays revoked whatever its file says, until it is reinstated by name', async () => {
    const place = new Place(settled);
    const path = join(place.grants, 'alice-s.yaml');
    const original = readFileSync(path, 'utf8');
    await place.json('grant', 'revoke', 'alice-s');
    expect(readFileSync(path, 'utf8')).toContain('revoked: ');
    const states = async () => place.json<{ state: string }[]>('grant', 'list', '--all');

    expectError(
      await place.run(['grant', 'apply', '--reinstate', 'alice-s', '--json']),
      3,
      'grants/alice-s.yaml',
    );
    writeFileSync(path, original);
    const plain = await place.json<object>('grant', 'apply');
    expect(plain).toMatchObject({ applied: [], grants: [{ id: 'alice-s', action: 'tombstoned' }] });
    unlinkSync(path);
    await place.json('grant', 'apply', '--prune', '--yes');
    place.writeGrant('renamed.yaml', original);
    await place.json('grant', 'apply');
    expect(await states()).toMatchObject([{ id: 'alice-s', state: 'revoked' }]);

    const back = await place.json<object>(...['grant', 'apply', '--reinstate', 'alice-s', '--yes']);
    expect(back).toMatchObject({ applied: ['alice-s'], grants: [{ action: 'reinstate' }] });
    expect(await states()).toMatchObject([{ id: 'alice-s', state: 'active', revision: 2 }]);
  });

  it('is revoked once: again changes nothing and says so', async () => {
    const place = new Place(settled);
    const first = await place.json('grant', 'revoke', 'alice-s');
    const [before, held] = [place.files(), place.held()];
    const second = await place.json('grant', 'revoke', 'alice-s');
    expect([first, second]).toMatchObject([{ wasRevoked: false }, { wasRevoked: true }]);
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it.each([
    ['in force', 'alice-s', 'the grant id alice-s is taken'],
    ['revoked', 'gone', 'the grant id gone is taken'],
    ['in a file only', 'waiting', 'the grant id waiting is taken'],
  ])('is not created over one that is %s', async (_, id, error) => {
    const place = new Place(settled);
    if (id === 'gone') {
      await place.json(
        ...['grant', 'create', 'bob', '--permit', 's/*', '--ttl', '8h', '--id', 'gone'],
      );
      await place.json('grant', 'revoke', 'gone');
      unlinkSync(join(place.grants, 'gone.yaml'));
    }
    place.writeGrant('x.yaml', grantText({ id: 'waiting' }));
    const [before, held] = [place.files(), place.held()];
    const ended = await place.run([
      'grant',
      'create',
      'alice',
      '--permit',
      's/*',
      '--ttl',
      '8h',
      '--id',
      id,
    ]);
    expectError(ended, 2, error, 'choose another --id');
    expect([place.files(), place.held()]).toEqual([before, held]);
  });

  it.each([
    ['--id', '../evil', "--id '../evil': `id` must"],
    ['--id', 'A B', "--id 'A B': `id` must"],
    ['--permit', 'nonsense', "--permit 'nonsense': a pattern names a server and a tool"],
    ['--permit', 'resource:s', "--permit 'resource:s': a pattern names a server and a URI"],
    ['--permit', 'ask:s/sampler', "--permit 'ask:s/sampler': tool servers ask for"],
    ['--deny', 's/{a', "--deny 's/{a': "],
    ['--purpose', ' ', '--purpose: `purpose`'],
    ['--client', 'a*', '--client: `clients'],
  ])('is not created with %s %s, and the option is named', async (option, value, error) => {
    const place = new Place(settled);
    const [before, held] = [place.files(), place.held()];
    const ended = await place.run([
      'grant',
      'create',
      'bob',
      '--permit',
      's/*',
      '--ttl',
      '8h',
      option,
      value,
    ]);
    expectError(ended, 3, error);
    expect(ended.stderr).not.toMatch(/yaml|grant validate/);
    expect([place.files(), place.held()]).toEqual([before, held]);
  });
});
