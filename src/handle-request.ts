import { type Admission, admit, nothingSpent } from './admit/admit.ts';
import { release } from './admit/release.ts';
import type { Answering } from './answer/answering.ts';
import { approvedInfo } from './answer/approved-info.ts';
import { createAsker } from './answer/ask-client.ts';
import { findMismatch, refuseMismatch } from './answer/check-param-headers.ts';
import { clientHooks } from './answer/client-hooks.ts';
import { createApproving, isUnapproved } from './answer/get-approval.ts';
import { askingOf, type PassedAsks, passAsks } from './answer/pass-asks.ts';
import { noteTask, passTasks } from './answer/pass-tasks.ts';
import { decideRetry, type Retry, readRetry } from './answer/read-retry.ts';
import { asApproved, narrowed, type Use } from './answer/use.ts';
import {
  isWatched,
  monitoredUse,
  type Watched,
  watchRefusal,
  watchUse,
} from './answer/watch-use.ts';
import { type CallEvents, callEvents, saidBy } from './audit/call-events.ts';
import { type DispatchEnd, dispatchCall, type Lease } from './dispatch/dispatch-call.ts';
import type { UseTarget } from './domain/access-request.ts';
import type { BrokerReply, IncomingRequest } from './domain/broker.ts';
import type { Decision, Deny, Permit } from './domain/decision.ts';
import { errorCode } from './domain/errors.ts';
import type { Json, JsonObject } from './domain/json.ts';
import type { RpcReply } from './domain/json-rpc.ts';
import { once } from './domain/once.ts';
import type { Spent } from './domain/session-limits.ts';
import { boundResult } from './inspect/bound-result.ts';
import { outcomeOf } from './inspect/inspect-reply.ts';
import type { Inspection } from './inspect/inspection.ts';
import { scrubReply } from './inspect/scrub-reply.ts';
import { PASS } from './monitor/judged.ts';
import { toEra } from './respond/era-form.ts';
import { ownToEra, replyToEra } from './respond/reply-era.ts';
import { type Refused, respondToRefusal } from './respond/respond.ts';
import { failureReply } from './respond/rpc-errors.ts';

/** The story's end when the tool server asks for input in its result, in the form of 2026. */
export interface InputReply {
  readonly kind: 'input_required';
  readonly result: JsonObject;
  /** What is used, and how a refusal of it is put. */
  readonly target: UseTarget;
  readonly refused: Refused;
  /** What was spent when the use was admitted. */
  readonly spent: Spent;
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
  const { principal } = incoming;
  const events = callEvents(incoming, use, broker);
  const refused = async (deny: Deny): Promise<UseReply> => {
    await broker.refusals.refused(events.refused(deny));
    return refusalOf(deny, incoming, use, broker);
  };
  const noticed = async (deny: Deny): Promise<UseReply> => {
    const reply = await refused(deny);
    await watchRefusal(incoming, use, deny, broker);
    return reply;
  };
  try {
    const decision = broker.isUnseen(use.target.server)
      ? await broker.decideFirstUse(incoming, use)
      : broker.decideUse(incoming, use);
    if (decision.kind === 'deny') return await noticed(decision);
    // Not before it is permitted: what a header should say would tell what exists.
    const mismatch = findMismatch(incoming, use, broker);
    if (mismatch !== undefined) return await refuseMismatch(mismatch, incoming, use, broker);
    const argsHmac = () => broker.hmac(use.args);
    const retry = readRetry(incoming, use, decision, argsHmac, broker);
    if ('reason' in retry) return await refused(retry);
    const argsBytes = events.argsBytes ?? broker.sizeOf(use.args);
    const monitored = monitoredUse(incoming, use, decision, argsBytes, broker);
    const judging = isWatched(use) ? broker.monitor.judge(monitored) : PASS;
    const judged = judging instanceof Promise ? await judging : judging;
    const watched = watchUse(monitored, judged, use, broker);
    const permit = watched.narrow(decision);
    if (permit.kind === 'deny') return await refused(permit);

    const spent = nothingSpent();
    const decideAgain = () => watched.narrow(broker.decideAgain(principal, decision, spent));
    const approving = once(() => createApproving(incoming, use, broker, decideAgain));
    const admitUnder = (permit: Permit) =>
      admit(broker.store, {
        principal,
        target: use.target,
        method: use.method,
        permit,
        intent: events.intent,
        decideAgain,
        spent,
        approval: (permit) => approving().digest(permit),
        continues: retry.continues,
        maxResultBytes: use.maxResultBytes,
      });
    const first = await admitUnder(permit);
    const admission = isUnapproved(first) ? await approving().admit(admitUnder) : first;
    if (admission === 'gone') return { kind: 'cancelled' };
    if ('kind' in admission) return await noticed(admission);
    const noting = watched.admitted(admission.receipt.seq);
    if (noting !== undefined) await noting;
    return await carryOut(
      { incoming, use, events, retry, argsHmac, watched, ...admission },
      broker,
    );
  } catch (error) {
    broker.log.error({ code: errorCode(error), error }, 'use failed before its intent');
    await broker.refusals.refused(events.notAdmitted(errorCode(error)));
    return failureReply(error);
  }
}

