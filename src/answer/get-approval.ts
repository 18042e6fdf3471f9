import type { ApprovalRecord, ApprovalSubject } from '../approve/approval.ts';
import { approvalDigest } from '../approve/approval-digest.ts';
import { type ApprovalEvents, approvalEvents } from '../audit/approval-events.ts';
import { targetFields } from '../audit/call-events.ts';
import type { Flight } from '../dispatch/in-flight.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Decision, Deny, Permit } from '../domain/decision.ts';
import type { JsonObject } from '../domain/json.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { Answering } from './answering.ts';
import { askPerson } from './ask-person.ts';
import type { Use } from './use.ts';
import { waitForApproval } from './wait-for-approval.ts';

/** How often a use gets itself approved: once more when another like it used the first approval up. */
const MAX_ROUNDS = 2;
/** How often an approval is asked for again because state moved meanwhile. */
const MAX_REQUESTS = 3;

/** The approval of one use. */
export interface Approving {
  /** What the approval of the use under a permit is found by. */
  digest(permit: Permit): string;
  /**
   * Has a use approved that was not admitted for want of it, as the rule says (asks for it, asks the person
   * at the client, holds the use open), and admits it then.
   *
   * @returns as `admit`; a deny names what is waited for, or was denied. `gone`: its client went away
   * meanwhile, which is recorded.
   */
  admit<A extends object>(admit: (permit: Permit) => Promise<A | Deny>): Promise<A | Deny | 'gone'>;
}

/** A use with what its approval is bound to. */
export interface AskingApproval {
  readonly incoming: IncomingRequest;
  readonly use: Use;
  readonly broker: Answering;
  /** What goes to the tool server; what is approved, and shown for that. */
  readonly sent: JsonObject;
  readonly events: ApprovalEvents;
}

/**
 * Gets a use approved that its rule lets through once somebody has looked at it. What is approved is
 * everything that goes to the tool server but trace context (see `asApproved`) and answers to questions
 * that it asked, for one session, under one revision of one rule; nothing that a client sends settles
 * it, but the answer to the broker's own question.
 *
 * @param decide decides the use again, as of now.
 */
export function createApproving(
  incoming: IncomingRequest,
  use: Use,
  broker: Answering,
  decide: () => Decision,
): Approving {
  const sent = askedFor(use.params);
  const asking: AskingApproval = {
    incoming,
    use,
    broker,
    sent,
    events: approvalEvents(incoming, use, broker),
  };
  let sentHmac: string | undefined;
  const digestOf = (subject: ApprovalSubject): string => {
    sentHmac ??= broker.hmac(sent);
    return approvalDigest(subject, sentHmac, broker.hmac);
  };
  /** The approval that holds for the use under a permit, made now if there is none. */
  async function find(
    permit: Permit,
    subject: ApprovalSubject,
  ): Promise<ApprovalRecord | Deny | 'stale'> {
    const { store, seal, newId } = broker.approvals;
    const digest = digestOf(subject);
    const now = broker.clock.now();
    const known = await store.current(digest, now);
    if (known !== undefined) return known;
    const id = newId();
    // A URI can hold a secret: it is whole in the digest and in what is sealed.
    const name = targetFields(use.target).resource ?? subject.name;
    const requested = await store.request({
      approval: { ...subject, name, id, digest, sealed: seal.seal(id, sent) },
      epoch: permit.epoch,
      now,
      event: asking.events.requested(permit, permit.terms?.approval?.by ?? 'admin'),
    });
    switch (requested.kind) {
      case 'found':
        return requested.approval;
      case 'stale':
        return 'stale';
      case 'contended':
        return denied(permit, 'store_contended');
      case 'exhausted':
        return denied(permit, 'approvals_exhausted');
    }
  }

  /** Who is asked, and how long it is waited for. */
  async function settle(permit: Permit, waiting: ApprovalRecord, flight: Flight): Promise<void> {
    const { by, waitMs } = permit.terms?.approval ?? {};
    const isSettled = by === 'client' && (await askPerson(asking, permit, waiting, flight));
    if (!isSettled && waitMs !== undefined && !flight.signal.aborted) {
      await waitForApproval(asking, waiting, waitMs, flight.signal);
    }
  }

  /** A permit to admit the use under, or why not. */
  async function obtain(round: number, requests = 1): Promise<Decision | 'gone'> {
    const permit = decide();
    if (permit.kind === 'deny' || permit.terms?.approval === undefined) return permit;
    const subject = subjectOf(incoming, use, permit);
    if (subject === undefined) return denied(permit, 'approval_needed');
    const found = await find(permit, subject);
    if (found === 'stale') {
      // Another revision, or another rule, may permit it now: that is what would be approved.
      if (requests >= MAX_REQUESTS) return denied(permit, 'state_changing');
      return obtain(round, requests + 1);
    }
    if (found.kind === 'deny') return found;
    if (round > MAX_ROUNDS) return denied(permit, 'approval_needed', found);
    if (found.state !== 'pending') return standing(permit, found) ?? permit;
    const flight = broker.inFlight.begin(incoming, permit.request, decide);
    try {
      await settle(permit, found, flight);
      const deny = flight.deny();
      if (deny !== undefined) return { ...deny, approvalId: found.id };
      if (flight.signal.aborted) {
        const left = denied(permit, 'approval_needed', found);
        await broker.refusals.refused(asking.events.left(left));
        return 'gone';
      }
    } finally {
      flight.end();
    }
    const settled = await broker.approvals.store.current(found.digest, broker.clock.now());
    // The right may have gone while somebody looked at it.
    const still = decide();
    return still.kind === 'deny' ? still : (standing(still, settled ?? found) ?? still);
  }

  return {
    digest(permit) {
      const subject = subjectOf(incoming, use, permit);
      return subject === undefined ? '' : digestOf(subject);
    },
    async admit(admit) {
      for (let round = 1; ; round += 1) {
        const permit = await obtain(round);
        if (permit === 'gone' || permit.kind === 'deny') return permit;
        const admission = await admit(permit);
        if (!isUnapproved(admission) || round > MAX_ROUNDS) return admission;
      }
    },
  };
}

