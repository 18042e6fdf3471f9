import { describe, expect, it } from 'vitest';
import { validateGrants } from '../../src/admin/validate-grants.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantText } from '../support/fakes/grant-text.ts';

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

  it('checks given files instead of the folder', async () => {
    const { context, files } = fakeAdmin();
    files.set('grants/b.yaml', 'nonsense');
    const given = [{ file: 'x.yaml', text: grantText({ id: 'a' }) }];
    expect(await validateGrants(context, given)).toEqual({ files: 1, findings: [] });
  });
});
