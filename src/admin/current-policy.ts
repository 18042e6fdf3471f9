import { createPolicyReader } from '../authorize/policy-reader.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import { createCatalog } from '../catalog/catalog.ts';
import type { AdminContext } from './admin-context.ts';
import { realPathOnDisk } from './real-path.ts';

/**
 * What a broker would decide on for a subject now. Reads only: nothing is started, and a tool server
 * never seen has no tools yet.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function currentPolicy(context: AdminContext, subject: string): Promise<PolicyState> {
  const epoch = () => context.admission.epoch();
  const catalog = createCatalog({
    store: context.catalog,
    epoch,
    configured: context.serverNames,
    asksFirst: new Set(context.asksFirst),
    // It observes nothing, so that it needs no lock file.
    reviewed: async () => undefined,
    onPinned: () => {},
    clock: context.clock,
  });
  const read = createPolicyReader({
    grants: context.grants,
    epoch,
    servers: () => catalog.view(),
    realPath: realPathOnDisk,
  });
  return read(subject);
}