/**
 * What somebody looks at. Attack: answers that nobody asked for go along with an approved call. Those to
 * a question come with its state.
 */
function askedFor({ _meta, requestState, inputResponses, ...plain }: JsonObject): JsonObject {
  const isAsked = requestState !== undefined || inputResponses === undefined;
  return isAsked ? plain : { ...plain, inputResponses };
}

/** Whether a use was not admitted for want of an approval. */
export const isUnapproved = (admission: object): boolean =>
  'reason' in admission && admission.reason === 'approval_needed';

/** What is to be said of a use whose approval is in this state; `undefined` when it may go on. */
function standing(permit: Permit, approval: ApprovalRecord): Deny | undefined {
  switch (approval.state) {
    case 'approved':
      return undefined;
    case 'denied':
      return { ...denied(permit, 'approval_denied', approval), retryAt: approval.expiresAt };
    case 'pending':
    case 'used':
      return denied(permit, 'approval_needed', approval);
  }
}

const denied = (permit: Permit, reason: DenyReason, approval?: ApprovalRecord): Deny => ({
  kind: 'deny',
  request: permit.request,
  epoch: permit.epoch,
  rule: permit.rule,
  reason,
  ...(approval === undefined ? {} : { approvalId: approval.id }),
});

/** Only what is used with arguments can be approved: the rest is listed, and asks for nothing. */
function subjectOf(
  { principal }: IncomingRequest,
  { target, method }: Use,
  { rule, definitionHash }: Permit,
): ApprovalSubject | undefined {
  const name = nameOf(target);
  if (name === undefined) return undefined;
  const { grant, revision, index, file, line } = rule;
  return {
    session: principal.sessionId,
    subject: principal.subject,
    ...(principal.client === undefined ? {} : { client: principal.client }),
    server: target.server,
    ...name,
    method,
    ...(definitionHash === undefined ? {} : { definitionHash }),
    rule: { grant, revision, index, file, line },
  };
}

function nameOf(target: Use['target']): Pick<ApprovalSubject, 'kind' | 'name'> | undefined {
  switch (target.kind) {
    case 'tool':
      return { kind: 'tool', name: target.tool };
    case 'prompt':
      return { kind: 'prompt', name: target.prompt };
    case 'resource':
      return { kind: 'resource', name: target.uri };
    case 'template':
    case 'server':
      return undefined;
  }
}
