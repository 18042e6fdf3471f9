import { describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/catalog/catalog.ts';
import type { CatalogChange, CatalogStore } from '../../src/catalog/catalog-store.ts';
import { fromLockEntry, toLockEntry } from '../../src/catalog/lock-entry.ts';
import { formatLock, parseLock } from '../../src/catalog/lock-text.ts';
import { noteOffer, pinOffer } from '../../src/catalog/note-offer.ts';
import { serverView } from '../../src/catalog/server-view.ts';
import type { PinnedServer, ServerOffer } from '../../src/domain/catalog-record.ts';
import type { ServerOrigin } from '../../src/domain/server-origin.ts';

const ENTRY = 'a'.repeat(64);
const ORIGIN: ServerOrigin = { package: 'p@1.0.0', entry: ENTRY };
const offer = (origin?: ServerOrigin, name = 'files'): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name, version: '1' },
  capabilities: { tools: {}, resources: {} },
  tools: [{ name: 'read' }],
  prompts: [],
  templates: [],
  ...(origin === undefined ? {} : { origin }),
});
const pinned = pinOffer('s', offer(ORIGIN), { now: 1 });

describe('a server that is another one than was approved', () => {
  it.each<[string, ServerOffer, object]>([
    [
      'another version',
      offer({ ...ORIGIN, package: 'p@1.0.1' }),
      { origin: { package: 'p@1.0.1' } },
    ],
    [
      'another file',
      offer({ ...ORIGIN, entry: 'b'.repeat(64) }),
      { origin: { package: 'p@1.0.0' } },
    ],
    [
      'an address',
      offer({ address: 'https://x.example' }),
      { origin: { address: 'https://x.example' } },
    ],
    ['another name', offer(ORIGIN, 'others'), { name: 'others' }],
    ['nothing that can be looked at any more', offer({}), { origin: {} }],
  ])(
    'has everything hidden, resources too, though no definition changed: %s',
    (_, now, changed) => {
      const noted = noteOffer(pinned, now);
      expect(noted?.changed).toMatchObject(changed);
      expect(noted?.next.tools).toMatchObject([{ quarantine: { reason: 'drifted' } }]);
      expect(noted?.next.origin).toEqual(ORIGIN);
      expect(serverView(noted?.next, false)).toMatchObject({ hasResources: false });
    },
  );

  it('stays hidden when it is the old one again, and is said once', () => {
    const { next } = noteOffer(pinned, offer({ ...ORIGIN, package: 'p@2' })) ?? { next: pinned };
    expect(noteOffer(next, offer(ORIGIN))).toBeUndefined();
    expect(noteOffer(next, offer({ ...ORIGIN, package: 'p@3' }))).toBeUndefined();
  });

  it('is told by the lock file on a machine that never used it', () => {
    const reviewed = toLockEntry(pinned);
    const other = pinOffer('s', offer({ ...ORIGIN, entry: 'b'.repeat(64) }), { now: 2, reviewed });
    expect(other).toMatchObject({ origin: ORIGIN, changed: { origin: { entry: 'b'.repeat(64) } } });
    expect(other.tools).toMatchObject([{ quarantine: { reason: 'drifted' } }]);
  });
});

describe('a server', () => {
  it.each<[string, ServerOffer]>([
    ['says the same', offer(ORIGIN)],
    ['says nothing of where it comes from', offer()],
    [
      'has another version of its own',
      { ...offer(ORIGIN), serverInfo: { name: 'files', version: '2' } },
    ],
  ])('is the same that %s', (_, now) => {
    expect(noteOffer(pinned, now)).toBeUndefined();
  });

  it('that was approved before this was recorded is not compared', () => {
    expect(noteOffer(pinOffer('s', offer(), { now: 1 }), offer(ORIGIN))).toBeUndefined();
  });

  it('has its origin in the lock file, and back', () => {
    const entry = toLockEntry(pinned);
    const parsed = parseLock(formatLock(new Map([['s', entry]])));
    expect(parsed.ok && parsed.entries.get('s')).toEqual(entry);
    const first = { blocked: new Set<string>(), flags: new Map() };
    expect(fromLockEntry('s', entry, { now: 1, first })).toEqual(pinned);
  });
});

describe('before a server is started', () => {
  /** A catalog that knows the server as it was approved, over a store of one entry. */
  function catalog(approved: ServerOrigin | undefined, now: ServerOrigin) {
    const written: CatalogChange[] = [];
    let known: PinnedServer = pinOffer('s', offer(approved), { now: 1 });
    const store: Pick<CatalogStore, 'snapshot' | 'change'> = {
      snapshot: () => ({
        epoch: written.length,
        servers: new Map([['s', known]]),
        lockBases: new Map(),
      }),
      async change(_, make) {
        const change = make(known);
        if (change === undefined) return false;
        known = change.next;
        written.push(change);
        return true;
      },
    };
    const made = createCatalog({
      store: store as CatalogStore,
      epoch: () => written.length,
      configured: ['s'],
      asksFirst: new Set(),
      reviewed: async () => undefined,
      onPinned: () => {},
      originOf: async () => now,
      clock: { now: () => 1, nowMicros: () => 1_000, monotonicMs: () => 1 },
    });
    return { made, written };
  }

  it.each<[string, ServerOrigin, ServerOrigin]>([
    ['another file', ORIGIN, { ...ORIGIN, entry: 'b'.repeat(64) }],
    ['another version of its package', ORIGIN, { ...ORIGIN, package: 'p@1.0.1' }],
    ['a file that is not there any more', ORIGIN, {}],
    ['another address', { address: 'https://a.example' }, { address: 'https://b.example' }],
    ['an address where a program was', ORIGIN, { address: 'https://a.example' }],
  ])('from %s, it is marked whole, once, and not to be started', async (_, approved, now) => {
    const { made, written } = catalog(approved, now);
    for (let tries = 0; tries < 2; tries += 1) {
      await expect(made.assertSame('s')).rejects.toMatchObject({ code: 'ERR_SERVER_START' });
    }
    expect(written.map(({ event }) => event)).toMatchObject([
      { code: 'TG4002', server: 's', detail: { changed: { origin: now }, approvedFrom: approved } },
    ]);
    const view = made.view().servers.get('s');
    expect(view?.tools?.get('read')).toMatchObject({ quarantine: 'drifted' });
  });

  it.each<[string, ServerOrigin | undefined, ServerOrigin]>([
    ['the same', ORIGIN, ORIGIN],
    ['was never recorded', undefined, ORIGIN],
    ['cannot be told, and could not be', {}, {}],
  ])('whose origin is %s, nothing is written', async (_, approved, now) => {
    const { made, written } = catalog(approved, now);
    await made.assertSame('s');
    await made.assertSame('never-seen');
    expect(written).toEqual([]);
  });
});
