import { describe, expect, it } from 'vitest';
import { syncLock } from '../../src/admin/sync-lock.ts';
import { itemsOf } from '../../src/catalog/items.ts';
import { type LockEntry, toLockEntry } from '../../src/catalog/lock-entry.ts';
import { formatLock, parseLock } from '../../src/catalog/lock-text.ts';
import { noteOffer, pinOffer } from '../../src/catalog/note-offer.ts';
import type { PinnedServer, ServerOffer } from '../../src/domain/catalog-record.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import { FAKE_LOCK, fakeAdmin } from '../support/fakes/fake-admin.ts';

type Tools = readonly (readonly [name: string, description?: string])[];
const offer = (...tools: Tools): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name: 'x', version: '1' },
  capabilities: { tools: {} },
  prompts: [],
  templates: [],
  tools: tools.map(([name, description = name]) => ({ name, description })),
});
const pinned = (server: string, ...tools: Tools) => pinOffer(server, offer(...tools), { now: 1 });

/** A state with `files` pinned and its entry written, and the means to edit the file. */
async function settled(options: { asksFirst?: readonly string[] } = {}) {
  const admin = fakeAdmin(options);
  const { state, files, context } = admin;
  state.servers.set('files', pinned('files', ['read'], ['write']));
  await syncLock(context);
  const entries = () => {
    const parsed = parseLock(files.get(FAKE_LOCK) ?? '');
    if (!parsed.ok) throw new Error(parsed.problem);
    return parsed.entries;
  };
  return {
    ...admin,
    entries,
    text: () => files.get(FAKE_LOCK),
    /** Edits the file as people do. */
    edit(change: (servers: Map<string, LockEntry>) => void) {
      const servers = new Map(entries());
      change(servers);
      files.set(FAKE_LOCK, formatLock(servers));
    },
    states: (server = 'files') =>
      state.servers
        .get(server)
        ?.tools.map(({ name, quarantine }) => `${name}:${quarantine?.reason ?? 'approved'}`),
  };
}
const entryOf = (server: string, ...tools: Tools): LockEntry =>
  toLockEntry(pinned(server, ...tools));

describe('the lock file, when the database is newer', () => {
  it('gets the entry of a server that was pinned, and is then left alone', async () => {
    const at = await settled();
    expect([...at.entries().keys()]).toEqual(['files']);
    const text = at.text();
    expect(await syncLock(at.context)).toEqual({ narrowed: [], waiting: [], written: [] });
    expect(at.text()).toBe(text);
    expect(at.state.events).toEqual([]);
  });

  it('says nothing of drift and of what appeared: these are one machine’s', async () => {
    const at = await settled();
    const text = at.text();
    const live = offer(['read', 'other'], ['write'], ['new']);
    const known = at.state.servers.get('files');
    if (known === undefined) throw new Error('not pinned');
    at.state.servers.set('files', noteOffer(known, live)?.next ?? known);
    await syncLock(at.context);
    expect(at.states()).toEqual(['new:unapproved', 'read:drifted', 'write:approved']);
    expect(at.text()).toBe(text);
  });

  it('is written anew when it is gone: that is no statement', async () => {
    const at = await settled();
    const text = at.text();
    at.files.delete(FAKE_LOCK);
    await syncLock(at.context);
    expect(at.text()).toBe(text);
    expect(at.states()).toEqual(['read:approved', 'write:approved']);
  });

  it('keeps the entries of servers that are not configured here', async () => {
    const at = await settled();
    at.edit((servers) => servers.set('elsewhere', entryOf('elsewhere', ['x'])));
    at.state.servers.set('github', pinned('github', ['list']));
    await syncLock(at.context);
    expect([...at.entries().keys()].sort()).toEqual(['elsewhere', 'files', 'github']);
  });
});

