import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  approvalStateAt,
  MAX_ASKED_PER_HOUR,
  MAX_PENDING,
  PENDING_LIFE_MS,
  SETTLED_LIFE_MS,
} from '../../src/approve/approval.ts';
import { type ApprovalId, newSessionId, newTokenId } from '../../src/domain/ids.ts';
import { WaitingApprovals } from '../support/sqlite/waiting-approvals.ts';

let world: WaitingApprovals;
beforeEach(async () => {
  world = await WaitingApprovals.open();
});
afterEach(() => world.close());

const settle = (id: ApprovalId, as: 'approved' | 'denied') =>
  world.stores.approvals.settle({
    id,
    as,
    by: 'admin',
    now: world.clock.now(),
    event: { code: as === 'approved' ? 'TG8002' : 'TG8003' },
  });

const stateOf = async (id: ApprovalId) => {
  const view = await world.stores.approvals.find(id, world.clock.now());
  if (view === undefined) return undefined;
  const state = approvalStateAt(view, world.clock.now());
  return view.void === undefined ? state : `${state}: ${view.void}`;
};

describe('an approval that is asked for', () => {
  it('waits an hour at most, with an event of its own', async () => {
    const approval = await world.waiting();
    expect(approval).toMatchObject({
      state: 'pending',
      subject: 'alice',
      requestedAt: world.clock.now(),
      expiresAt: world.clock.now() + PENDING_LIFE_MS,
    });
    const events = await world.stores.events.query({ code: 'TG8001' });
    expect(events).toMatchObject([
      { approval: approval.id, session: world.session.id, subject: 'alice', client: 'claude-code' },
    ]);
    world.clock.advance(PENDING_LIFE_MS);
    expect(await stateOf(approval.id)).toBe('expired');
    expect(await settle(approval.id, 'approved')).toMatchObject({ kind: 'not_pending' });
  });

  it('never outlives its session', async () => {
    const left = 60_000;
    world.clock.advance(world.session.expiresAt - world.clock.now() - left);
    const { id, expiresAt } = await world.waiting();
    expect(expiresAt).toBe(world.session.expiresAt);
    const settled = await settle(id, 'approved');
    expect(settled).toMatchObject({ approval: { expiresAt: world.session.expiresAt } });
  });

  it('is the same one when the same is asked again, whichever process asks, with no further event', async () => {
    const first = await world.request();
    const other = await world.request();
    expect(first).toMatchObject({ kind: 'found', isNew: true });
    expect(other).toMatchObject({ kind: 'found', isNew: false });
    expect(other.kind === 'found' && first.kind === 'found' && other.approval.id).toBe(
      first.kind === 'found' && first.approval.id,
    );
    expect((await world.codes()).filter((code) => code === 'TG8001')).toHaveLength(1);
  });

  it.each([
    ['argument', { path: 'b.txt' }, {}],
    ['tool', undefined, { name: 'delete_file' }],
    ['method', undefined, { method: 'tasks/result' }],
    ['definition', undefined, { definitionHash: 'f'.repeat(64) }],
    ['rule', undefined, { rule: { ...RULE(), index: 1 } }],
    ['revision of its grant', undefined, { rule: { ...RULE(), revision: 2 } }],
  ])('is another one for another %s', async (_, args, more) => {
    const first = await world.waiting();
    const other = await world.waiting(args, more);
    expect(other.id).not.toBe(first.id);
    expect(other.digest).not.toBe(first.digest);
  });

  it('is not asked for once as many of the session wait as may', async () => {
    for (let at = 0; at < MAX_PENDING; at += 1) await world.waiting({ at });
    expect(await world.request({ at: 'more' })).toEqual({ kind: 'exhausted' });
    expect(await world.request({ at: 0 })).toMatchObject({ kind: 'found', isNew: false });
    const [first] = await world.stores.approvals.list({ now: world.clock.now(), all: false });
    await settle(first?.approval.id ?? 'apr_', 'denied');
    expect(await world.request({ at: 'more' })).toMatchObject({ kind: 'found', isNew: true });
  });

  it('is not asked for once as many were within the hour, whatever became of them', async () => {
    for (let at = 0; at < MAX_ASKED_PER_HOUR; at += 1) {
      await settle((await world.waiting({ at })).id, 'denied');
    }
    expect(await world.request({ at: 'more' })).toEqual({ kind: 'exhausted' });
    world.clock.advance(PENDING_LIFE_MS);
    expect(await world.request({ at: 'more' })).toMatchObject({ kind: 'found', isNew: true });
  });

  it('is asked for where as many are void', async () => {
    for (let at = 0; at < MAX_PENDING; at += 1) await world.waiting({ at });
    await world.putGrant();
    const rule = { ...RULE(), revision: 2 };
    expect(await world.request({ at: 'more' }, { rule })).toMatchObject({ isNew: true });
    const all = await world.stores.approvals.list({ now: world.clock.now(), all: true });
    expect(all.filter(({ approval }) => approval.sealed !== undefined)).toHaveLength(1);
  });

  it('is not asked for with more arguments than anybody could look through', async () => {
    expect(await world.request('x'.repeat(6 * 1024 * 1024))).toEqual({ kind: 'exhausted' });
  });

  it.each([
    ['the session is over', () => end()],
    ['everything is halted', () => world.stores.halts.order({ at: 1 }, { code: 'TG7001' })],
  ])('is not asked for once %s', async (_, change) => {
    await change();
    expect(await world.request()).toEqual({ kind: 'stale' });
    expect(await world.codes()).not.toContain('TG8001');
  });
});

