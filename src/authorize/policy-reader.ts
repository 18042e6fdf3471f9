import { BrokerError } from '../domain/errors.ts';
import type { GrantStore } from './grant-store.ts';
import type { PolicyState, ServerView } from './policy-state.ts';
import type { RealPath } from './within-path.ts';

/** Reads everything one decision about a subject needs, as of one epoch. */
export type ReadPolicy = (subject: string) => PolicyState;

const REMEMBERED_SUBJECTS = 1000;
const READS_AT_MOST = 5;

/**
 * Makes a policy reader. What it remembers is keyed by subject and good for one epoch only, so a
 * change of rights by any process is seen at the next decision.
 *
 * @throws BrokerError `ERR_STORE_CONTENDED` when state moves under every read: no state, no answer.
 */
export function createPolicyReader(deps: {
  readonly grants: GrantStore;
  readonly epoch: () => number;
  readonly realPath?: RealPath;
  readonly servers: () => {
    readonly epoch: number;
    readonly servers: ReadonlyMap<string, ServerView>;
  };
}): ReadPolicy {
  const remembered = new Map<string, PolicyState>();

  return (subject) => {
    for (let reads = 0; reads < READS_AT_MOST; reads += 1) {
      const known = remembered.get(subject);
      if (known !== undefined && known.epoch === deps.epoch()) return known;
      const { epoch, isHalted, grants } = deps.grants.snapshot(subject);
      const catalog = deps.servers();
      if (catalog.epoch !== epoch) continue;
      const { servers } = catalog;
      const links = deps.realPath === undefined ? {} : { realPath: deps.realPath };
      const state: PolicyState = { epoch, isHalted, grants, servers, ...links };
      remembered.delete(subject);
      if (remembered.size >= REMEMBERED_SUBJECTS) {
        const oldest = remembered.keys().next().value;
        if (oldest !== undefined) remembered.delete(oldest);
      }
      remembered.set(subject, state);
      return state;
    }
    throw new BrokerError('ERR_STORE_CONTENDED', 'state changed under every read');
  };
}