describe('the lock file, when people changed it', () => {
  it.each<[string, (entry: LockEntry) => LockEntry | undefined, readonly string[]]>([
    ['a tool that is gone', (e) => ({ ...e, tools: e.tools.slice(1) }), ['files/read']],
    ['a name under quarantined', (e) => ({ ...e, quarantined: ['write'] }), ['files/write']],
    ['an entry that is gone', () => undefined, ['files/read', 'files/write']],
  ])('narrows at once by %s, with an event, and does not write over it', async (_, change, out) => {
    const at = await settled();
    at.edit((servers) => {
      const next = change(servers.get('files') as LockEntry);
      if (next === undefined) servers.delete('files');
      else servers.set('files', next);
    });
    const text = at.text();
    expect(await syncLock(at.context)).toEqual({ narrowed: out, waiting: [], written: [] });
    expect(at.states()?.filter((state) => state.endsWith(':by_lock'))).toHaveLength(out.length);
    expect(at.state.codes).toEqual(['TG4005']);
    await syncLock(at.context);
    expect([at.text(), at.state.codes]).toEqual([text, ['TG4005']]);
  });

  it('takes a tool away whose hash is another, and lets the new one wait', async () => {
    const at = await settled();
    at.edit((servers) => servers.set('files', entryOf('files', ['read', 'new'], ['write'])));
    expect(await syncLock(at.context)).toEqual({
      narrowed: ['files/read'],
      waiting: [{ server: 'files', items: ['read'] }],
      written: [],
    });
    expect(at.states()).toEqual(['read:by_lock', 'write:approved']);
  });

  it('lets a tool it adds wait, each time, and never writes over it by itself', async () => {
    const at = await settled();
    at.edit((servers) => servers.set('files', entryOf('files', ['more'], ['read'], ['write'])));
    const text = at.text();
    at.state.servers.set('github', pinned('github', ['list']));
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await syncLock(at.context)).toMatchObject({
        narrowed: [],
        waiting: [{ server: 'files', items: ['more'] }],
      });
    }
    expect(at.states()).toEqual(['read:approved', 'write:approved']);
    expect(at.entries().get('files')).toEqual(entryOf('files', ['more'], ['read'], ['write']));
    expect(at.text()).not.toBe(text);
  });

  it('lets a tool wait that it no longer names under quarantined', async () => {
    const at = await settled();
    at.edit((servers) =>
      servers.set('files', { ...(servers.get('files') as LockEntry), quarantined: ['read'] }),
    );
    await syncLock(at.context);
    at.edit((servers) => servers.set('files', entryOf('files', ['read'], ['write'])));
    expect(await syncLock(at.context)).toMatchObject({
      waiting: [{ server: 'files', items: ['read'] }],
    });
    expect(at.states()).toEqual(['read:by_lock', 'write:approved']);
  });

  it('is overruled by an admin’s decision about a server, and by that about no other', async () => {
    const at = await settled();
    at.state.servers.set('github', pinned('github', ['list']));
    await syncLock(at.context);
    at.edit((servers) => {
      servers.set('files', entryOf('files', ['more'], ['read'], ['write']));
      servers.set('github', entryOf('github', ['list'], ['more']));
    });
    const done = await syncLock(at.context, { server: 'files', commit: async () => {} });
    expect([done.written, done.waiting]).toEqual([
      ['files'],
      [{ server: 'github', items: ['more'] }],
    ]);
    expect(at.entries().get('files')).toEqual(entryOf('files', ['read'], ['write']));
  });

  it('changes nothing while it is broken', async () => {
    const at = await settled();
    at.files.set(FAKE_LOCK, '{"version":2,"servers":{}}');
    await expect(syncLock(at.context)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    expect(at.states()).toEqual(['read:approved', 'write:approved']);
  });
});

describe('the lock file, about what is no tool', () => {
  const whole: ServerOffer = {
    ...offer(['read']),
    prompts: [{ name: 'triage' }],
    templates: [{ uriTemplate: 'x:{y}', name: 'x' }],
    instructions: 'be kind',
  };
  const inForce = ({ servers }: { readonly servers: ReadonlyMap<string, PinnedServer> }) => {
    const known = servers.get('files');
    return (known === undefined ? [] : itemsOf(known)).flatMap(({ word, item }) =>
      item.quarantine === undefined ? [word] : [],
    );
  };

  it('takes away what people took out of it, and lets what they add wait', async () => {
    const at = await settled();
    at.state.servers.set('files', pinOffer('files', whole, { now: 1 }));
    await syncLock(at.context);
    const written = at.text() ?? '';
    at.edit((servers) => {
      const {
        about: _,
        prompts: __,
        ...entry
      } = servers.get('files') ?? toLockEntry(pinned('files'));
      servers.set('files', { ...entry, quarantined: ['template:x:{y}'] });
    });
    const { narrowed } = await syncLock(at.context);
    expect([...narrowed].sort()).toEqual([
      'files/instructions',
      'files/prompt:triage',
      'files/template:x:{y}',
    ]);
    expect(inForce(at.state)).toEqual(['read']);
    at.files.set(FAKE_LOCK, written);
    expect((await syncLock(at.context)).waiting).toEqual([
      { server: 'files', items: ['instructions', 'prompt:triage', 'template:x:{y}'] },
    ]);
    expect(inForce(at.state)).toEqual(['read']);
  });

  it('leaves unapproved what an entry of an earlier version does not name', () => {
    const {
      about: _,
      prompts: __,
      templates: ___,
      ...reviewed
    } = toLockEntry(pinOffer('files', whole, { now: 1 }));
    const now = pinOffer('files', whole, { now: 2, reviewed });
    expect(inForce({ servers: new Map([['files', now]]) })).toEqual(['read']);
  });
});

