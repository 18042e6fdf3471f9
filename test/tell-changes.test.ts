import { expect, it } from 'vitest';
import type { CatalogStore } from '../src/catalog/catalog-store.ts';
import type { Alert } from '../src/domain/alert.ts';
import type { EventCode } from '../src/domain/event-codes.ts';
import { tellChanges } from '../src/tell-changes.ts';

/** The alerts of one change, whose event has this code; `writes`: whether it is written. */
async function alertsOf(code: EventCode, writes = true): Promise<readonly Alert[]> {
  const raised: Alert[] = [];
  const catalog = {
    async change(_: string, make: (current: undefined) => unknown) {
      // As a store does that is asked to start over.
      make(undefined);
      make(undefined);
      return writes;
    },
  } as unknown as CatalogStore;
  const state = {
    context: { brokers: { list: async () => [] } },
    instance: 'i',
    stores: { catalog },
  };
  const told = tellChanges(state as never, { look: async () => {} } as never, (alert) =>
    raised.push(alert),
  );
  const change = { next: {} as never, event: { code, server: 's', detail: { count: 1 } } };
  await told.change('s', () => change);
  return raised;
}

it.each(['TG4001', 'TG4002', 'TG4004'] as const)('tells once of %s', async (code) => {
  expect(await alertsOf(code)).toEqual([{ code, server: 's', detail: { count: 1 } }]);
});

it('tells nothing of what an admin did, nor of what was not written', async () => {
  expect([await alertsOf('TG4003'), await alertsOf('TG4002', false)]).toEqual([[], []]);
});
