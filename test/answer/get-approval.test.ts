import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ApprovalWorld, openApproving, textOf } from '../support/whole/approval-world.ts';

let world: ApprovalWorld;
afterEach(() => world.close());

describe('a call whose rule changes while its approval is asked for', () => {
  it('waits for what would permit it then, and for nothing that is void already', async () => {
    world = await openApproving();
    const { approvals } = world.whole.stores;
    const request = approvals.request.bind(approvals);
    vi.spyOn(approvals, 'request').mockImplementationOnce(async (asked) => {
      await world.whole.grant('alice', ['permit: s/*'], { terms: { approval: 'admin' } });
      return request(asked);
    });
    await world.waiting();
    expect(await world.states()).toEqual(['pending']);
  });

  it('is refused when that never ends', async () => {
    world = await openApproving();
    const { approvals } = world.whole.stores;
    const asked = vi.spyOn(approvals, 'request').mockResolvedValue({ kind: 'stale' });
    expect(await world.call()).toMatchObject({ kind: 'error', error: { code: -32603 } });
    expect(asked).toHaveBeenCalledTimes(3);
    expect((await world.whole.requests()).at(-1)).toMatchObject({ reason: 'state_changing' });
  });

  it('is refused, and recorded, when the store stays busy or fails', async () => {
    world = await openApproving();
    const { approvals } = world.whole.stores;
    const asked = vi.spyOn(approvals, 'request').mockResolvedValueOnce({ kind: 'contended' });
    expect(await world.call()).toMatchObject({ kind: 'error', error: { code: -32603 } });
    asked.mockRejectedValueOnce(new Error('disk'));
    expect(await world.call()).toMatchObject({ kind: 'error', error: { code: -32603 } });
    const reasons = (await world.whole.requests()).map(({ reason }) => reason);
    expect([reasons, world.reached]).toEqual([['store_contended', 'ERR_INTERNAL'], 0]);
  });

  it('says so when as much of its session waits as may', async () => {
    world = await openApproving();
    for (let at = 0; at < 20; at += 1) await world.waiting({ at });
    const text = textOf(await world.call({ at: 'more' }));
    expect(text).toContain('this session asks for too many');
    expect(text).toContain('toolgrant approvals list');
  });
});
