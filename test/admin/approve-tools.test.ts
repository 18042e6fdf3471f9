import { describe, expect, it } from 'vitest';
import { type ApprovalWish, approveTools } from '../../src/admin/approve-tools.ts';
import { quarantineTools } from '../../src/admin/quarantine-tools.ts';
import { syncLock } from '../../src/admin/sync-lock.ts';
import { itemsOf } from '../../src/catalog/items.ts';
import { formatLock, parseLock } from '../../src/catalog/lock-text.ts';
import { pinOffer } from '../../src/catalog/note-offer.ts';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';
import { FAKE_LOCK, fakeAdmin } from '../support/fakes/fake-admin.ts';

const offer = (...names: readonly string[]): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name: 'x', version: '1' },
  capabilities: { tools: {} },
  prompts: [],
  templates: [],
  tools: names.map((name) => ({ name, description: name })),
});

/** A state with `read` and `write` of `files` approved, its lock file written. */
async function settled() {
  const { state, files, context } = fakeAdmin();
  state.servers.set('files', pinOffer('files', offer('read', 'write'), { now: 1 }));
  await syncLock(context);
  return {
    context,
    files,
    approve: (wish: Partial<ApprovalWish>) =>
      approveTools(
        context,
        'files',
        { items: [], all: false, allowFlagged: false, ...wish },
        async () => offer('new', 'read', 'write'),
        async () => true,
      ),
    states: () =>
      state.servers
        .get('files')
        ?.tools.map(({ name, quarantine }) => `${name}:${quarantine?.reason ?? 'approved'}`),
  };
}

describe('approving a tool', () => {
  it('takes away what people took out of the lock file meanwhile, and does not write it back', async () => {
    const at = await settled();
    const parsed = parseLock(at.files.get(FAKE_LOCK) ?? '');
    const entry = parsed.ok ? parsed.entries.get('files') : undefined;
    if (entry === undefined) throw new Error('no entry');
    const edited = { ...entry, tools: entry.tools.filter(({ name }) => name !== 'write') };
    at.files.set(FAKE_LOCK, formatLock(new Map([['files', edited]])));
    await at.approve({ items: ['new'] });
    expect(at.states()).toEqual(['new:approved', 'read:approved', 'write:by_lock']);
  });

  it('leaves out what an admin took out, although the lock file was never told', async () => {
    const at = await settled();
    const before = at.files.get(FAKE_LOCK) ?? '';
    await quarantineTools(at.context, 'files', ['write']);
    at.files.set(FAKE_LOCK, before);
    await at.approve({});
    expect(at.states()).toEqual(['new:approved', 'read:approved', 'write:by_admin']);
    await at.approve({ items: ['write'] });
    expect(at.states()).toEqual(['new:approved', 'read:approved', 'write:approved']);
  });
});

describe('what an admin names', () => {
  const wish = { items: [], all: false, allowFlagged: false };

  it('is a tool by its name, with or without its kind, and the others by theirs', async () => {
    const { state, context } = fakeAdmin();
    const known = pinOffer('files', offer('read'), { now: 1 });
    state.servers.set('files', known);
    const now = { ...offer('new', 'read'), prompts: [{ name: 'new' }], instructions: 'be kind' };
    const approve = (...items: readonly string[]) =>
      approveTools(
        context,
        'files',
        { ...wish, items },
        async () => now,
        async () => true,
      );
    const words = () =>
      itemsOf(state.servers.get('files') ?? known).flatMap(({ word, item }) =>
        item.quarantine === undefined ? [word] : [],
      );
    await approve('prompt:new');
    expect(words()).toEqual(['read', 'prompt:new']);
    await approve('tool:new', 'instructions');
    expect(words()).toEqual(['instructions', 'new', 'read', 'prompt:new']);
    await expect(approve('template:new')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('is shown with what cannot be used and what hides text', async () => {
    const { context } = fakeAdmin();
    const { remarks } = await approveTools(
      context,
      'files',
      wish,
      async () => ({
        ...offer('read'),
        serverInfo: { name: 'x', title: 'a\u200bb' },
        leftOut: [{ tool: 'odd', why: 'why' }],
      }),
      async () => true,
    );
    expect(remarks).toEqual([
      'tool odd cannot be used: why',
      expect.stringMatching(/not kept, \/title hides text: a⟨U\+200B/),
    ]);
  });

  it('is shown with resources that are new, which come with an approval of the whole alone', async () => {
    const { state, context } = fakeAdmin();
    const known = { ...pinOffer('files', offer('read'), { now: 1 }), capabilities: {} };
    state.servers.set('files', known);
    const now = { ...offer('new', 'read'), capabilities: { resources: {} } };
    const approve = (items: readonly string[], answer: boolean) =>
      approveTools(
        context,
        'files',
        { ...wish, items },
        async () => now,
        async () => answer,
      );
    const { remarks } = await approve(['new'], true);
    expect(remarks).toEqual([expect.stringContaining('resources')]);
    expect(state.servers.get('files')?.capabilities).toEqual({});
    expect(await approve([], false)).toMatchObject({ result: 'declined' });
    expect(await approve([], true)).toMatchObject({ result: 'approved' });
    expect(state.servers.get('files')?.capabilities).toEqual({ resources: {} });
  });

  it('cannot be quarantined when there are resources alone, and says what to do', async () => {
    const { state, context } = fakeAdmin();
    const known = pinOffer('files', { ...offer(), capabilities: { resources: {} } }, { now: 1 });
    state.servers.set('files', known);
    await expect(quarantineTools(context, 'files', [])).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });
});
