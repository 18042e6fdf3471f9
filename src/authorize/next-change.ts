import { grantStanding } from './grant-standing.ts';
import type { Asker, PolicyState } from './policy-state.ts';

/**
 * When what `asker` is permitted may change though nobody changes anything: the first instant after
 * `now` at which a grant of the subject expires, or the session outlives one's `session.life`. Epoch
 * milliseconds; infinite when there is none.
 */
export function nextChangeAt({ grants }: PolicyState, asker: Asker, now: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const grant of grants) {
    if (grantStanding(grant, asker, now) === undefined) continue;
    const { expiresAt, sessionLifeMs } = grant;
    const instants =
      sessionLifeMs === undefined || asker.sessionOpenedAt === undefined
        ? [expiresAt]
        : [expiresAt, asker.sessionOpenedAt + sessionLifeMs];
    for (const instant of instants) if (instant > now && instant < next) next = instant;
  }
  return next;
}
