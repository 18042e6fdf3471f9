import type { GrantRecord } from '../authorize/grant-record.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';

/** Grants brokers obey, ordered by id; tombstones too when `all`. */
export async function listGrants(
  context: AdminContext,
  filter: { readonly subject?: string; readonly all: boolean },
): Promise<readonly GrantRecord[]> {
  const grants = await context.grants.all();
  return grants.filter(
    (grant) =>
      (filter.all || grant.revokedAt === undefined) &&
      (filter.subject === undefined || grant.subject === filter.subject),
  );
}

/**
 * One grant, in force or revoked.
 *
 * @throws BrokerError `ERR_NOT_FOUND`.
 */
export async function findGrant(context: AdminContext, id: string): Promise<GrantRecord> {
  const grant = (await context.grants.all()).find((one) => one.id === id);
  if (grant === undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `no grant ${id} was ever applied`, {
      hint: 'see `toolgrant grant list --all` and `toolgrant grant diff`',
    });
  }
  return grant;
}
