import type { Clock } from '../../src/domain/clock.ts';
import type { InstanceId } from '../../src/domain/ids.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { createStateDir, openTestStores } from '../support/sqlite/test-stores.ts';

/** Opens stores on one state; several calls with one `state` see the same data. */
export interface StoresUnderContract {
  readonly name: string;
  newState(): {
    open(clock: Clock, instance?: InstanceId): Promise<Stores>;
    remove(): void;
  };
}

/** Every implementation the contracts run against: add the next engine here. */
export const IMPLEMENTATIONS: readonly StoresUnderContract[] = [
  {
    name: 'sqlite',
    newState: () => {
      const { stateDir, remove } = createStateDir();
      return {
        open: (clock, instance) =>
          openTestStores(stateDir, { clock, ...(instance === undefined ? {} : { instance }) }),
        remove,
      };
    },
  },
];
