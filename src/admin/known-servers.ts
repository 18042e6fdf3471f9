import type { PolicyState } from '../authorize/policy-state.ts';
import type { CatalogStore } from '../catalog/catalog-store.ts';
import { serverView } from '../catalog/server-view.ts';

/**
 * The configured tool servers as conditions are checked against them. Reads only.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function knownServers(
  catalog: Pick<CatalogStore, 'snapshot'>,
  names: readonly string[],
): Promise<PolicyState['servers']> {
  const { servers } = await catalog.snapshot();
  return new Map(names.map((name) => [name, serverView(servers.get(name), false)]));
}