describe('a settled approval', () => {
  it('moves the epoch with its event, and lets go of the arguments', async () => {
    const { id, digest } = await world.waiting();
    const before = world.stores.admission.epoch();
    expect(await settle(id, 'approved')).toMatchObject({
      kind: 'settled',
      approval: { state: 'approved', expiresAt: world.clock.now() + SETTLED_LIFE_MS },
    });
    expect(world.stores.admission.epoch()).toBe(before + 1);
    const [event] = await world.stores.events.query({ code: 'TG8002' });
    expect(event).toMatchObject({ approval: id, epoch: before + 1, session: world.session.id });
    const found = await world.stores.approvals.current(digest, world.clock.now());
    expect(found).toMatchObject({ id, state: 'approved' });
    expect(found?.sealed).toBeUndefined();
  });

  it('is settled once: nothing is written the second time', async () => {
    const { id } = await world.waiting();
    await settle(id, 'denied');
    const before = await world.codes();
    expect(await settle(id, 'approved')).toMatchObject({
      kind: 'not_pending',
      approval: { state: 'denied' },
    });
    expect(await world.codes()).toEqual(before);
  });

  it('that is approved can be denied while it is not used', async () => {
    const { id } = await world.waiting();
    await settle(id, 'approved');
    expect(await settle(id, 'denied')).toMatchObject({ kind: 'settled' });
    expect(await stateOf(id)).toBe('denied');
  });

  it('that was denied holds until its hour is over', async () => {
    const { id } = await world.waiting();
    await settle(id, 'denied');
    expect(await world.waiting()).toMatchObject({ id, state: 'denied' });
    world.clock.advance(SETTLED_LIFE_MS);
    expect((await world.waiting()).id).not.toBe(id);
  });

  it('is nobody else for an id nobody has', async () => {
    expect(await settle('apr_00000000000000000000000000000000', 'approved')).toBeUndefined();
  });
});

describe('an approval of what has changed since', () => {
  it.each([
    ['session_over', () => end()],
    ['grant_changed', () => world.putGrant()],
    ['grant_changed', () => world.stores.grants.change([REVOKE], world.clock.now())],
  ])('is void, and never approved: %s', async (why, change) => {
    const { id } = await world.waiting();
    await change();
    expect(await stateOf(id)).toBe(`void: ${why}`);
    expect(await settle(id, 'approved')).toMatchObject({ kind: 'not_pending', void: why });
    expect(await world.codes()).not.toContain('TG8002');
  });

  it('is void when what it is about is defined otherwise, or not at all', async () => {
    const { id } = await world.waiting(undefined, { definitionHash: 'f'.repeat(64) });
    expect(await stateOf(id)).toBe('void: definition_changed');
  });

  it('is shown for a day, and its arguments are gone once it is over', async () => {
    const { id } = await world.waiting({ first: true });
    world.clock.advance(PENDING_LIFE_MS);
    await world.waiting({ second: true });
    const view = await world.stores.approvals.find(id, world.clock.now());
    expect(view?.approval.sealed).toBeUndefined();
    const all = { now: world.clock.now(), all: true };
    expect(await world.stores.approvals.list(all)).toHaveLength(2);
    expect(await world.stores.approvals.list({ ...all, all: false })).toHaveLength(1);
  });

  it('is over for good once its arguments are gone, whatever becomes of its definition', async () => {
    const asked = [{ path: 'b.txt' }, { definitionHash: 'f'.repeat(64) }] as const;
    const { id } = await world.waiting(...asked);
    await world.waiting();
    const view = await world.stores.approvals.find(id, world.clock.now());
    expect(view?.approval).toMatchObject({ state: 'pending', expiresAt: world.clock.now() });
    expect(view?.approval.sealed).toBeUndefined();
    expect((await world.waiting(...asked)).id).not.toBe(id);
  });

  it('keeps no arguments of a session that ended once any other asks', async () => {
    const { id } = await world.waiting();
    const other = {
      ...world.session,
      id: newSessionId(randomBytes),
      tokenId: newTokenId(randomBytes),
    };
    await world.stores.sessions.open(other, { code: 'TG2002' });
    await end();
    await world.waiting(undefined, { session: other.id });
    const view = await world.stores.approvals.find(id, world.clock.now());
    expect(view?.approval.sealed).toBeUndefined();
  });
});

const REVOKE = { kind: 'revoke', id: 'alice-files', event: { code: 'TG3003' } } as const;

function RULE() {
  return { grant: 'alice-files', revision: 1, index: 0, file: 'grants/alice-files.yaml', line: 6 };
}

const end = () =>
  world.stores.sessions.end(world.session.id, 'revoked', world.clock.now(), { code: 'TG2004' });
