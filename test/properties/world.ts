import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdminContext } from '../../src/admin/admin-context.ts';
import { newInstanceId } from '../../src/domain/ids.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { createTestClock, openTestStores, type TestClock } from '../support/sqlite/test-stores.ts';
import { MemoryServers } from './memory-servers.ts';
import { FIRST_TOOLS, SERVERS } from './operations.ts';
import { openSmallBroker, type SmallBroker } from './small-broker.ts';

/** One database, the brokers on it, an admin with a connection of their own, and tool servers in memory. */
export interface World {
  readonly clock: TestClock;
  readonly servers: MemoryServers;
  readonly brokers: SmallBroker[];
  readonly admin: AdminContext;
  pause(what: string): Promise<void>;
  startBroker(): Promise<SmallBroker>;
  /** Ends everything and removes the database. */
  remove(): Promise<void>;
}

/**
 * Makes a world without brokers.
 *
 * @param wrap what stands between a broker and its stores: nothing, unless a test decides the order of
 * what they do.
 */
export async function createWorld(
  options: {
    readonly wrap?: (stores: Stores) => Stores;
    /** Where a tool server's start or answer, or a client's change of mind, takes its time. */
    readonly pause?: (what: string) => Promise<void>;
  } = {},
): Promise<World> {
  const { wrap = (stores: Stores) => stores, pause = async () => {} } = options;
  const clock = createTestClock();
  // In memory where there is such a folder: nothing here depends on what a disk does.
  const inMemory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const stateDir = mkdtempSync(join(inMemory, 'tg-world-'));
  const servers = new MemoryServers(pause);
  for (const server of SERVERS) for (const tool of FIRST_TOOLS) servers.offer(server, tool, 1);
  const brokers: SmallBroker[] = [];
  const stores = await openTestStores(stateDir, { clock });
  const admin: AdminContext = {
    ...fakeAdmin({ serverNames: SERVERS }).context,
    ...stores,
    clock,
    async drain({ instance }) {
      const broker = brokers.find((each) => each.instance === instance);
      if (broker === undefined) return { kind: 'dead' };
      return { kind: 'drained', cancelled: await broker.drain() };
    },
  };
  return {
    clock,
    servers,
    brokers,
    admin,
    pause,
    async startBroker() {
      const instance = newInstanceId(randomBytes);
      const own = wrap(await openTestStores(stateDir, { clock, instance }));
      const broker = await openSmallBroker({
        instance,
        stores: own,
        clock,
        servers,
        serverNames: SERVERS,
      });
      brokers.push(broker);
      return broker;
    },
    async remove() {
      for (const broker of brokers) await broker.close('unregister');
      stores.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
