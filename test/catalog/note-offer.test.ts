import { describe, expect, it } from 'vitest';
import { toLockEntry } from '../../src/catalog/lock-entry.ts';
import { noteOffer, pinOffer } from '../../src/catalog/note-offer.ts';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';

interface Tool {
  readonly name: string;
  readonly description?: string;
}

const offer = (...tools: readonly Tool[]): ServerOffer => ({
  era: '2025',
  revision: '2025-11-25',
  askedWith: {},
  serverInfo: { name: 'x', version: '1' },
  capabilities: { tools: {}, unheardOf: { a: 1 } },
  prompts: [],
  templates: [],
  tools: tools.map((tool) => ({ ...tool })),
});
const HASH = expect.stringMatching(/^[0-9a-f]{64}$/);
const marks = (pinned: { tools: readonly { name: string; quarantine?: { reason: string } }[] }) =>
  pinned.tools.map(({ name, quarantine }) => `${name}:${quarantine?.reason ?? 'approved'}`);

describe('pinOffer', () => {
  it('keeps everything, ordered by name', () => {
    const pinned = pinOffer('x', offer({ name: 'b' }, { name: 'a', description: 'A' }), { now: 7 });
    expect(pinned).toEqual({
      server: 'x',
      ...offer(),
      pinnedAt: 7,
      tools: [
        { name: 'a', definition: { name: 'a', description: 'A' }, hash: HASH },
        { name: 'b', definition: { name: 'b' }, hash: HASH },
      ],
    });
  });

  it('leaves what is blocked unapproved', () => {
    const options = { now: 7, first: { blocked: new Set(['a']), flags: new Map() } };
    expect(marks(pinOffer('x', offer({ name: 'a' }, { name: 'b' }), options))).toEqual([
      'a:unapproved',
      'b:approved',
    ]);
  });

  it('takes a reviewed entry for what was approved, and only ever less than it', () => {
    const then = offer(
      { name: 'a', description: 'A' },
      { name: 'b' },
      { name: 'd' },
      { name: 'gone' },
    );
    const reviewed = {
      ...toLockEntry(pinOffer('x', then, { now: 1 })),
      quarantined: ['d'],
    };
    const live = offer(
      { name: 'a', description: 'other' },
      { name: 'b' },
      { name: 'c' },
      { name: 'd' },
    );
    const pinned = pinOffer('x', live, { now: 7, reviewed });
    expect(marks(pinned)).toEqual(['a:drifted', 'b:approved', 'c:unapproved', 'd:by_lock']);
    expect(pinned.tools[0]?.definition).toEqual({ name: 'a', description: 'A' });
  });
});

describe('pinOffer, of a server the lock file has an entry for', () => {
  it('leaves what is blocked unapproved, whatever the file says', () => {
    const live = offer({ name: 'a' });
    const reviewed = toLockEntry(pinOffer('x', live, { now: 1 }));
    const pinned = pinOffer('x', live, {
      now: 7,
      reviewed,
      first: { blocked: new Set(['a']), flags: new Map() },
    });
    expect(marks(pinned)).toEqual(['a:unapproved']);
  });
});

describe('noteOffer', () => {
  const known = pinOffer('x', offer({ name: 'a', description: 'A' }, { name: 'b' }), { now: 7 });

  it('finds nothing when the same definitions come in another order and spelling', () => {
    expect(noteOffer(known, offer({ name: 'b' }, { description: 'A', name: 'a' }))).toBeUndefined();
  });

  it('marks a tool whose definition differs by one character, and keeps what it is now', () => {
    const noted = noteOffer(known, offer({ name: 'a', description: 'B' }, { name: 'b' }));
    expect(noted?.drifted).toEqual(new Map([['a', HASH]]));
    expect(noted?.next.tools[0]).toEqual({
      ...known.tools[0],
      quarantine: {
        reason: 'drifted',
        liveHash: HASH,
        live: { name: 'a', description: 'B' },
      },
    });
  });

  it('leaves a drifted tool marked when it is equal again, and when it differs anew', () => {
    const drifted = noteOffer(known, offer({ name: 'a', description: 'B' }, { name: 'b' }))?.next;
    for (const description of ['A', 'C']) {
      expect(noteOffer(drifted ?? known, offer({ name: 'a', description }))).toBeUndefined();
    }
  });

  it('keeps a tool that appeared as unapproved, and writes nothing when it changes', () => {
    const noted = noteOffer(known, offer({ name: 'b' }, { name: 'c' }));
    expect(noted?.appeared).toEqual(['c']);
    expect(marks(noted?.next ?? known)).toEqual(['a:approved', 'b:approved', 'c:unapproved']);
    expect(noteOffer(noted?.next ?? known, offer({ name: 'c', description: 'x' }))).toBeUndefined();
  });

  it('takes a missing tool for no drift', () => {
    expect(noteOffer(known, offer({ name: 'b' }))).toBeUndefined();
  });

  it('stops keeping what appears at 2,000 tools, however often the names change', () => {
    let now = known;
    for (let turn = 0; turn < 5; turn += 1) {
      const names = Array.from({ length: 500 }, (_, at) => ({ name: `t${turn}-${at}` }));
      now = noteOffer(now, offer(...names))?.next ?? now;
    }
    expect(now.tools).toHaveLength(2_000);
    expect(noteOffer(now, offer({ name: 'one more' }))).toBeUndefined();
  });

  it('stops keeping definitions nobody approved at 16 MiB, and marks drift all the same', () => {
    const large = 'x'.repeat(9 * 1024 * 1024);
    const filled = noteOffer(known, offer({ name: 'c', description: large }))?.next ?? known;
    const noted = noteOffer(
      filled,
      offer({ name: 'a', description: large }, { name: 'd', description: large }),
    );
    expect(marks(noted?.next ?? known)).toEqual(['a:drifted', 'b:approved', 'c:unapproved']);
    expect(noted?.next.tools[0]?.quarantine).toEqual({ reason: 'drifted', liveHash: HASH });
  });
});
