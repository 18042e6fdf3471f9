import { describe, expect, it } from 'vitest';
import { validateGrants } from '../../src/admin/validate-grants.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import { pinnedServer } from '../support/fakes/pinned-server.ts';

describe('validateGrants', () => {
  it('finds what is invalid, not enforced, doubled and unmatched, in order', async () => {
    const { context, files } = fakeAdmin();
    files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: nowhere/*'] }));
    files.set('grants/b.yaml', grantText({ id: 'b', rules: ['permit: */*'] }));
    files.set('grants/c.yaml', grantText({ id: 'c', extra: ['match: { groups: [staff] }'] }));
    files.set('grants/d.yaml', grantText({ id: 'd' }));
    files.set('grants/e.yaml', grantText({ id: 'd' }));
    const { findings, files: count } = await validateGrants(context, undefined);
    expect(count).toBe(5);
    expect(findings.map(({ file, line, kind }) => [file, line, kind])).toEqual([
      ['grants/a.yaml', 6, 'warning'],
      ['grants/b.yaml', 6, 'invalid'],
      ['grants/c.yaml', 5, 'not_enforced'],
      ['grants/d.yaml', 0, 'invalid'],
      ['grants/e.yaml', 0, 'invalid'],
    ]);
  });

  it('warns of rules that match nothing, that another makes pointless, and of trials that are over', async () => {
    const { context, state, files } = fakeAdmin();
    state.now = Date.UTC(2026, 5, 8);
    state.servers.set('files', pinnedServer('files', ['read', 'write']));
    const rules = [
      'permit: files/remove',
      'permit: files/read\n    limit: 10/h\n    enforce: false\n    until: 2026-06-01T00:00:00Z',
      'permit: github/*',
    ];
    files.set('grants/a.yaml', grantText({ id: 'a', rules }));
    const denies = grantText({ id: 'b', rules: ['deny: "*/*"'] });
    files.set('grants/b.yaml', denies);
    const found = async () =>
      (await validateGrants(context, undefined)).findings.map(
        ({ file, line, kind, message }) => `${kind} ${file}:${line} ${message}`,
      );
    const over = 'warning grants/a.yaml:7 `enforce: false` is over: the rule is enforced';
    expect(await found()).toEqual([
      'warning grants/a.yaml:6 no known tool of files matches files/remove',
      'warning grants/a.yaml:6 `permit files/remove` permits nothing: denied by `deny */*` (grants/b.yaml:6)',
      'warning grants/a.yaml:7 `permit files/read limit 10/h enforce false until 2026-06-01T00:00:00Z` permits nothing: denied by `deny */*` (grants/b.yaml:6)',
      over,
      'warning grants/a.yaml:11 `permit github/*` permits nothing: denied by `deny */*` (grants/b.yaml:6)',
    ]);
    files.set('grants/b.yaml', `${denies}revoked: 2026-01-01T00:00:00Z\n`);
    expect(await found()).toEqual([
      'warning grants/a.yaml:6 no known tool of files matches files/remove',
      over,
    ]);
  });

  it('refuses a trial that ends in more than seven days, with its place', async () => {
    const { context, state, files } = fakeAdmin();
    state.now = Date.UTC(2026, 5, 1);
    const ending = (until: string) =>
      grantText({
        id: 'a',
        rules: [`permit: files/*\n    limit: 10/h\n    enforce: false\n    until: ${until}`],
      });
    files.set('grants/a.yaml', ending('2026-06-08T00:00:00Z'));
    expect((await validateGrants(context, undefined)).findings).toEqual([]);
    files.set('grants/a.yaml', ending('2026-06-08T00:00:01Z'));
    expect((await validateGrants(context, undefined)).findings).toEqual([
      {
        file: 'grants/a.yaml',
        line: 9,
        column: 12,
        kind: 'invalid',
        message: '`until` is more than seven days from now',
        hint: 'at most 2026-06-08T00:00:00Z',
      },
    ]);
  });

  it('checks given files instead of the folder', async () => {
    const { context, files } = fakeAdmin();
    files.set('grants/b.yaml', 'nonsense');
    const given = [{ file: 'x.yaml', text: grantText({ id: 'a' }) }];
    expect(await validateGrants(context, given)).toEqual({ files: 1, findings: [] });
  });
});
