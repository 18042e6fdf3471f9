import { describe, expect, it } from 'vitest';
import type {
  AdmissionRequest,
  AdmissionStore,
  NotAppended,
} from '../../src/admit/admission-store.ts';
import { freeingPlaces } from '../../src/bury-dead.ts';

function world(answer: NotAppended) {
  let now = 0;
  let buried = 0;
  const store = freeingPlaces({ admit: async () => answer } as unknown as AdmissionStore, {
    async bury() {
      buried += 1;
    },
    monotonicMs: () => now,
  });
  const admit = () => store.admit({ limits: { concurrent: 1 } } as AdmissionRequest);
  return {
    admit,
    buried: () => buried,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

describe('a use that finds no place left', () => {
  it('has dead brokers looked for, and is refused all the same', async () => {
    const { admit, buried } = world({ kind: 'spent', limit: 'concurrent' });
    expect(await admit()).toEqual({ kind: 'spent', limit: 'concurrent' });
    expect(buried()).toBe(1);
  });

  it('has them looked for once in a while, however often it is tried', async () => {
    const { admit, buried, wait } = world({ kind: 'spent', limit: 'concurrent' });
    for (let i = 0; i < 10; i += 1) await admit();
    expect(buried()).toBe(1);
    wait(5_000);
    await admit();
    expect(buried()).toBe(2);
  });

  it.each<NotAppended>([{ kind: 'spent', limit: 'maxCalls' }, { kind: 'halted' }])(
    'is another matter than %o',
    async (answer) => {
      const { admit, buried } = world(answer);
      await admit();
      expect(buried()).toBe(0);
    },
  );
});
