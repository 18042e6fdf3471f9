import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/domain/decision.ts';
import { createOutbox } from '../../src/news/outbox.ts';

const request = { kind: 'server', server: 'files' } as const;
const permit = async (epoch = 1): Promise<Decision> =>
  ({ kind: 'permit', request, epoch }) as unknown as Decision;
const deny = async (): Promise<Decision> => ({
  kind: 'deny',
  request,
  epoch: 1,
  reason: 'no_rule',
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

function outbox() {
  const told: string[] = [];
  const box = createOutbox(() => 1);
  return {
    told,
    push: (what: string, decide = permit, key?: string) =>
      box.push(decide, () => told.push(what), key),
  };
}

describe('news on their way to a client', () => {
  it('are told in order, though decisions take differently long', async () => {
    const { told, push } = outbox();
    push('a', async () => settled().then(() => permit()));
    push('b');
    await settled();
    await settled();
    expect(told).toEqual(['a', 'b']);
  });

  it.each([
    ['is denied', deny],
    ['was decided on another state', () => permit(0)],
    ['cannot be decided', () => Promise.reject(new Error('disk'))],
  ])('are not told when the right %s, and hold up nothing', async (_what, decide) => {
    const { told, push } = outbox();
    push('a', decide);
    push('b');
    await settled();
    expect(told).toEqual(['b']);
  });

  it('of one key are one: the latest', async () => {
    const { told, push } = outbox();
    push('a 1', permit, 'a');
    push('b', permit, 'b');
    push('a 2', permit, 'a');
    await settled();
    push('a 3', permit, 'a');
    await settled();
    expect(told).toEqual(['a 2', 'b', 'a 3']);
  });

  it('are dropped beyond what may wait', async () => {
    const { told, push } = outbox();
    for (let i = 0; i < 1_000; i += 1) push(String(i));
    await settled();
    expect(told).toHaveLength(256);
    push('later');
    await settled();
    expect(told.at(-1)).toBe('later');
  });
});
