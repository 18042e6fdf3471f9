import type { AccessRequest } from './access-request.ts';
import type { Decision } from './decision.ts';

/**
 * A decision on what goes on already. State that cannot be read stops it, as it would have refused it
 * when it began.
 */
export function decideOrDeny(request: AccessRequest, decide: () => Decision): Decision {
  try {
    return decide();
  } catch {
    return { kind: 'deny', request, epoch: 0, reason: 'state_unreadable' };
  }
}
