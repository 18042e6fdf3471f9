import type { PolicyState } from '../authorize/policy-state.ts';
import type { CatalogSnapshot } from '../catalog/catalog-store.ts';
import { serverView } from '../catalog/server-view.ts';

/** The definitions that grants are about: the database's, or those of a lock file, which is read first. */
export interface KnownDefinitions {
  snapshot(): CatalogSnapshot | Promise<CatalogSnapshot>;
}

/**
 * The configured tool servers as conditions are checked against them. Reads only.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function knownServers(
  catalog: KnownDefinitions,
  names: readonly string[],
): Promise<PolicyState['servers']> {
  const { servers } = await catalog.snapshot();
  return new Map(names.map((name) => [name, serverView(servers.get(name), false)]));
}
