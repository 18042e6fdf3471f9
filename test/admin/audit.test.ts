import { describe, expect, it } from 'vitest';
import { findEvent, followAudit } from '../../src/admin/audit-query.ts';
import { checkpointAudit } from '../../src/admin/checkpoint-audit.ts';
import { parseCheckpoints, verifyAudit } from '../../src/admin/verify-audit.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';

describe('checkpointAudit', () => {
  it('covers its own event, and verifies from outside', async () => {
    const { context, state } = fakeAdmin();
    state.append({ code: 'TG5001' });
    const { checkpoint } = await checkpointAudit(context);
    expect([checkpoint.seq, state.codes.at(-1)]).toEqual([2, 'TG6002']);
    const report = await verifyAudit(context, [checkpoint], () => {});
    expect([report.ok, report.coveredBy, report.beyond]).toEqual([true, 2, 0]);
  });

  it('finds a missing tail', async () => {
    const { context, state } = fakeAdmin();
    state.append({ code: 'TG5001' });
    const { checkpoint } = await checkpointAudit(context);
    state.events.pop();
    expect((await verifyAudit(context, [checkpoint], () => {})).ok).toBe(false);
  });

  it('refuses a checkpoint of another key', async () => {
    const mine = fakeAdmin();
    const { checkpoint } = await checkpointAudit(fakeAdmin().context);
    mine.state.append({ code: 'TG5001' });
    expect((await verifyAudit(mine.context, [checkpoint], () => {})).ok).toBe(false);
  });
});

describe('parseCheckpoints', () => {
  const one = { chain: 'main', seq: 1, hash: 'h', at: 1, kid: 'k', signature: 's' };
  const text = JSON.stringify(one, null, 2);

  it.each([
    ['one', text, 1],
    ['an array', `[${text},${text}]`, 2],
    ['several in a row', `${text}\n${text}\n`, 2],
  ])('reads %s', (_, input, count) => {
    expect(parseCheckpoints(input)).toEqual(Array.from({ length: count }, () => one));
  });

  it.each(['', '[]', '{}', 'nonsense', `${text} x`, '[1]', JSON.stringify({ ...one, seq: '1' })])(
    'refuses %j',
    (input) => {
      expect(() => parseCheckpoints(input)).toThrowError(
        expect.objectContaining({ code: 'ERR_USAGE' }),
      );
    },
  );
});

describe('followAudit', () => {
  it('yields events as they are written until it is aborted', async () => {
    const { context, state } = fakeAdmin();
    state.append({ code: 'TG5001' });
    const stop = new AbortController();
    let waits = 0;
    const wait = async () => {
      waits += 1;
      if (waits === 1) state.append({ code: 'TG5002' });
      else stop.abort();
    };
    const seen: number[] = [];
    for await (const event of followAudit(context, {}, stop.signal, wait)) seen.push(event.seq);
    expect(seen).toEqual([1, 2]);
  });
});

describe('findEvent', () => {
  it('fails with ERR_NOT_FOUND', async () => {
    const { context } = fakeAdmin();
    await expect(findEvent(context, 1)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });
});
