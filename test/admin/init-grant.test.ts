import { describe, expect, it } from 'vitest';
import {
  applyFirstGrant,
  draftFirstGrant,
  dropFirstGrant,
  guessReads,
  isGuessedRead,
  writeFirstGrant,
} from '../../src/admin/init-grant.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';

const readOnly = (name: string) => ({
  name,
  definition: { name, annotations: { readOnlyHint: true } },
});

describe('the guess', () => {
  it.each([
    'list_issues',
    'getUser',
    'read-file',
    'github_search_code',
    'directory.list',
    'getURLInfo',
    'list_commits',
  ])('takes %s, which says it reads and is named so', (name) => {
    expect(isGuessedRead(readOnly(name))).toBe(true);
  });

  it.each([
    'get_or_create_issue',
    'listAndDelete',
    'search_replace',
    'browser_navigate',
    'fetch',
    'get-env',
    'get_secret',
    'read_password_file',
    'directory_tree',
    'search_and_destroy',
    'get_or_wipe',
    'getHTTPDelete',
    'list_delete2',
    'get2delete',
    'find_deleteall',
    'read_{a,b}',
    'read_*',
    'read file',
  ])('leaves out %s, whatever it says', (name) => {
    expect(isGuessedRead(readOnly(name))).toBe(false);
  });

  it.each([
    [{}],
    [{ readOnlyHint: false }],
    [{ readOnlyHint: 'true' }],
    [{ readOnlyHint: true, destructiveHint: true }],
  ])('leaves out a reading name whose server says %j', (annotations) => {
    expect(isGuessedRead({ name: 'read_file', definition: { annotations } })).toBe(false);
  });
});

async function pinned() {
  const admin = fakeAdmin({ serverNames: ['files'] });
  const tools = ['list_files', 'read_file', 'write_file'].map((name) => ({
    ...readOnly(name),
    hash: name,
  }));
  await admin.context.catalog.change('files', () => ({
    next: {
      server: 'files',
      era: '2025',
      revision: '2025-06-18',
      askedWith: {},
      serverInfo: {},
      capabilities: {},
      prompts: [],
      templates: [],
      tools: [
        ...tools,
        { ...readOnly('read_more'), hash: 'x', quarantine: { reason: 'unapproved' } },
      ],
      pinnedAt: 0,
    },
    event: { code: 'TG4003' },
  }));
  return admin;
}

describe('the first grant', () => {
  it('names approved tools that only read', async () => {
    const { context } = await pinned();
    expect(await guessReads(context, 'alice', ['files'])).toEqual({
      permits: ['files/list_files', 'files/read_file'],
      already: [],
    });
  });

  it('says in its file that it is a guess, and ends after eight hours', async () => {
    const { context, state } = await pinned();
    const draft = await draftFirstGrant(context, 'alice', ['files/read_file']);
    expect(draft.text).toMatch(/^# A guess by `toolgrant init`/);
    expect(draft.document.expiresAt).toBe(Math.floor(state.now / 1000) * 1000 + 8 * 3_600_000);
  });

  it('gives nothing twice', async () => {
    const { context } = await pinned();
    const draft = await draftFirstGrant(context, 'alice', ['files/list_files', 'files/read_file']);
    await applyFirstGrant(context, draft);
    expect(await guessReads(context, 'alice', ['files'])).toEqual({
      permits: [],
      already: [draft.document.id],
    });
  });

  it('puts in force what the person made of the file', async () => {
    const { context, files } = await pinned();
    const draft = await draftFirstGrant(context, 'alice', ['files/list_files', 'files/read_file']);
    const written = await writeFirstGrant(context, draft);
    files.set(written, draft.text.replace('  - permit: files/read_file\n', ''));
    const applied = await applyFirstGrant(context, draft, written);
    expect(applied.document.rules.map(({ pattern }) => pattern)).toEqual(['files/list_files']);
    expect(context.grants.snapshot('alice').grants[0]?.rules).toHaveLength(1);
  });

  it('puts nothing in force that became another grant', async () => {
    const { context, files } = await pinned();
    const draft = await draftFirstGrant(context, 'alice', ['files/read_file']);
    const written = await writeFirstGrant(context, draft);
    files.set(written, draft.text.replace(/^id: .*$/m, 'id: other'));
    await expect(applyFirstGrant(context, draft, written)).rejects.toMatchObject({
      code: 'ERR_GRANT',
    });
    expect(context.grants.snapshot('alice').grants).toEqual([]);
  });

  it('takes back a file nobody wants, but not one that was edited', async () => {
    const { context, files } = await pinned();
    const draft = await draftFirstGrant(context, 'alice', ['files/read_file']);
    const written = await writeFirstGrant(context, draft);
    files.set(written, `${draft.text}# mine\n`);
    expect(await dropFirstGrant(context, draft, written)).toBe(false);
    files.set(written, draft.text);
    expect(await dropFirstGrant(context, draft, written)).toBe(true);
    expect(files.has(written)).toBe(false);
  });

  it('is no grant file before it is in force, and never written over another draft', async () => {
    const { context, files } = await pinned();
    const draft = await draftFirstGrant(context, 'alice', ['files/read_file']);
    const written = await writeFirstGrant(context, draft);
    expect(await context.grantFiles.read()).toEqual([]);
    files.set(written, `${draft.text}# mine\n`);
    expect(await writeFirstGrant(context, draft)).not.toBe(written);
    await applyFirstGrant(context, draft, written);
    expect(files.get(draft.file)).toBe(`${draft.text}# mine\n`);
    expect(files.has(written)).toBe(false);
  });
});
