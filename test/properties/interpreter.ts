import { randomBytes } from 'node:crypto';
import { revokeGrant } from '../../src/admin/revoke-grant.ts';
import { revokeSession } from '../../src/admin/revoke-session.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import type { GrantChange } from '../../src/authorize/grant-store.ts';
import type { BrokerReply, IncomingRequest } from '../../src/domain/broker.ts';
import { errorCode } from '../../src/domain/errors.ts';
import type { AuditEvent } from '../../src/domain/event.ts';
import { newSessionId, newTokenId } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { DenyReason } from '../../src/domain/reasons.ts';
import { principalOf } from '../../src/session/judge-session.ts';
import { publicKey } from '../support/sqlite/test-stores.ts';
import { approve, editLock, quarantine } from './admin-of-tools.ts';
import { nonceOf } from './memory-servers.ts';
import { hashOf, Model, type ModelSession } from './model.ts';
import { type Operation, type PutGrant, SERVERS, TOOLS } from './operations.ts';
import { same } from './same.ts';
import type { SmallBroker } from './small-broker.ts';
import { createWorld, type World } from './world.ts';

const MAX_BROKERS = 3;

/** What a run came to, so that a test can tell that it tested something. */
export type Tally = Record<
  'called' | 'refused' | 'unapproved' | 'takenOut' | 'ended' | 'drifted' | 'listed' | 'hidden',
  number
>;

/**
 * Runs operations on real brokers and on the model side by side, and throws at the first difference:
 * what is listed, what is called, what the tool servers got, what was recorded.
 */
export async function interpret(operations: readonly Operation[], tally: Tally): Promise<void> {
  const world = await createWorld();
  try {
    const run = new Run(world, tally);
    await run.begin();
    for (const operation of operations) {
      await run.step(operation);
      await run.compareDecisions();
    }
    await run.verify();
  } finally {
    await world.remove();
  }
}

class Run {
  readonly #world: World;
  readonly #tally: Tally;
  readonly #model = new Model();
  readonly #sessions: ModelSession[] = [];
  #lastSeq = 0;
  #requests = 0;
  #starts = 0;

  constructor(world: World, tally: Tally) {
    this.#world = world;
    this.#tally = tally;
  }