/** A use whose intent is durable. */
interface Admitted extends Admission {
  readonly incoming: IncomingRequest;
  readonly use: Use;
  readonly events: CallEvents;
  readonly retry: Retry;
  readonly watched: Watched;
  readonly argsHmac: () => string;
}

/** What the client is told of a reply that was released, in the form of its era. */
function told(
  reply: RpcReply,
  asks: PassedAsks | undefined,
  end: Extract<DispatchEnd, { readonly kind: 'replied' }>,
  { incoming, use, spent }: Admitted,
  serverInfo: JsonObject,
): UseReply {
  const { method, target, refused } = use;
  if (asks?.kind === 'input' && reply.kind === 'result') {
    const result = toEra(reply.result, method, '2026', '2026', serverInfo);
    return { kind: 'input_required', result, target, refused, spent };
  }
  if (asks?.kind === 'error') return asks.reply;
  return replyToEra({ reply, method, from: end.era, to: incoming.era, serverInfo });
}

/** The rest of the story: from a durable intent to a durable outcome, and what the client is told. */
async function carryOut(admitted: Admitted, broker: Answering): Promise<UseReply> {
  const { incoming, use, events, retry, watched, argsHmac, spent, receipt, permit } = admitted;
  const { server } = use.target;
  const decideAgain = () => broker.decideAgain(incoming.principal, permit, spent);
  const flight = broker.inFlight.begin(incoming, permit.request, decideAgain);
  const ended = async (deny: Deny, outcome?: 'refused', detail?: Json): Promise<UseReply> => {
    await broker.outcome({ ...events.ended(receipt, deny, outcome), ...detailField(detail) });
    await watchRefusal(incoming, use, deny, broker);
    return refusalOf(deny, incoming, use, broker);
  };
  const stopped = async (why: 'cancelled' | 'unclaimed'): Promise<UseReply> => {
    const deny = flight.deny();
    if (deny !== undefined) return ended(deny);
    await broker.outcome(events.ended(receipt, why));
    return { kind: 'cancelled' };
  };
  try {
    const capabilities = broker.capabilitiesShownTo(server, incoming, spent);
    let lease: Lease | undefined;
    const hold = () => lease?.hold() ?? (() => {});
    const running = { incoming, receipt, permit, flight, capabilities, spent, argsHmac, hold };
    const asker = once(() => createAsker(running, broker));
    const decideSending = decideRetry(retry, incoming, server, broker, decideAgain);
    if (retry.answers !== undefined) {
      const gone = await asker().bringAlong(retry.answers, decideSending);
      if (gone !== undefined) return await ended(gone, 'refused');
    }
    const end = await dispatchCall({
      receipt,
      params: permit.terms?.approval === undefined ? retry.params : asApproved(retry.params),
      hooks: {
        signal: flight.signal,
        ...clientHooks(incoming, use, broker, decideAgain),
        capabilities,
        onAsk: (question, signal) => asker().ask(question, signal),
      },
      acquire: () => broker.acquire(server, incoming.principal, flight.signal, capabilities),
      onLent: (lent) => {
        lease = lent;
      },
      isObserved: broker.catalog.isObserved,
      observe: (offer) => broker.catalog.observe(server, offer),
      epoch: () => broker.store.epoch(),
      decideAgain: decideSending,
      onReply: (reply, lent) => noteTask(reply, lent, running, use, broker),
    });
    if (end.kind === 'denied') return await ended(end.deny, 'refused');
    if (end.kind === 'cancelled') return await stopped('cancelled');
    // What nobody waits for yet is kept unreleased: its right is decided when its client comes back.
    const awaited = incoming.isAwaited?.(flight.signal) ?? true;
    if (awaited !== true && !(await awaited)) return await stopped('unclaimed');

    const asking = askingOf(end, receipt);
    const passed =
      asking === undefined ? undefined : await passAsks(asking, end.era, running, asker(), broker);
    if (passed?.kind === 'deny') return await ended(passed);
    const serverInfo = approvedInfo(server, broker);
    const scrubbed = passed?.reply ?? scrubReply(end.reply, broker.scrub);
    // Intentionally narrowed first: a mark would tell of what no rule gives.
    const granted =
      use.narrow === undefined
        ? scrubbed
        : narrowed(scrubbed, use, broker.decider(incoming.principal, spent));
    const looked: Inspection =
      passed === undefined ? broker.inspect(use, granted) : { reply: granted };
    const { detail } = looked;
    if (looked.withheld !== undefined) {
      const { request, epoch, rule } = permit;
      return await ended(
        { kind: 'deny', request, epoch, rule, reason: 'result_withheld' },
        undefined,
        detail,
      );
    }
    const noting = watched.brings(looked);
    if (noting !== undefined) await noting;
    const whole = passTasks(looked.reply, end.era, incoming, receipt, broker);
    let reply: RpcReply = whole;
    let resultBytes = 0;
    const withheld = await release(broker.store, {
      principal: incoming.principal,
      decide() {
        let decision: Decision;
        if (use.narrow === undefined) decision = decideAgain();
        else {
          // As of one state: what of it is released, and that it is.
          const decide = broker.decider(incoming.principal, spent);
          reply = narrowed(whole, use, decide);
          decision = decide(permit.request);
        }
        return boundResult(decision, receipt, () => broker.sizeOf(saidBy(reply)));
      },
      outcome() {
        const released = events.released(receipt, reply, outcomeOf(end.reply));
        resultBytes = released.resultBytes ?? 0;
        return { ...released, ...detailField(detail) };
      },
    });
    if (withheld !== undefined) {
      // A task it was made into is nobody's.
      void broker.tasks.drain();
      return await ended(withheld);
    }
    const learning = watched.ended({ resultBytes, isError: outcomeOf(end.reply) !== 'ok' });
    if (learning !== undefined) await learning;
    return told(reply, passed, end, admitted, serverInfo);
  } catch (error) {
    broker.log.error({ code: errorCode(error), server, error }, 'use failed');
    await broker.outcome(events.failed(receipt, errorCode(error)));
    await watched.ended({ resultBytes: 0, isError: true });
    return failureReply(error);
  } finally {
    flight.end();
  }
}

/** What inspection found, as an event holds it. */
const detailField = (detail: Json | undefined) => (detail === undefined ? {} : { detail });

/** What the client is told of a refusal, in the form of its era. */
const refusalOf = (
  deny: Deny,
  { era }: IncomingRequest,
  { method, refused }: Use,
  { serverInfo }: Answering,
): UseReply => ownToEra(respondToRefusal(deny.reason, refused, deny), method, era, serverInfo);
