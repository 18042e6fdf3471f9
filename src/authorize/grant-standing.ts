import type { SpentLimit } from '../domain/session-limits.ts';
import type { GrantRecord, GrantRule } from './grant-record.ts';
import type { Asker } from './policy-state.ts';

/** What can keep a subject's own grant from permitting, in the order it is told. */
export type Obstacle =
  | 'client_not_granted'
  | 'grant_expired'
  | 'session_life_exceeded'
  | 'session_idle_exceeded'
  | 'session_calls_exceeded'
  | 'session_concurrency_exceeded';

const SPENT: Readonly<Record<SpentLimit, Obstacle>> = {
  idle: 'session_idle_exceeded',
  maxCalls: 'session_calls_exceeded',
  concurrent: 'session_concurrency_exceeded',
};

/** How a subject's own grant stands towards who asks, at one instant. */
export interface GrantStanding {
  readonly grant: GrantRecord;
  /** Empty when its permit rules hold. */
  readonly obstacles: readonly Obstacle[];
  /** Whether its deny rules hold. A session's age has no part in that: it limits only what is permitted. */
  readonly denies: boolean;
  /** Rules whose conditions do not hold for what they match: no permit, and a deny of everything they match. */
  readonly mismatched: ReadonlySet<GrantRule>;
}

const NONE: ReadonlySet<GrantRule> = new Set();

/**
 * Judges one grant; `undefined` when it is another subject's or revoked. A grant has expired from the
 * instant of expiry on, and a session has outlived `session.life` from the instant it is that old.
 */
export function grantStanding(
  grant: GrantRecord,
  asker: Asker,
  now: number,
  mismatched: ReadonlySet<GrantRule> = NONE,
): GrantStanding | undefined {
  if (grant.subject !== asker.subject || grant.revokedAt !== undefined) return undefined;
  const isForClient =
    grant.clients === undefined ||
    (asker.client !== undefined && grant.clients.includes(asker.client));
  const isLive = now < grant.expiresAt;
  const isYoung =
    grant.sessionLifeMs === undefined ||
    asker.sessionOpenedAt === undefined ||
    now < asker.sessionOpenedAt + grant.sessionLifeMs;
  const obstacles: Obstacle[] = [];
  if (!isForClient) obstacles.push('client_not_granted');
  if (!isLive) obstacles.push('grant_expired');
  if (!isYoung) obstacles.push('session_life_exceeded');
  const spent = asker.spent?.grants.get(grant.id);
  if (spent !== undefined) obstacles.push(SPENT[spent]);
  return { grant, obstacles, denies: isForClient && isLive, mismatched };
}
