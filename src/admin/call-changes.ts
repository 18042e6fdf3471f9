import type { GrantRecord } from '../authorize/grant-record.ts';
import type { PolicyState } from '../authorize/policy-state.ts';
import type { AdminContext } from './admin-context.ts';
import type { GrantsOnDisk } from './grants-on-disk.ts';
import { knownServers } from './known-servers.ts';
import { type Reach, reachOf, reachText } from './reach.ts';

/** What applying grant files changes about one thing for one subject. */
export interface CallChange {
  readonly subject: string;
  /** Clients it is about; absent for any. */
  readonly clients?: readonly string[];
  /** Ids of the grants whose rules make the difference, sorted. */
  readonly grants: readonly string[];
  /** As a rule names it. */
  readonly thing: string;
  /** `changed`: permitted before and after, under other terms. */
  readonly change: 'permitted' | 'refused' | 'changed';
  /** What grants come to, before and after. */
  readonly before: string;
  readonly after: string;
}

/**
 * Calls that would change when the grant files are applied: of every subject, through each set of clients
 * its grants name, each known tool and prompt and each rule on resources and questions that is permitted,
 * or under what terms. Ordered by subject and thing.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function callChanges(
  context: AdminContext,
  { plan, grants }: GrantsOnDisk,
): Promise<readonly CallChange[]> {
  const servers = await knownServers(context.catalog, context.serverNames);
  const now = context.clock.now();
  const before = plan.basis.filter(({ revokedAt }) => revokedAt === undefined);
  const subjects = new Set([...before, ...grants].map(({ subject }) => subject));
  return [...subjects].sort().flatMap((subject) => {
    const of = (all: readonly GrantRecord[]) =>
      all.filter((grant) => grant.subject === subject && now < grant.expiresAt);
    const [was, is] = [of(before), of(grants)];
    const clients = [...new Set([...was, ...is].flatMap((grant) => grant.clients ?? []))].sort();
    const anywhere = changes(subject, servers, through(was), through(is));
    const known = new Set(anywhere.map(keyOf));
    const apart = clients.flatMap((client) =>
      changes(subject, servers, through(was, client), through(is, client))
        .filter((one) => !known.has(keyOf(one)))
        .map((one): CallChange => ({ ...one, clients: [client] })),
    );
    return merged([...anywhere, ...apart]);
  });
}

/** Grants that hold for a client; without one, those for any. */
const through = (grants: readonly GrantRecord[], client?: string): readonly GrantRecord[] =>
  grants.filter(
    (grant) =>
      grant.clients === undefined || (client !== undefined && grant.clients.includes(client)),
  );

const keyOf = ({ thing, before, after }: CallChange): string =>
  JSON.stringify([thing, before, after]);

/** The same change through several clients is told once. */
function merged(found: readonly CallChange[]): readonly CallChange[] {
  const byKey = Map.groupBy(found, keyOf);
  return [...byKey.values()]
    .flatMap((same) => {
      const [first] = same;
      const clients = same.flatMap((one) => one.clients ?? []);
      return first === undefined || clients.length === 0 ? same : [{ ...first, clients }];
    })
    .sort((a, b) => (a.thing < b.thing ? -1 : a.thing > b.thing ? 1 : 0));
}

function changes(
  subject: string,
  servers: PolicyState['servers'],
  before: readonly GrantRecord[],
  after: readonly GrantRecord[],
): readonly CallChange[] {
  const [was, is] = [before, after].map((grants) =>
    Map.groupBy(reachOf({ grants, servers }), ({ thing }) => thing),
  );
  const things = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  return [...things].flatMap((thing): CallChange[] => {
    const [old, next] = [was, is].map((reached) => summary(reached?.get(thing) ?? []));
    if (old === undefined || next === undefined || old.text === next.text) return [];
    const change = old.may === next.may ? 'changed' : next.may ? 'permitted' : 'refused';
    // What nobody was permitted before or after is refused either way.
    if (change === 'changed' && !next.may) return [];
    const grantIds = [...new Set([...old.grants, ...next.grants])].sort();
    return [{ subject, grants: grantIds, thing, change, before: old.text, after: next.text }];
  });
}

const summary = (reached: readonly Reach[]) => ({
  may: reached.some(({ effect }) => effect === 'permit'),
  grants: reached.flatMap(({ by, unless }) => [...by, ...unless].map(({ grant }) => grant.id)),
  text: reached.length === 0 ? 'refused' : [...new Set(reached.map(reachText))].join('; '),
});
