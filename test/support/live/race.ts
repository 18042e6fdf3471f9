import { randomInt } from 'node:crypto';
import type { AuditEvent } from '../../../src/domain/event.ts';
import type { Answer } from './stdio-client.ts';

/** Whatever can send a request: the HTTP or the stdio client. */
export interface Asks {
  ask(message: {
    readonly id: string | number;
    readonly [more: string]: unknown;
  }): Promise<Answer | undefined>;
}

/** What clients saw of calls that raced a revocation. Calls are named by their request id. */
export interface Race {
  /** Calls whose result a client got. */
  readonly delivered: readonly string[];
  /** Calls begun after the revocation had returned. */
  readonly begunAfter: readonly string[];
}

/** A `tools/call` of the controlled tool server's. */
export const callOf = (id: string, tool = 's__work', args: object = {}) => ({
  id,
  method: 'tools/call',
  params: { name: tool, arguments: { ...args, nonce: id } },
});

/** Whether an answer is a tool's result. */
export const isResult = (answer: Answer | undefined): boolean => answer?.result !== undefined;

/**
 * Lets callers call without a pause, revokes at a moment of chance while they do, and has each of them
 * try three more calls after the revocation has returned. A call that is refused before, because other
 * brokers are busy, is followed by the next one.
 */
export async function raceRevocation(
  client: Asks,
  options: {
    readonly prefix: string;
    readonly callers: number;
    readonly revoke: () => Promise<void>;
  },
): Promise<Race> {
  const delivered: string[] = [];
  const begunAfter: string[] = [];
  let isBegun = false;
  let isRevoked = false;
  const startAt = options.callers + randomInt(4 * options.callers);
  const { promise: underWay, resolve: startRevoking } = Promise.withResolvers<void>();
  const revoked = underWay.then(options.revoke).then(() => {
    isRevoked = true;
  });

  async function callOn(caller: number): Promise<void> {
    let left = 3;
    for (let turn = 0; left > 0; turn += 1) {
      const id = `${options.prefix}-${caller}-${turn}`;
      if (isRevoked) {
        begunAfter.push(id);
        left -= 1;
      }
      const answer = await client.ask(callOf(id, 's__work', { ms: randomInt(30) }));
      if (isResult(answer)) {
        delivered.push(id);
        if (delivered.length === startAt) {
          isBegun = true;
          startRevoking();
        }
      } else if (isBegun) await revoked;
    }
  }
  await Promise.all(Array.from({ length: options.callers }, (_, caller) => callOn(caller)));
  await revoked;
  return { delivered, begunAfter };
}

const RELEASED: ReadonlySet<string | undefined> = new Set(['ok', 'tool_error', 'rpc_error']);

/** What a log says of one session or grant that was revoked, read without the product's own check. */
export interface Aftermath {
  readonly revokedAt: number;
  /** Intents and released results sequenced after the revocation. */
  readonly after: readonly AuditEvent[];
  /** Request ids of calls whose result was released. */
  readonly released: ReadonlySet<string>;
  /** Calls in flight that the revocation stopped. */
  readonly stopped: number;
  /** Intents without an outcome. */
  readonly open: number;
}

/**
 * Reads what a log says of a revoked session (`ses_…`) or grant; `haltedAt` is the seq of the halt that
 * ended a session instead.
 */
export function aftermath(events: readonly AuditEvent[], revoked: string, haltedAt = 0): Aftermath {
  const intents = new Map<number, AuditEvent>();
  const closed = new Set<number>();
  const released = new Set<string>();
  const after: AuditEvent[] = [];
  let revokedAt = haltedAt;
  const isAfter = ({ seq }: AuditEvent): boolean => revokedAt > 0 && seq > revokedAt;
  let stopped = 0;
  for (const event of events) {
    const detail = event.detail as { grant?: string } | undefined;
    const isSession = event.code === 'TG2003' && event.session === revoked;
    if (isSession || (event.code === 'TG3003' && detail?.grant === revoked)) revokedAt = event.seq;
    const intent = event.code === 'TG1002' ? intents.get(event.intent ?? -1) : undefined;
    if (event.code === 'TG1001' && (event.session === revoked || event.rule?.grant === revoked)) {
      intents.set(event.seq, event);
      if (isAfter(event)) after.push(event);
    } else if (intent !== undefined) {
      closed.add(intent.seq);
      if (RELEASED.has(event.outcome)) {
        released.add(intent.requestId ?? '');
        if (isAfter(event)) after.push(event);
      } else stopped += 1;
    }
  }
  return { revokedAt, after, released, stopped, open: intents.size - closed.size };
}
