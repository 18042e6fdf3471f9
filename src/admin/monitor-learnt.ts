import { BrokerError } from '../domain/errors.ts';
import type { Profile } from '../monitor/profile.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';

/** What was learnt of one grant. */
export interface LearntGrant {
  readonly grant: string;
  readonly profile: Profile;
}

/**
 * What was learnt, of each grant or of one, ordered by grant.
 *
 * @throws BrokerError `ERR_NOT_FOUND` when nothing was learnt of the one asked for.
 */
export async function learntGrants(
  { monitor }: AdminContext,
  asked: string | undefined,
): Promise<readonly LearntGrant[]> {
  const { grants } = await monitor.all();
  if (asked === undefined) return grants;
  const found = grants.filter(({ grant }) => grant === asked);
  if (found.length === 0) throw nothingLearnt(asked);
  return found;
}

/** What freezing came to, and how far the word has reached. */
export interface Freezing {
  /** Whether it was so before: nothing was written then, brokers were asked again. */
  readonly wasSo: boolean;
  readonly drain: DrainReport;
}

/**
 * Freezes what was learnt of a grant, or has it learnt further. What is frozen learns nothing, in any
 * broker, once this returns.
 *
 * @throws BrokerError `ERR_NOT_FOUND` when nothing was learnt of it, `ERR_NOT_COMMITTED`,
 * `ERR_UNREACHABLE`.
 */
export async function setFrozen(
  context: AdminContext,
  grant: string,
  isFrozen: boolean,
): Promise<Freezing> {
  await learntGrants(context, grant);
  let wasSo = true;
  const set = (before: Profile): Profile => {
    const { isFrozen: isSo = false, ...learnt } = before;
    wasSo = isSo === isFrozen;
    if (wasSo) return before;
    return isFrozen ? { ...learnt, isFrozen } : learnt;
  };
  const detail = { grant, frozen: isFrozen };
  await context.monitor.learn(grant, set, { code: 'TG9004', actor: context.actor, detail });
  return { wasSo, drain: await drainBrokers(context) };
}

const nothingLearnt = (grant: string): BrokerError =>
  new BrokerError('ERR_NOT_FOUND', `nothing was learnt of ${grant}`, {
    hint: 'see `toolgrant monitor learnt`; a session is learnt once it was quiet for half an hour',
  });
