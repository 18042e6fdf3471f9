import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Stores } from '../../src/sqlite/open-stores.ts';

/**
 * A scheduler that lets two turns of the event loop pass after each step: what is committed takes one,
 * and would otherwise come after everything that does not.
 */
export const anyOrder = () =>
  fc.scheduler({
    act: async (step) => {
      await step();
      await turn();
      await turn();
    },
  });

/** What the ports answer at once: nothing comes between it and its use. */
const SYNCHRONOUS: ReadonlySet<string | symbol> = new Set([
  'epoch',
  'isClockBehind',
  'snapshot',
  'find',
]);

type Ports = Pick<Stores, 'admission' | 'sessions' | 'grants' | 'catalog' | 'brokers'>;

/** The same stores, with a pause before and after everything they do that is not synchronous. */
export function pausing<T extends Ports>(stores: T, pause: (what: string) => Promise<void>): T {
  const paused = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== 'function') return method;
        if (SYNCHRONOUS.has(name)) return method.bind(target);
        return async (...args: unknown[]) => {
          await pause(`before ${String(name)}`);
          try {
            return await method.apply(target, args);
          } finally {
            await pause(`after ${String(name)}`);
          }
        };
      },
    });
  return {
    ...stores,
    admission: paused(stores.admission),
    sessions: paused(stores.sessions),
    grants: paused(stores.grants),
    catalog: paused(stores.catalog),
    brokers: paused(stores.brokers),
  };
}
