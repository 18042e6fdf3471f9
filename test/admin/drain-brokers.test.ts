import { describe, expect, it } from 'vitest';
import { drainBrokers } from '../../src/admin/drain-brokers.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';

const broker = (instance: `ins_${string}`) => ({ instance, pid: 7, socket: '/s', startedAt: 1 });

describe('drainBrokers', () => {
  it('counts the reached, buries the dead and names the silent with their open intents', async () => {
    const { context, state, answers } = fakeAdmin();
    for (const instance of ['ins_a', 'ins_b', 'ins_c', 'ins_d'] as const) {
      state.brokers.set(instance, broker(instance));
    }
    answers.set('ins_a', { kind: 'drained', cancelled: 2 });
    answers.set('ins_b', { kind: 'drained', cancelled: 1 });
    answers.set('ins_c', { kind: 'dead' });
    answers.set('ins_d', { kind: 'silent' });
    const intent = {
      seq: 9,
      instance: 'ins_d' as const,
      session: 's',
      server: 'files',
      tool: 'write',
    };
    state.intents.push(intent);
    expect(await drainBrokers(context)).toEqual({
      reached: 2,
      total: 3,
      cancelled: 3,
      buried: 1,
      silent: [{ broker: broker('ins_d'), openIntents: [intent] }],
      elapsedMs: 0,
    });
    expect(state.buried).toEqual(['ins_c']);
  });

  it('takes a broker whose answer fails for silent', async () => {
    const { context, state, answers } = fakeAdmin();
    state.brokers.set('ins_a', broker('ins_a'));
    answers.set('ins_a', new Error('broken pipe'));
    const report = await drainBrokers(context);
    expect([report.reached, report.silent.length, state.buried.length]).toEqual([0, 1, 0]);
  });

  it('does not count a broker that left while it was asked', async () => {
    const { context, state } = fakeAdmin();
    state.brokers.set('ins_a', broker('ins_a'));
    const leaving = {
      ...context,
      async drain() {
        state.brokers.delete('ins_a');
        return { kind: 'silent' } as const;
      },
    };
    expect(await drainBrokers(leaving)).toMatchObject({ total: 0, silent: [], buried: 0 });
  });

  it('says that the change is committed when the register cannot be read', async () => {
    const { context } = fakeAdmin();
    const broken = {
      ...context,
      brokers: {
        ...context.brokers,
        list: async () => {
          throw new Error('disk');
        },
      },
    };
    await expect(drainBrokers(broken)).rejects.toMatchObject({
      code: 'ERR_UNREACHABLE',
      message: expect.stringContaining('committed'),
    });
  });
});
