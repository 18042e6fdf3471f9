import { admit } from './admit/admit.ts';
import { release } from './admit/release.ts';
import type { Answering } from './answering.ts';
import { createAsker } from './ask-client.ts';
import { callEvents } from './audit/call-events.ts';
import { refuseParamHeaders } from './check-param-headers.ts';
import { clientHooks } from './client-hooks.ts';
import { dispatchCall } from './dispatch/dispatch-call.ts';
import type { UseTarget } from './domain/access-request.ts';
import type { BrokerReply, IncomingRequest } from './domain/broker.ts';
import type { Deny } from './domain/decision.ts';
import { errorCode } from './domain/errors.ts';
import type { JsonObject } from './domain/json.ts';
import type { RpcReply } from './domain/json-rpc.ts';
import type { SpentLimit } from './domain/session-limits.ts';
import { outcomeOf } from './inspect/inspect-reply.ts';
import { scrubReply } from './inspect/scrub-reply.ts';
import { passAsks } from './pass-asks.ts';
import { passTasks } from './pass-tasks.ts';
import { readRetry } from './read-retry.ts';
import { toEra } from './respond/era-form.ts';
import { ownToEra, replyToEra } from './respond/reply-era.ts';
import { type Refused, respondToRefusal } from './respond/respond.ts';
import { failureReply } from './respond/rpc-errors.ts';
import { narrowed, type Use } from './use.ts';

/** The story's end when the tool server asks for input in its result, in the form of 2026. */
export interface InputReply {
  readonly kind: 'input_required';
  readonly result: JsonObject;
  /** What is used, and how a refusal of it is put. */
  readonly target: UseTarget;
  readonly refused: Refused;
}

/** How the story of a use ends. */
export type UseReply = BrokerReply | InputReply;

/**
 * The story of a use, whatever is used: authenticated at the face, then decide, admit, dispatch,
 * inspect, release, respond. The only holder of a tool server. Every way out is recorded.
 */
export async function handleUse(
  incoming: IncomingRequest,
  use: Use,
  broker: Answering,
): Promise<UseReply> {
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

    const argsHmac = () => broker.hmac(use.args);
    const retry = await readRetry(incoming, use, decision, argsHmac, broker);
    if ('reason' in retry) {
      await broker.refusals.refused(events.refused(retry));
      return refuse(retry);
    }

    const spent = new Map<string, SpentLimit>();
    const decideAgain = () => broker.decide(incoming.principal, decision.request, spent);
    const admission = await admit(broker.store, {
      principal: incoming.principal,
      target: use.target,
      method: use.method,
      permit: decision,
      intent: events.intent,
      decideAgain,
      spent,
    });
    if ('kind' in admission) {
      await broker.refusals.refused(events.refused(admission));
      return refuse(admission);
    }

    const { receipt, permit } = admission;
    const flight = broker.inFlight.begin(incoming, permit.request, decideAgain);
    const asker = createAsker({ incoming, receipt, flight }, broker);
    try {
      const gone = await asker.bringAlong(retry.answers, decideAgain);
      if (gone !== undefined) {
        await broker.outcome(events.ended(receipt, gone, 'refused'));
        return refuse(gone);
      }
      const capabilities = await broker.capabilitiesShownTo(server, incoming);
      const end = await dispatchCall({
        receipt,
        params: retry.params,
        hooks: {
          signal: flight.signal,
          ...clientHooks(incoming, use, broker, decideAgain),
          capabilities,
          onAsk: asker.ask,
        },
        acquire: () => broker.acquire(server, incoming.principal, flight.signal, capabilities),
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

      const asks = await passAsks(end, { incoming, receipt, flight, argsHmac }, asker, broker);
      if (asks?.kind === 'deny') {
        await broker.outcome(events.ended(receipt, asks));
        return refuse(asks);
      }
      const outcome = outcomeOf(end.reply);
      const scrubbed = asks?.reply ?? scrubReply(end.reply, broker.scrub);
      const whole = passTasks(scrubbed, end.era, incoming, receipt, broker);
      let reply: RpcReply = whole;
      const withheld = await release(broker.store, {
        principal: incoming.principal,
        async decide() {
          const decide = await broker.decider(incoming.principal, spent);
          reply = narrowed(whole, use, decide);
          return decide(permit.request);
        },
        outcome: () => events.released(receipt, reply, outcome),
      });
      if (withheld !== undefined) {
        await broker.outcome(events.ended(receipt, withheld));
        return refuse(withheld);
      }
      const serverInfo = broker.scrub(end.serverInfo);
      if (asks?.kind === 'input' && reply.kind === 'result') {
        const result = toEra(reply.result, use.method, '2026', '2026', serverInfo);
        return { kind: 'input_required', result, target: use.target, refused: use.refused };
      }
      if (asks?.kind === 'error') return asks.reply;
      return replyToEra({
        reply,
        method: use.method,
        from: end.era,
        to: incoming.era,
        serverInfo,
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
