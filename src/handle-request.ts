import { admit } from './admit/admit.ts';
import { release } from './admit/release.ts';
import type { Answering } from './answering.ts';
import { callEvents } from './audit/call-events.ts';
import { refuseParamHeaders } from './check-param-headers.ts';
import { clientHooks } from './client-hooks.ts';
import { dispatchCall } from './dispatch/dispatch-call.ts';
import type { BrokerReply, IncomingRequest } from './domain/broker.ts';
import type { Deny } from './domain/decision.ts';
import { errorCode } from './domain/errors.ts';
import { inspectReply } from './inspect/inspect-reply.ts';
import { scrubReply } from './inspect/scrub-reply.ts';
import { ownToEra, replyToEra } from './respond/reply-era.ts';
import { respondToRefusal } from './respond/respond.ts';
import { failureReply } from './respond/rpc-errors.ts';
import { narrowed, type Use } from './use.ts';

/**
 * The story of a use, whatever is used: authenticated at the face, then decide, admit, dispatch,
 * inspect, release, respond. The only holder of a tool server. Every way out is recorded.
 */
export async function handleUse(
  incoming: IncomingRequest,
  use: Use,
  broker: Answering,
): Promise<BrokerReply> {
  const { server } = use.target;
  const events = callEvents(incoming, use, broker);
  const refuse = (deny: Deny) =>
    ownToEra(
      respondToRefusal(deny.reason, use.refused),
      use.method,
      incoming.era,
      broker.serverInfo,
    );
  try {
    const decision = await broker.decideUse(incoming, use);
    if (decision.kind === 'deny') {
      await broker.refusals.refused(events.refused(decision));
      return refuse(decision);
    }
    // Not before it is permitted: what a header should say would tell what exists.
    const mismatch = await refuseParamHeaders(incoming, use, broker);
    if (mismatch !== undefined) return mismatch;

    const decideAgain = () => broker.decide(incoming.principal, decision.request);
    const admission = await admit(broker.store, {
      principal: incoming.principal,
      target: use.target,
      method: use.method,
      permit: decision,
      intent: events.intent,
      decideAgain,
    });
    if ('kind' in admission) {
      await broker.refusals.refused(events.refused(admission));
      return refuse(admission);
    }

    const { receipt, permit } = admission;
    const flight = broker.inFlight.begin(incoming, permit.request, decideAgain);
    try {
      const end = await dispatchCall({
        receipt,
        params: use.params,
        hooks: {
          signal: flight.signal,
          ...clientHooks(incoming, use, broker, decideAgain),
        },
        acquire: () => broker.acquire(server, incoming.principal, flight.signal),
        observe: (offer) => broker.catalog.observe(server, offer),
        epoch: () => broker.store.epoch(),
        decideAgain,
      });
      if (end.kind === 'cancelled') {
        const deny = flight.deny();
        await broker.outcome(events.ended(receipt, deny ?? 'cancelled'));
        return deny === undefined ? { kind: 'cancelled' } : refuse(deny);
      }
      if (end.kind === 'denied') {
        await broker.outcome(events.ended(receipt, end.deny, 'refused'));
        return refuse(end.deny);
      }

      const inspected = inspectReply(end.reply, end.era);
      if (inspected.kind === 'asks') {
        const deny = await broker.refuseAsks(incoming, server, inspected.asks);
        await broker.outcome(events.ended(receipt, deny));
        return refuse(deny);
      }

      const { outcome } = inspected;
      const whole = scrubReply(inspected.reply, broker.scrub);
      let reply = whole;
      const withheld = await release(broker.store, {
        principal: incoming.principal,
        async decide() {
          const decide = await broker.decider(incoming.principal);
          reply = narrowed(whole, use, decide);
          return decide(permit.request);
        },
        outcome: () => events.released(receipt, reply, outcome),
      });
      if (withheld !== undefined) {
        await broker.outcome(events.ended(receipt, withheld));
        return refuse(withheld);
      }
      return replyToEra({
        reply,
        method: use.method,
        from: end.era,
        to: incoming.era,
        serverInfo: broker.scrub(end.serverInfo),
      });
    } catch (error) {
      broker.log.error({ code: errorCode(error), server, error }, 'use failed');
      await broker.outcome(events.failed(receipt, errorCode(error)));
      return failureReply(error);
    } finally {
      flight.end();
    }
  } catch (error) {
    broker.log.error({ code: errorCode(error), error }, 'use failed before its intent');
    await broker.refusals.refused(events.notAdmitted(errorCode(error)));
    return failureReply(error);
  }
}
