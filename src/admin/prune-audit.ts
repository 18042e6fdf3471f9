import { MAIN_CHAIN } from '../audit/chain.ts';
import { isSignedBy } from '../audit/checkpoint.ts';
import { signLogStart } from '../audit/log-start.ts';
import { planPrune } from '../audit/plan-prune.ts';
import { LinkCheck } from '../audit/verify.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Checkpoint } from '../domain/event.ts';
import type { Retention } from '../domain/retention.ts';
import type { AdminContext } from './admin-context.ts';
import { checkAnchor, moveAnchor } from './check-anchor.ts';

/** Events read at once: calls wait for no more than a few milliseconds. */
const PAGE = 250;

/** What was removed, or would be: events `from` to `to`. */
export interface Pruned {
  readonly from: number;
  readonly to: number;
  /** Instant of the newest one, epoch microseconds. */
  readonly at: number;
}

/**
 * What would be removed: whole stretches, up to a checkpoint, that every place under `audit.ship` has
 * got. `undefined` when there is nothing.
 *
 * @throws BrokerError `ERR_STORE_FAILED`.
 */
export async function findPrunable(
  context: Pick<AdminContext, 'upkeep' | 'clock' | 'shipments' | 'shipTargets'>,
  retention: Retention,
): Promise<{ readonly from: number; readonly seal: Checkpoint } | undefined> {
  const { upkeep, clock, shipments, shipTargets } = context;
  const extent = await upkeep.extent();
  const sent = await Promise.all(shipTargets.map(({ id }) => shipments.sentTo(id)));
  let seal: Checkpoint | undefined;
  for (const { upTo, before } of planPrune(extent, retention, clock.nowMicros())) {
    const found = await upkeep.checkpointUpTo(Math.min(upTo, ...sent), before);
    if (found !== undefined && found.seq > (seal?.seq ?? 0)) seal = found;
  }
  return seal === undefined ? undefined : { from: extent.first, seal };
}

/**
 * Removes the oldest events, as `retention` says, while brokers run: proves them first, so that nothing is
 * removed that was tampered with, then says so in the log and in a signed statement that stands in for
 * them, and only then removes them.
 *
 * @param actor tells who asked for it; a broker by itself is nobody.
 * @throws BrokerError `ERR_STORE_CORRUPT` for events that do not verify; `ERR_STORE_ROLLED_BACK`,
 * `ERR_NOT_COMMITTED`, `ERR_STORE_*`.
 */
export async function pruneAudit(
  context: AdminContext,
  retention: Retention,
  options: { readonly isByBroker?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Pruned | undefined> {
  const { upkeep, clock, keys, actor } = context;
  const { signal } = options;
  const found = await findPrunable(context, retention);
  if (found === undefined) {
    // What an earlier run began to remove.
    await upkeep.sweep(signal);
    return undefined;
  }
  const { from, seal } = found;
  if (!(await proveUpTo(context, from, seal, signal))) return undefined;
  // It may name one of these events: it would not be found any more, and brokers would not start.
  await checkAnchor(context, false);
  await moveAnchor(context);
  const { seq, hash, at } = seal;
  const facts = { chain: MAIN_CHAIN, seq, hash, at, removedAt: clock.nowMicros() };
  const start = signLogStart(facts, await keys.checkpointKey());
  const isPut = await upkeep.startAfter(start, from - 1, {
    code: 'TG6005',
    ...(options.isByBroker === true ? {} : { actor }),
    detail: { from, to: seq, hash, at },
  });
  // Another process was faster, or a call began in between: the next time.
  if (!isPut) return undefined;
  await upkeep.sweep(signal);
  return { from, to: seq, at };
}

/** @returns `false` when it was aborted. */
async function proveUpTo(
  { events, keys }: AdminContext,
  from: number,
  seal: Checkpoint,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { kid, publicJwk } = await keys.checkpointKey();
  if (seal.kid !== kid || !isSignedBy(seal, publicJwk)) {
    throw unproven(seal.seq, 'the signature of its checkpoint is not valid');
  }
  const before = (await events.start())?.hash;
  const links = new LinkCheck(
    (seq, message) => {
      throw unproven(seq, message);
    },
    from,
    before,
  );
  for await (const page of events.rows(from, PAGE)) {
    if (signal?.aborted === true) return false;
    for (const row of page) {
      links.take(row);
      if (row.seq < seal.seq) continue;
      if (row.seq === seal.seq && row.hash === seal.hash) return true;
      throw unproven(row.seq, 'it is not what its checkpoint says');
    }
  }
  throw unproven(seal.seq, 'it is missing');
}

const unproven = (seq: number, what: string): BrokerError =>
  new BrokerError('ERR_STORE_CORRUPT', `nothing was removed: event ${seq}: ${what}`, {
    hint: 'see `toolgrant audit verify`, and keep a copy of the state',
  });
