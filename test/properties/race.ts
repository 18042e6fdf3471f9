import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { revokeGrant } from '../../src/admin/revoke-grant.ts';
import { revokeSession } from '../../src/admin/revoke-session.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import type { BrokerReply } from '../../src/domain/broker.ts';
import type { AuditEvent } from '../../src/domain/event.ts';
import { newSessionId, newTokenId } from '../../src/domain/ids.ts';
import type { SessionRecord } from '../../src/domain/session-record.ts';
import { principalOf } from '../../src/session/judge-session.ts';
import { publicKey } from '../support/sqlite/test-stores.ts';
import { pausing } from './any-order.ts';
import { createWorld, type World } from './world.ts';

/** A few calls and what is revoked while they run. */
export interface Race {
  readonly brokers: number;
  /** Whether every tool server is started and pinned before. */
  readonly isWarm: boolean;
  /** `grant`: the one over `files`. The one over `git` stays. */
  readonly revokes: 'grant' | 'session' | 'both';
  /** How many turns the admin waits first: a call takes some 40. */
  readonly delay: number;
  readonly calls: readonly {
    readonly broker: number;
    /** 0 is the session that may be revoked, 1 another of the same subject. */
    readonly session: 0 | 1;
    readonly server: 'files' | 'git';
    /** Whether the client cancels on the way. */
    readonly isCancelled: boolean;
  }[];
}

