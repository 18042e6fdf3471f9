import { describe, expect, it } from 'vitest';
import type { GrantDocument } from '../../src/authorize/grant-record.ts';
import type { GrantChange } from '../../src/authorize/grant-store.ts';
import { ContractState } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

const document = (id: string, subject = 'alice'): GrantDocument => ({
  id,
  subject,
  purpose: 'triage',
  expiresAt: 9_999_999_999_999,
  rules: [{ effect: 'permit', pattern: 'files/*', line: 6 }],
});

const put = (id: string, subject?: string, file = `grants/${id}.yaml`): GrantChange => ({
  kind: 'put',
  document: document(id, subject),
  file,
  event: { code: 'TG3001' },
});

const revoke = (id: string): GrantChange => ({ kind: 'revoke', id, event: { code: 'TG3003' } });
const reinstate = (id: string): GrantChange => ({
  kind: 'reinstate',
  id,
  event: { code: 'TG3004' },
});

describe.each(IMPLEMENTATIONS)('$name grant store', (implementation) => {
  const state = new ContractState(implementation);
  const grants = () => state.stores.grants;

  it('reads a subject’s grants, ordered by id, with the epoch they hold at', async () => {
    const epoch = await grants().change([put('b'), put('a'), put('c', 'bob')], 5);
    expect(grants().snapshot('alice')).toEqual({
      epoch,
      isHalted: false,
      grants: ['a', 'b'].map((id) => ({
        ...document(id),
        revision: 1,
        file: `grants/${id}.yaml`,
        appliedAt: 5,
      })),
    });
  });

  it('moves the epoch once for one set of changes', async () => {
    const before = state.stores.admission.epoch();
    expect(await grants().change([put('a'), put('b')], 5)).toBe(before + 1);
  });

  it('names grant, revision and epoch in the event of each change', async () => {
    await grants().change([put('a')], 5);
    const epoch = await grants().change([put('a')], 6);
    expect(
      (await state.stores.events.query({ code: 'TG3001', newest: true, limit: 1 }))[0],
    ).toMatchObject({ epoch, detail: { grant: 'a', revision: 2 } });
  });

  it('keeps a revoked grant from every snapshot', async () => {
    await grants().change([put('a')], 5);
    await grants().change([revoke('a')], 6);
    expect(grants().snapshot('alice').grants).toEqual([]);
    expect(await grants().all()).toMatchObject([{ id: 'a', revokedAt: 6 }]);
  });

  it('refuses to apply a revoked grant, and with it the whole set', async () => {
    await grants().change([put('a')], 5);
    const epoch = await grants().change([revoke('a')], 6);
    await expect(grants().change([put('b'), put('a')], 7)).rejects.toMatchObject({
      code: 'ERR_GRANT',
    });
    expect(state.stores.admission.epoch()).toBe(epoch);
    expect((await grants().all()).map(({ id }) => id)).toEqual(['a']);
  });

  it('takes a reinstated grant for absent until it is applied again, with the next revision', async () => {
    await grants().change([put('a')], 5);
    await grants().change([revoke('a')], 6);
    await grants().change([reinstate('a')], 7);
    expect(await grants().all()).toEqual([]);
    await grants().change([put('a')], 8);
    expect(grants().snapshot('alice').grants).toMatchObject([{ id: 'a', revision: 2 }]);
  });

  it('reinstates and applies in one set of changes', async () => {
    await grants().change([put('a')], 5);
    await grants().change([revoke('a')], 6);
    await grants().change([reinstate('a'), put('a')], 7);
    expect(grants().snapshot('alice').grants).toHaveLength(1);
  });

  it('writes nothing for what is revoked already', async () => {
    await grants().change([put('a')], 5);
    const epoch = await grants().change([revoke('a')], 6);
    expect(await grants().change([revoke('a')], 7)).toBe(epoch);
    expect(await state.stores.events.query({ code: 'TG3003' })).toHaveLength(1);
  });

  it.each([revoke('x'), reinstate('x')])(
    'refuses to $kind what was never applied',
    async (change) => {
      await expect(grants().change([change], 5)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    },
  );

  it('keeps what each revision said', async () => {
    await grants().change([put('a')], 5);
    await grants().change([put('a', 'alice', 'grants/b.yaml')], 6);
    await grants().change([revoke('a')], 7);
    const kept = await Promise.all([1, 2, 3].map((at) => grants().revision('a', at)));
    expect(kept).toEqual([
      { ...document('a'), revision: 1, file: 'grants/a.yaml', appliedAt: 5 },
      { ...document('a'), revision: 2, file: 'grants/b.yaml', appliedAt: 6 },
      undefined,
    ]);
  });

  it('tells what was in force at an epoch, whatever was changed or revoked since', async () => {
    const at = async (epoch: number) =>
      (await grants().asOf('alice', epoch))?.map(({ id, revision }) => `${id} ${revision}`);
    const first = await grants().change([put('b'), put('a'), put('c', 'bob')], 5);
    const second = await grants().change([put('a')], 6);
    const third = await grants().change([revoke('a')], 7);
    const fourth = await grants().change([reinstate('a'), put('a')], 8);
    expect(await Promise.all([first - 1, first, second, third, fourth].map(at))).toEqual([
      [],
      ['a 1', 'b 1'],
      ['a 2', 'b 1'],
      ['b 1'],
      ['a 3', 'b 1'],
    ]);
  });

  it('says nothing of an epoch from before revisions were kept', async () => {
    expect(await grants().asOf('alice', 0)).toBeUndefined();
  });

  it('is empty only until the first grant, also after it was revoked and reinstated', async () => {
    expect(await grants().isEmpty()).toBe(true);
    await grants().change([put('a')], 5);
    await grants().change([revoke('a'), reinstate('a')], 6);
    expect(await grants().isEmpty()).toBe(false);
  });

  it('refuses, at the old epoch, what was decided before a revocation', async () => {
    const { id } = await state.openSession();
    const epoch = await grants().change([put('a')], 5);
    await grants().change([revoke('a')], 6);
    expect(await state.admit(id, epoch)).toEqual({ kind: 'stale', epoch: epoch + 1 });
  });
});