  async begin(): Promise<void> {
    await this.#world.startBroker();
    await this.#put({
      id: 'g0',
      subject: 'alice',
      lifeMs: 6_000_000,
      rules: [{ effect: 'permit', pattern: '**' }],
    });
    for (const subject of ['alice', 'alice', 'bob'])
      await this.#open({ op: 'open session', subject, lifeMs: 6_000_000 });
  }

  async step(operation: Operation): Promise<void> {
    const { clock, servers, admin, brokers } = this.#world;
    switch (operation.op) {
      case 'put':
        return this.#put(operation.grant);
      case 'revoke grant':
        return this.#revokeGrant(operation.id);
      case 'reinstate grant':
        return this.#reinstate(operation.id);
      case 'open session':
        return this.#open(operation);
      case 'revoke session': {
        const session = this.#session(operation.session);
        await revokeSession(admin, session.record.id);
        session.isRevoked = true;
        return this.#drained();
      }
      case 'pass time':
        return clock.advance(operation.ms);
      case 'change tool': {
        const { server, tool, version } = operation;
        // A server that offers nothing at all would never be pinned.
        if (tool !== 'read' || version !== undefined) servers.offer(server, tool, version);
        if (!operation.isAnnounced) return;
        servers.announce(server);
        for (const broker of brokers) await broker.settled();
        for (const key of [...this.#model.running.keys()])
          if (key.endsWith(` ${server}`)) this.#model.observe(key, server, servers.offered(server));
        return;
      }
      case 'approve tools':
        return approve(this.#world, this.#model, operation);
      case 'quarantine tools':
        if (await quarantine(this.#world, this.#model, operation)) this.#drained();
        return;
      case 'edit lock':
        if (await editLock(this.#world, this.#model, operation)) this.#drained();
        return;
      case 'start broker':
        if (brokers.length < MAX_BROKERS) await this.#world.startBroker();
        return;
      case 'restart broker': {
        const [broker] = brokers.splice(operation.broker % brokers.length, 1);
        await broker?.close(operation.how);
        for (const key of [...this.#model.running.keys()])
          if (key.startsWith(`${broker?.instance} `)) this.#model.running.delete(key);
        await this.#world.startBroker();
        return;
      }
      case 'list':
        return this.#list(
          this.#broker(operation.broker),
          this.#session(operation.session),
          operation.onlyServer,
        );
      case 'call':
        return this.#call(
          this.#broker(operation.broker),
          this.#session(operation.session),
          operation,
        );
    }
  }

  /** Every broker decides about every tool for every session as the oracle does, whatever it remembers. */
  async compareDecisions(): Promise<void> {
    const now = this.#world.clock.now();
    for (const session of this.#sessions) {
      const asked = SERVERS.flatMap((server) => TOOLS.map((tool) => ({ server, tool })));
      const expected = asked.map(({ server, tool }) =>
        this.#model.permits(session, server, tool, now),
      );
      for (const { answering } of this.#world.brokers) {
        const decide = answering.decider(principalOf(session.record));
        const found = asked.map((ref) => decide({ kind: 'tool', ...ref }).kind === 'permit');
        same(found, expected, 'decisions on every tool of every server');
      }
    }
  }

  /** The audit proves itself, and no call is left open. */
  async verify(): Promise<void> {
    const { ok, problems, openIntents } = await verifyAudit(this.#world.admin.events, {
      publicKey,
    });
    same({ ok, problems, openIntents }, { ok: true, problems: [], openIntents: 0 }, 'verify');
  }

  async #put({ lifeMs, rules, ...grant }: PutGrant): Promise<void> {
    const now = this.#world.clock.now();
    const document = {
      ...grant,
      purpose: 'generated',
      expiresAt: now + lifeMs,
      rules: rules.map((rule, index) => ({ ...rule, line: 5 + index })),
    };
    const file = `grants/${grant.id}.yaml`;
    const change: GrantChange = { kind: 'put', document, file, event: { code: 'TG3001' } };
    const isRevoked = this.#model.tombstones.has(grant.id);
    same(await this.#change(change), isRevoked ? 'ERR_GRANT' : undefined, 'put');
    if (isRevoked) return;
    const revision = (this.#model.grants.get(grant.id)?.revision ?? 0) + 1;
    this.#model.grants.set(grant.id, { ...document, revision, file, appliedAt: now });
  }

  async #revokeGrant(id: string): Promise<void> {
    const isThere = this.#model.grants.has(id) || this.#model.tombstones.has(id);
    const failure = await revokeGrant(this.#world.admin, id).then(() => undefined, errorCode);
    same(failure, isThere ? undefined : 'ERR_NOT_FOUND', 'revoke');
    if (!isThere) return;
    this.#model.tombstones.add(id);
    this.#drained();
  }

  async #reinstate(id: string): Promise<void> {
    const isRevoked = this.#model.tombstones.has(id);
    const failure = await this.#change({ kind: 'reinstate', id, event: { code: 'TG3004' } });
    same(failure, isRevoked ? undefined : 'ERR_NOT_FOUND', 'reinstate');
    this.#model.tombstones.delete(id);
    // As absent as if it had never been applied.
    if (isRevoked) this.#model.grants.delete(id);
  }

  #change(change: GrantChange): Promise<string | undefined> {
    const { admin, clock } = this.#world;
    return admin.grants.change([change], clock.now()).then(() => undefined, errorCode);
  }

  async #open({ subject, client, lifeMs }: Operation & { op: 'open session' }): Promise<void> {
    const { admin, clock } = this.#world;
    const record = {
      id: newSessionId(randomBytes),
      tokenId: newTokenId(randomBytes),
      subject,
      ...(client === undefined ? {} : { client }),
      openedAt: clock.now(),
      expiresAt: clock.now() + lifeMs,
      state: 'active',
      calls: 0,
    } as const;
    await admin.sessions.open(record, { code: 'TG2002' });
    this.#sessions.push({ record, isRevoked: false });
  }

  async #list(broker: SmallBroker, session: ModelSession, onlyServer?: string): Promise<void> {
    const now = this.#world.clock.now();
    const isUsable = this.#model.isUsable(session, now);
    if (onlyServer !== undefined) {
      const isThere = this.#model.reaches(session, onlyServer, now);
      const { principal, origin } = this.#request(session, 'tools/list', {});
      await this.#fresh();
      same(await broker.broker.admitsServer(principal, origin, onlyServer), isThere, 'admits');
      same(codes(await this.#fresh()), isThere ? [] : ['TG1004'], 'events of a refused server');
      if (!isThere) return;
    }
    for (const server of SERVERS)
      if (onlyServer === undefined || onlyServer === server)
        this.#firstUse(broker, session, server);
    await this.#fresh();
    const reply = await this.#ask(broker, this.#request(session, 'tools/list', {}, onlyServer));
    const about = codes(await this.#fresh());
    if (!isUsable) {
      same([reply.kind, about], ['session_ended', ['TG1004']], 'list of a session that ended');
      return;
    }
    const expected = SERVERS.filter((server) => onlyServer === undefined || onlyServer === server)
      .flatMap((server) =>
        [...(this.#model.pinned.get(server)?.keys() ?? [])]
          .filter((tool) => this.#model.permits(session, server, tool, now))
          .map((tool) => (onlyServer === undefined ? `${server}__${tool}` : tool)),
      )
      .sort();
    const tools = reply.kind === 'result' ? (reply.result.tools as readonly JsonObject[]) : [];
    same([reply.kind, tools.map(({ name }) => name)], ['result', expected], 'list');
    same(about, [], 'events of a list');
    this.#tally.listed += expected.length;
    this.#tally.hidden += SERVERS.length * TOOLS.length - expected.length;
  }

  async #call(
    broker: SmallBroker,
    session: ModelSession,
    { server, tool, isPlain }: Operation & { op: 'call' },
  ): Promise<void> {
    const { clock, servers } = this.#world;
    const now = clock.now();
    const isUsable = this.#model.isUsable(session, now);
    this.#firstUse(broker, session, server);
    const isPermitted = this.#model.permits(session, server, tool, now);
    if (isPermitted) this.#start(broker, session, server);
    const pinned = this.#model.pinned.get(server)?.get(tool);
    const live = this.#model.running.get(this.#key(broker, session, server))?.get(tool);
    const isDone =
      this.#model.permits(session, server, tool, now) &&
      live !== undefined &&
      live === pinned?.version;

    await this.#fresh();
    const before = servers.sent.length;
    const reply = await this.#ask(
      broker,
      isPlain
        ? this.#request(session, 'tools/call', { name: tool, arguments: {} }, server)
        : this.#request(session, 'tools/call', { name: `${server}__${tool}`, arguments: {} }),
    );
    const events = await this.#fresh();
    const sent = servers.sent.slice(before);
    const recorded = codes(events).join(' ');

    if (!isUsable) {
      same([reply.kind, recorded, sent], ['session_ended', 'TG1003', []], 'ended');
      this.#tally.ended += 1;
    } else if (!isPermitted) {
      same([isUnknownTool(reply), recorded, sent], [true, 'TG1003', []], 'refused');
      const verdict = this.#model.decides(session, server, tool, now);
      const reason = (events[0]?.reason ?? 'no_rule') as DenyReason;
      same(!verdict.permits && verdict.reasons.has(reason), true, `reason ${reason}`);
      this.#tally.refused += 1;
      if (reason === 'tool_unapproved') this.#tally.unapproved += 1;
      if (reason === 'tool_quarantined') this.#tally.takenOut += 1;
    } else if (!isDone) {
      const [, outcome] = events;
      same([isUnknownTool(reply), recorded, sent], [true, 'TG1001 TG1002', []], 'drifted');
      same(outcome?.outcome, 'refused', 'outcome of a call that was not sent');
      this.#tally.drifted += 1;
    } else {
      const [intent, outcome] = events;
      const seq = intent?.seq ?? 0;
      same(recorded, 'TG1001 TG1002', 'events of a call');
      same(sent, [{ server, tool, intent: seq }], 'sent');
      same([outcome?.intent, outcome?.outcome], [seq, 'ok'], 'outcome');
      same(intent?.definitionHash, hashOf(server, tool, live), 'definition');
      same(JSON.stringify(reply).includes(nonceOf({ seq })), true, 'its own answer');
      this.#tally.called += 1;
    }
  }

  /** A server never seen is started, and pinned, for whoever has something of it. */
  #firstUse(broker: SmallBroker, session: ModelSession, server: string): void {
    if (this.#model.pinned.has(server)) return;
    if (!this.#model.reaches(session, server, this.#world.clock.now())) return;
    this.#start(broker, session, server);
    // Started for what it offers alone: whoever uses something of it gets another.
    this.#model.running.delete(this.#key(broker, session, server));
  }

  #start(broker: SmallBroker, session: ModelSession, server: string): void {
    const key = this.#key(broker, session, server);
    if (this.#model.running.has(key)) return;
    this.#starts += 1;
    this.#model.observe(key, server, this.#world.servers.offered(server));
  }

  #drained(): void {
    this.#model.drained(this.#sessions, this.#world.clock.now());
  }

  async #ask(broker: SmallBroker, incoming: IncomingRequest): Promise<BrokerReply> {
    const reply = await broker.broker.handle(incoming);
    await broker.settled();
    // The model has been told already what this request starts.
    same(this.#world.servers.starts.length, this.#starts, 'tool servers started');
    return reply;
  }

  #request(
    { record }: ModelSession,
    method: string,
    params: JsonObject,
    onlyServer?: string,
  ): IncomingRequest {
    this.#requests += 1;
    return {
      principal: principalOf(record),
      origin: { transport: 'http', remote: '127.0.0.1' },
      era: '2025',
      revision: '2025-11-25',
      ...(onlyServer === undefined ? {} : { onlyServer }),
      clientCapabilities: {},
      request: { jsonrpc: '2.0', id: this.#requests, method, params },
      signal: new AbortController().signal,
      notify: () => {},
    };
  }

  /** Events since the last look, without those of pins, drift and tool servers. */
  async #fresh(): Promise<readonly AuditEvent[]> {
    const events = await this.#world.admin.events.query({ afterSeq: this.#lastSeq });
    this.#lastSeq = events.at(-1)?.seq ?? this.#lastSeq;
    return events.filter(({ code }) => code.startsWith('TG1'));
  }

  #key = (broker: SmallBroker, session: ModelSession, server: string) =>
    `${broker.instance} ${session.record.id} ${server}`;

  #broker(choice: number): SmallBroker {
    return chosen(this.#world.brokers, choice);
  }

  #session(choice: number): ModelSession {
    return chosen(this.#sessions, choice);
  }
}

function chosen<T>(from: readonly T[], choice: number): T {
  const found = from[choice % from.length];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}

const codes = (events: readonly AuditEvent[]): string[] => events.map(({ code }) => code);

const isUnknownTool = (reply: BrokerReply): boolean =>
  reply.kind === 'error' && reply.error.code === -32602;