describe('the lock file, where the database has pinned nothing', () => {
  const file = formatLock(
    new Map([
      ['files', { ...entryOf('files', ['read'], ['write']), quarantined: ['write'] }],
      ['elsewhere', entryOf('elsewhere', ['x'])],
    ]),
  );

  it('is taken over whole, of configured servers, with what it quarantines', async () => {
    const { context, files, state } = fakeAdmin();
    files.set(FAKE_LOCK, file);
    await syncLock(context);
    expect([...state.servers.keys()]).toEqual(['files']);
    expect(state.servers.get('files')?.tools.map(({ quarantine }) => quarantine?.reason)).toEqual([
      undefined,
      'by_lock',
    ]);
    expect(state.codes).toEqual(['TG4001']);
    expect(files.get(FAKE_LOCK)).toBe(file);
  });

  it('is not taken over later, when there was none at first', async () => {
    const { context, files, state } = fakeAdmin({ asksFirst: ['files'] });
    await syncLock(context);
    files.set(FAKE_LOCK, file);
    expect(await syncLock(context)).toMatchObject({
      waiting: [{ server: 'files', items: ['read'] }],
    });
    expect([...state.servers.keys()]).toEqual([]);
  });

  it('gives nothing that has text people cannot see', async () => {
    const { context, files, state } = fakeAdmin();
    const hidden = entryOf('files', ['read', 'Reads.\u{e0041}'], ['write']);
    files.set(FAKE_LOCK, formatLock(new Map([['files', hidden]])));
    const { waiting } = await syncLock(context);
    expect(state.servers.get('files')?.tools.map(({ quarantine }) => quarantine?.reason)).toEqual([
      'unapproved',
      undefined,
    ]);
    expect(waiting).toEqual([{ server: 'files', items: ['read'] }]);
  });

  it('is not taken over again once anything was pinned', async () => {
    const { context, files, state } = fakeAdmin({ asksFirst: ['files'] });
    state.servers.set('github', pinned('github', ['list']));
    files.set(FAKE_LOCK, file);
    expect(await syncLock(context)).toMatchObject({
      waiting: [{ server: 'files', items: ['read'] }],
    });
    expect([...state.servers.keys()]).toEqual(['github']);
  });
});

describe('a lock file that cannot be written', () => {
  it('is left without the entry that it could not be read with', async () => {
    const at = await settled();
    at.state.servers.set('github', pinned('github', ['']));
    const done = await syncLock(at.context);
    expect(done).toMatchObject({ written: [], notWritten: expect.stringContaining('github') });
    expect([...at.entries().keys()]).toEqual(['files']);
  });

  it('is named, changes nothing in force, and is written once it can be', async () => {
    const at = await settled();
    at.state.servers.set('github', pinned('github', ['list']));
    const readOnly = {
      ...at.context,
      lock: {
        ...at.context.lock,
        update: ((work) =>
          work(at.text(), async () => {
            throw new BrokerError('ERR_CONFIG', 'cannot be written: EROFS');
          })) as typeof at.context.lock.update,
      },
    };
    expect(await syncLock(readOnly)).toEqual({
      narrowed: [],
      waiting: [],
      written: [],
      notWritten: 'cannot be written: EROFS',
    });
    expect(at.states('github')).toEqual(['list:approved']);
    expect(await syncLock(at.context)).toMatchObject({ written: ['github'] });
  });
});
