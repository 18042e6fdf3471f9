import type { UseTarget } from '../domain/access-request.ts';
import type { ServerOffer } from '../domain/catalog-record.ts';
import type { Decision, Deny, Permit } from '../domain/decision.ts';
import type { Era } from '../domain/era.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { CallHooks, ToolServerConnection } from './tool-server.ts';

/** A connection held for the time of one call. */
export interface Lease {
  readonly connection: ToolServerConnection;
  release(): void;
  /**
   * Keeps the connection from being ended as idle beyond the lease, for what goes on without a call: a
   * subscription. It does not keep others from calling. It ends all the same with its session.
   *
   * @returns lets go. Idempotent.
   */
  keep(): () => void;
  /**
   * Says that the call waits for a client that has no request open and may never come back. Others of
   * its session that would wait for the connection get another, as far as there may be more.
   *
   * @returns the call goes on. Idempotent.
   */
  hold(): () => void;
}

/** How a permitted use's way to the tool server and back ended. */
export type DispatchEnd =
  | {
      readonly kind: 'replied';
      readonly reply: RpcReply;
      readonly era: Era;
    }
  | { readonly kind: 'cancelled' }
  /** The right was gone before a byte left. */
  | { readonly kind: 'denied'; readonly deny: Deny };

const WRITES_AT_MOST = 3;

/**
 * Sends one admitted use to its tool server and waits for the answer.
 *
 * The server's definitions are compared before anything is sent. A server may take long to start, so
 * the decision is taken again once it is there: a grant or session that ran out meanwhile moves no
 * epoch. The epoch is read again synchronously right before the write: when state moved, the decision
 * is taken again first.
 *
 * @throws BrokerError for broken machinery; nothing else.
 */
export async function dispatchCall(call: {
  readonly receipt: IntentReceipt;
  readonly params: JsonObject;
  /** What the call may report and ask while it runs. */
  readonly hooks: Omit<CallHooks, 'mayWrite'>;
  readonly acquire: () => Lease | Promise<Lease>;
  /** Told of the connection as soon as it is lent. */
  readonly onLent: (lease: Lease) => void;
  readonly isObserved: (offer: ServerOffer) => boolean;
  readonly observe: (offer: ServerOffer) => Promise<unknown>;
  readonly epoch: () => number;
  readonly decideAgain: () => Decision;
  /** Sees the reply while the connection is still lent. */
  readonly onReply: (reply: RpcReply, lease: Lease) => void;
}): Promise<DispatchEnd> {
  if (call.hooks.signal.aborted) return { kind: 'cancelled' };
  let lease: Lease;
  try {
    const lending = call.acquire();
    lease = lending instanceof Promise ? await lending : lending;
  } catch (error) {
    // Given up, not broken: whoever aborted gets to say why.
    if (call.hooks.signal.aborted) return { kind: 'cancelled' };
    // Not started because it is another server than was approved: that took the right away.
    const now = call.decideAgain();
    if (now.kind === 'deny') return { kind: 'denied', deny: now };
    throw error;
  }
  try {
    call.onLent(lease);
    const { connection } = lease;
    if (!call.isObserved(connection.offer)) await call.observe(connection.offer);
    for (let writes = 1; ; writes += 1) {
      const permit = call.decideAgain();
      if (permit.kind === 'deny') return { kind: 'denied', deny: permit };
      const { target } = call.receipt;
      if (!offers(connection.offer, target)) return denied(permit, UNKNOWN[target.kind]);
      const permitEpoch = permit.epoch;
      const reply = await connection.call(call.receipt, call.params, {
        ...call.hooks,
        mayWrite: () => call.epoch() === permitEpoch,
      });
      if (reply.kind === 'cancelled') return { kind: 'cancelled' };
      if (reply.kind !== 'not_sent') {
        const { era } = connection.offer;
        call.onReply(reply, lease);
        return { kind: 'replied', reply, era };
      }
      // Read anew before the call was held back: what differs is quarantined for everybody.
      await call.observe(connection.offer);
      if (call.epoch() === permitEpoch) return denied(permit, DRIFTED[target.kind]);
      if (writes >= WRITES_AT_MOST) return denied(permit, 'state_changing');
    }
  } finally {
    lease.release();
  }
}

/** Whether a running server has what was permitted; what has no definition shows only when used. */
function offers(offer: ServerOffer, target: UseTarget): boolean {
  switch (target.kind) {
    case 'tool':
      return namesIn(offer.tools, 'name').has(target.tool);
    case 'prompt':
      return namesIn(offer.prompts, 'name').has(target.prompt);
    case 'template':
      return namesIn(offer.templates, 'uriTemplate').has(target.template);
    case 'resource':
    case 'server':
      return true;
  }
}

/** Names of a list, which never changes: a server that is read anew has a new one. */
const names = new WeakMap<readonly JsonObject[], ReadonlySet<string | undefined>>();

function namesIn(items: readonly JsonObject[], key: string): ReadonlySet<string | undefined> {
  const known = names.get(items);
  if (known !== undefined) return known;
  const found = new Set(items.map((definition) => stringMember(definition, key)));
  names.set(items, found);
  return found;
}

const UNKNOWN: Readonly<Record<UseTarget['kind'], DenyReason>> = {
  tool: 'tool_unknown',
  prompt: 'item_unknown',
  template: 'item_unknown',
  resource: 'item_unknown',
  server: 'server_unknown',
};

/** Why a connection held a use back: for what has no definition, because state moved. */
const DRIFTED: Readonly<Record<UseTarget['kind'], DenyReason>> = {
  tool: 'tool_drifted',
  prompt: 'item_drifted',
  template: 'item_drifted',
  resource: 'state_changing',
  server: 'state_changing',
};

const denied = (permit: Permit, reason: DenyReason): DispatchEnd => ({
  kind: 'denied',
  deny: { kind: 'deny', request: permit.request, epoch: permit.epoch, rule: permit.rule, reason },
});
