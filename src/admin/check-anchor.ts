import { type Anchor, advanceAnchor, holdsAnchor, resetAnchor } from '../audit/anchor.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';

type Anchored = Pick<AdminContext, 'anchor' | 'events' | 'admission' | 'actor'>;

const stateOf = ({ events, admission }: Anchored) => ({
  events,
  epoch: () => admission.epoch(),
});

/** The local anchor, when the database does not hold it: it is another one, or an older state. */
export async function lostAnchor(context: Anchored): Promise<Anchor | undefined> {
  const anchor = await context.anchor.read();
  if (anchor === undefined || (await holdsAnchor(anchor, stateOf(context)))) return undefined;
  return anchor;
}

/**
 * Makes sure that the database is not older than its local anchor, before a broker serves from it.
 *
 * @param accepts goes on with an older one, as an audited event, and anchors it anew.
 * @throws BrokerError `ERR_STORE_ROLLED_BACK`, `ERR_STATE_UNSAFE`, `ERR_STORE_*`.
 */
export async function checkAnchor(context: Anchored, accepts: boolean): Promise<void> {
  const anchor = await lostAnchor(context);
  if (anchor === undefined) return;
  const { epoch, seq } = anchor;
  if (!accepts) {
    const head = await context.events.head();
    throw new BrokerError(
      'ERR_STORE_ROLLED_BACK',
      `the database is not the one last used, or an older state of it: event ${seq} was seen, it holds ${head?.seq ?? 0}`,
      {
        hint: 'what was revoked since is in force in it: put the right one back, or revoke again and start with --accept-rollback',
      },
    );
  }
  await context.admission.record({
    code: 'TG7005',
    actor: context.actor,
    detail: { anchor: { epoch, seq } },
  });
  await resetAnchor(context.anchor, stateOf(context));
}

/**
 * Moves the local anchor up to the state as it is now.
 *
 * @throws BrokerError `ERR_STATE_UNSAFE`, `ERR_STORE_*`.
 */
export const moveAnchor = (context: Anchored): Promise<void> =>
  advanceAnchor(context.anchor, stateOf(context));
