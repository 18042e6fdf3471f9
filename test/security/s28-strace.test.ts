import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  killOnFailingDisk,
  revokeOnFailingDisk,
  startOnFailingDisk,
} from '../support/live/failing-commands.ts';
import { callOnFailingDisk, compare, type OnDisk } from '../support/live/failing-disk.ts';
import { Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { callOf, isResult } from '../support/live/race.ts';
import { type DiskFault, ONE_SYNC_THREAD, straceProblem } from '../support/live/strace.ts';

const problem = await straceProblem();
const home = new Home();
afterAll(() => home.remove());

/** The fault came, and no promise was broken by it. */
const HELD = { injected: expect.toSatisfy((count) => count > 0), broken: [] };

describe.skipIf(problem !== undefined)(
  `S28 a disk that fails${problem ? `: ${problem}` : ''}`,
  () => {
    let at: OnDisk & { readonly port: number };
    beforeAll(async () => {
      const { pid, port } = await home.serve({ env: ONE_SYNC_THREAD });
      const client = new HttpClient(port, (await home.open()).token);
      at = { home, pid, port, client };
      expect(isResult(await client.ask(callOf('warm', 's__echo')))).toBe(true);
    });
    afterAll(() => at?.client.close());

    for (const fault of [
      { step: 'write', error: 'EIO', at: 1 },
      { step: 'write', error: 'ENOSPC', at: 8 },
      { step: 'write', error: 'ENOSPC', at: 25 },
      { step: 'sync', error: 'EIO', at: 1 },
      { step: 'sync', error: 'ENOSPC', at: 2 },
    ] as const satisfies readonly DiskFault[]) {
      it(`stops the calls it meets and no others: ${fault.error}, ${fault.step} ${fault.at}`, async () => {
        const options = { prefix: `${fault.step}-${fault.at}`, callers: 4, callsEach: 3 };
        const met = await callOnFailingDisk(at, fault, options);
        expect(met).toMatchObject(HELD);
        expect(met.refused).toBeGreaterThan(0);
        expect(met.refused).toBeLessThan(met.calls);
      });
    }

    for (const step of ['write', 'sync'] as const) {
      it(`stops every call as long as it lasts, and serves again afterwards: each ${step}`, async () => {
        const fault = { step, error: 'ENOSPC', at: 1, isLasting: true } as const;
        const options = { prefix: `lasting-${step}`, callers: 4, callsEach: 3 };
        const met = await callOnFailingDisk(at, fault, options);
        expect(met).toMatchObject(HELD);
        // All but the one after the disk was mended.
        expect(met.refused).toBe(met.calls - 1);
      });
    }

    for (const fault of [
      { step: 'write', error: 'ENOSPC', at: 3 },
      { step: 'sync', error: 'EIO', at: 1 },
    ] as const satisfies readonly DiskFault[]) {
      it(`leaves a session revoked or not, as the command said: ${fault.error}, ${fault.step} ${fault.at}`, async () => {
        const met = await revokeOnFailingDisk(at, fault, `revoke-${fault.step}`);
        expect(met).toMatchObject(HELD);
      });
    }

    it.each([
      { step: 'sync', error: 'EIO', at: 2 },
      // The only one that has the state open: without a write it cannot even be read again.
      { step: 'write', error: 'EIO', at: 1 },
    ] as const)(
      'loses nothing acknowledged when a broker is killed while its disk fails: each $step',
      async (fault) => {
        expect(await killOnFailingDisk(fault)).toMatchObject({ ...HELD, refused: 3 });
      },
    );

    for (const fault of [
      { step: 'write', error: 'EIO', at: 10 },
      { step: 'write', error: 'ENOSPC', at: 110 },
      { step: 'sync', error: 'EIO', at: 4 },
    ] as const satisfies readonly DiskFault[]) {
      it(`is said by a start or refuses its first call: ${fault.error}, ${fault.step} ${fault.at}`, async () => {
        expect(await startOnFailingDisk(fault)).toMatchObject(HELD);
      });
    }
  },
);

describe('S28 the check itself', () => {
  const intent = { seq: 1, code: 'TG1001', requestId: 'a' } as never;
  const passed = new Map([['a', { result: {} }]]);
  it('finds a result that the log does not know, and one without its outcome', () => {
    expect(compare([], passed, new Set())).toEqual(['a result without an intent in the log']);
    expect(compare([intent], passed, new Set())).toEqual(['a result without its outcome']);
  });

  it('finds a call that reached the tool server without an intent, and an answer that is neither', () => {
    const none = new Map([['a', undefined]]);
    expect(compare([], none, new Set(['a']))).toEqual([
      'answered undefined',
      'reached without an intent',
    ]);
  });
});
