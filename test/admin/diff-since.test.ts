import { describe, expect, it } from 'vitest';
import { approveTools } from '../../src/admin/approve-tools.ts';
import { diffSince } from '../../src/admin/diff-since.ts';
import { pinOffer } from '../../src/catalog/note-offer.ts';
import { pinnedDetail } from '../../src/catalog/pinned-detail.ts';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';

const offer = (tools: Readonly<Record<string, string>>): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name: 'x', version: '1' },
  capabilities: { tools: {} },
  prompts: [],
  templates: [],
  tools: Object.entries(tools).map(([name, description]) => ({ name, description })),
});

/** `files` as it was pinned first, and the offers that were approved one after another. */
async function approved(...offers: readonly ServerOffer[]) {
  const { state, context } = fakeAdmin();
  const [first, ...later] = offers;
  if (first !== undefined) {
    const next = pinOffer('files', first, { now: 1 });
    await context.catalog.change('files', () => ({
      next,
      event: { code: 'TG4001', server: 'files', detail: pinnedDetail(next) },
    }));
  }
  const after = () => (state.events.at(-1)?.at ?? 0) + 1;
  const instants = [after()];
  const wish = { items: [], all: true, allowFlagged: true };
  for (const each of later) {
    state.now += 1000;
    await approveTools(
      context,
      'files',
      wish,
      async () => each,
      async () => true,
    );
    instants.push(after());
  }
  const since = async (at: number) => {
    const [found] = await diffSince(context, at, 'files');
    return found?.differences.map(({ item, kind, members }) => [item, kind, members.length]);
  };
  return { state, context, instants, since };
}

describe('what differs since an instant', () => {
  it('is what was approved then against what is approved now, in however many steps', async () => {
    const { instants, since } = await approved(
      offer({ read: 'reads', rm: 'deletes' }),
      offer({ read: 'Reads.', rm: 'deletes' }),
      offer({ read: 'reads all', write: 'writes' }),
    );
    expect(await since(instants[0] ?? 0)).toEqual([
      ['read', 'changed', 1],
      ['rm', 'gone', expect.any(Number)],
      ['write', 'new', expect.any(Number)],
    ]);
    expect(await since(instants[2] ?? 0)).toEqual([]);
  });

  it('is everything before anything was approved', async () => {
    const { since } = await approved(offer({ read: 'reads' }));
    expect(await since(0)).toEqual([['read', 'new', expect.any(Number)]]);
  });

  it('is named without differences where the definition was not kept, or is another one', async () => {
    const { state, context, instants } = await approved(
      offer({ read: 'reads' }),
      offer({ read: 'Reads.' }),
    );
    for (const hash of [...state.definitions.keys()])
      state.definitions.set(hash, { name: 'forged' });
    const [found] = await diffSince(context, instants[0] ?? 0, 'files');
    expect(found).toMatchObject({
      differences: [{ item: 'read', kind: 'changed', members: [] }],
      remarks: ['read: the definition approved then was not kept'],
    });
  });

  it('is asked of a server that is configured', async () => {
    const { context } = fakeAdmin();
    await expect(diffSince(context, 0, 'none')).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});