/** Any race. */
export const races: fc.Arbitrary<Race> = fc.record({
  brokers: fc.constantFrom(1, 2),
  isWarm: fc.boolean(),
  revokes: fc.constantFrom('grant', 'session', 'both'),
  delay: fc.nat({ max: 45 }),
  calls: fc.array(
    fc.record({
      broker: fc.nat({ max: 1 }),
      session: fc.constantFrom(0, 1),
      server: fc.constantFrom('files', 'files', 'git'),
      isCancelled: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

/** How one call of a race ended. */
export interface Finish {
  readonly call: Race['calls'][number];
  /** Whether the revocation forbids it. */
  readonly isForbidden: boolean;
  readonly reply: BrokerReply;
  /** Its own events. */
  readonly events: readonly AuditEvent[];
}

/** What a race left behind. */
export interface Aftermath {
  readonly finishes: readonly Finish[];
  readonly verified: { readonly ok: boolean; readonly openIntents: number };
  /** Sequence number of the revocation that was recorded last. */
  readonly revokedSeq: number;
  /**
   * What of a forbidden call was passed on, answered or recorded only after `revoke` returned, or sent
   * after it was committed.
   */
  readonly late: readonly string[];
}

/** Runs a race whose every await on a store, a start or an answer the scheduler decides. */
export async function runRace(race: Race, scheduler: fc.Scheduler): Promise<Aftermath> {
  let isRacing = false;
  const pause = async (what: string) => {
    if (isRacing) await scheduler.schedule(Promise.resolve(), what);
  };
  const world = await createWorld({ pause, wrap: (stores) => pausing(stores, pause) });
  try {
    /** How much had been sent when a revocation was committed: what it forbids stands before. */
    const sentAtCommit = { grant: Number.POSITIVE_INFINITY, session: Number.POSITIVE_INFINITY };
    const { grants, sessions: known } = world.admin;
    const noting = <Method extends (...args: never[]) => Promise<unknown>>(
      revocation: keyof typeof sentAtCommit,
      method: Method,
    ): Method =>
      ((...args) => {
        // Committed when this returns: nobody else holds the database.
        const done = method(...args);
        if (isRacing) sentAtCommit[revocation] = world.servers.sent.length;
        return done;
      }) as Method;
    grants.change = noting('grant', grants.change.bind(grants));
    known.end = noting('session', known.end.bind(known));
    const admin = { ...world.admin, ...pausing(world.admin, pause) };
    for (let left = race.brokers; left > 0; left -= 1) await world.startBroker();
    const sessions = [await openSession(world), await openSession(world)] as const;
    for (const server of ['files', 'git']) await putGrant(world, server);
    const calls = race.calls.map((call) => startable(world, race, call, sessions[call.session]));
    if (race.isWarm)
      for (const broker of world.brokers)
        for (const session of sessions)
          for (const server of ['files', 'git'] as const) {
            const call = { broker: world.brokers.indexOf(broker), server, isCancelled: false };
            await startable(world, race, { ...call, session: 0 }, session).start();
          }

    isRacing = true;
    let hasReturned = false;
    const late: string[] = [];
    const sentBefore = world.servers.sent.length;
    let sentAtReturn = sentBefore;
    let recordedAtReturn: readonly AuditEvent[] = [];
    const revoke = async () => {
      for (let left = race.delay; left > 0; left -= 1) await pause('delay of the admin');
      const ways = [
        ...(race.revokes === 'session' ? [] : [revokeGrant(admin, 'files')]),
        ...(race.revokes === 'grant' ? [] : [revokeSession(admin, sessions[0].id)]),
      ];
      await Promise.all(ways);
      hasReturned = true;
      sentAtReturn = world.servers.sent.length;
      recordedAtReturn = await world.admin.events.query({});
    };
    const answering = calls.map(async ({ call, isForbidden, start }) => {
      const reply = await start((what) => {
        if (hasReturned && isForbidden) late.push(what);
      });
      if (hasReturned && isForbidden && isResult(reply)) late.push('a result');
      return { call, isForbidden, reply };
    });
    const ends = await scheduler.waitFor(Promise.all([Promise.all(answering), revoke()]));
    await scheduler.waitIdle();
    isRacing = false;
    for (const broker of world.brokers) await broker.settled();

    const events = await world.admin.events.query({});
    const finishes = ends[0].map((end, index) => {
      const own = events.filter((event) => event.requestId === String(index + 1));
      const seqs = own.map(({ seq }) => seq);
      const closing = events.filter(({ intent }) => intent !== undefined && seqs.includes(intent));
      return { ...end, events: [...own, ...closing] };
    });
    for (const [index, { intent }] of world.servers.sent.slice(sentBefore).entries()) {
      const finish = finishes.find(({ events: own }) => own.some(({ seq }) => seq === intent));
      if (finish?.isForbidden === false) continue;
      const place = sentBefore + index;
      if (place >= sentAtReturn) late.push('sent');
      else if (finish?.call.server === 'files' && place >= sentAtCommit.grant) late.push('sent');
      else if (finish?.call.session === 0 && place >= sentAtCommit.session) late.push('sent');
      else if (!recordedAtReturn.some((event) => event.intent === intent)) late.push('recorded');
    }
    const { ok, openIntents } = await verifyAudit(world.admin.events, { publicKey });
    const revocations = events.filter(({ code }) => code === 'TG3003' || code === 'TG2003');
    return {
      finishes,
      verified: { ok, openIntents },
      revokedSeq: Math.max(...revocations.map(({ seq }) => seq)),
      late,
    };
  } finally {
    isRacing = false;
    await world.remove();
  }
}

let requests = 0;

/** A call that is ready to go; its request id is its place among those made in this race. */
function startable(
  world: World,
  race: Race,
  call: Race['calls'][number],
  session: SessionRecord,
): {
  readonly call: Race['calls'][number];
  readonly isForbidden: boolean;
  start(onProgress?: (what: string) => void): Promise<BrokerReply>;
} {
  const index = race.calls.indexOf(call);
  requests += 1;
  const id = index < 0 ? `warm-${requests}` : index + 1;
  const isForbidden =
    (race.revokes !== 'session' && call.server === 'files') ||
    (race.revokes !== 'grant' && call.session === 0);
  return {
    call,
    isForbidden,
    async start(onProgress = () => {}) {
      const client = new AbortController();
      const broker = world.brokers[call.broker % world.brokers.length];
      if (broker === undefined) throw new Error('no broker');
      const reply = broker.broker.handle({
        principal: principalOf(session),
        origin: { transport: 'http' },
        era: '2025',
        revision: '2025-11-25',
        clientCapabilities: {},
        request: {
          jsonrpc: '2.0',
          id,
          method: 'tools/call',
          params: { name: `${call.server}__read`, arguments: {}, _meta: { progressToken: 1 } },
        },
        signal: client.signal,
        notify: () => onProgress('progress'),
      });
      if (call.isCancelled) {
        await world.pause('cancel');
        client.abort();
      }
      return reply;
    },
  };
}

async function openSession({ admin, clock }: World): Promise<SessionRecord> {
  const record = {
    id: newSessionId(randomBytes),
    tokenId: newTokenId(randomBytes),
    subject: 'alice',
    openedAt: clock.now(),
    expiresAt: clock.now() + 3_600_000,
    state: 'active',
    calls: 0,
  } as const;
  await admin.sessions.open(record, { code: 'TG2002' });
  return record;
}

async function putGrant({ admin, clock }: World, server: string): Promise<void> {
  const document = {
    id: server,
    subject: 'alice',
    purpose: 'generated',
    expiresAt: clock.now() + 3_600_000,
    rules: [{ effect: 'permit', pattern: `${server}/*`, line: 1 }],
  } as const;
  const file = `grants/${server}.yaml`;
  await admin.grants.change(
    [{ kind: 'put', document, file, event: { code: 'TG3001' } }],
    clock.now(),
  );
}

/** Whether a tool server's own answer is in a reply. */
export const isResult = (reply: BrokerReply): boolean => JSON.stringify(reply).includes('nonce-');
