import type { ServerOffer } from '../domain/catalog-record.ts';
import type { Decision, Deny, Permit } from '../domain/decision.ts';
import type { Era } from '../domain/era.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';
import type { ToolServerConnection } from './tool-server.ts';

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
}

/** How a permitted call's way to the tool server and back ended. */
export type DispatchEnd =
  | {
      readonly kind: 'replied';
      readonly reply: RpcReply;
      readonly era: Era;
      readonly serverInfo: JsonObject;
    }
  | { readonly kind: 'cancelled' }
  /** The right was gone before a byte left. */
  | { readonly kind: 'denied'; readonly deny: Deny };

const WRITES_AT_MOST = 3;

/**
 * Sends one admitted call to its tool server and waits for the answer.
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
  readonly signal: AbortSignal;
  readonly onProgress?: (params: JsonObject) => void;
  readonly acquire: () => Promise<Lease>;
  readonly observe: (offer: ServerOffer) => Promise<unknown>;
  readonly epoch: () => number;
  readonly decideAgain: () => Promise<Decision>;
}): Promise<DispatchEnd> {
  if (call.signal.aborted) return { kind: 'cancelled' };
  const lease = await call.acquire().catch((error: unknown) => {
    // Given up, not broken: whoever aborted gets to say why.
    if (call.signal.aborted) return undefined;
    throw error;
  });
  if (lease === undefined) return { kind: 'cancelled' };
  try {
    const { connection } = lease;
    await call.observe(connection.offer);
    for (let writes = 1; ; writes += 1) {
      const permit = await call.decideAgain();
      if (permit.kind === 'deny') return { kind: 'denied', deny: permit };
      const { target } = call.receipt;
      if (target.kind === 'tool' && !offers(connection, target.tool)) {
        return denied(permit, 'tool_unknown');
      }
      const permitEpoch = permit.epoch;
      const reply = await connection.call(call.receipt, call.params, {
        signal: call.signal,
        mayWrite: () => call.epoch() === permitEpoch,
        ...(call.onProgress === undefined ? {} : { onProgress: call.onProgress }),
      });
      if (reply.kind === 'cancelled') return { kind: 'cancelled' };
      if (reply.kind !== 'not_sent') {
        const { era, serverInfo } = connection.offer;
        return { kind: 'replied', reply, era, serverInfo };
      }
      // Read anew before the call was held back: what differs is quarantined for everybody.
      await call.observe(connection.offer);
      if (call.epoch() === permitEpoch) return denied(permit, 'tool_drifted');
      if (writes >= WRITES_AT_MOST) return denied(permit, 'state_changing');
    }
  } finally {
    lease.release();
  }
}

const offers = (connection: ToolServerConnection, tool: string): boolean =>
  connection.offer.tools.some((definition) => stringMember(definition, 'name') === tool);

const denied = (
  permit: Permit,
  reason: 'tool_unknown' | 'tool_drifted' | 'state_changing',
): DispatchEnd => ({
  kind: 'denied',
  deny: { kind: 'deny', request: permit.request, epoch: permit.epoch, rule: permit.rule, reason },
});
