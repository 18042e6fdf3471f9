import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantRule } from '../../../src/authorize/grant-record.ts';
import type { AccessRequest } from '../../../src/domain/access-request.ts';
import type { BrokerReply, IncomingRequest } from '../../../src/domain/broker.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { Era } from '../../../src/domain/era.ts';
import { ENVELOPE_KEYS, REVISION_2025, REVISION_2026 } from '../../../src/domain/era.ts';
import type { AuditEvent } from '../../../src/domain/event.ts';
import { newInstanceId, newSessionId, newTokenId } from '../../../src/domain/ids.ts';
import { isJsonObject, type JsonObject, member } from '../../../src/domain/json.ts';
import type { RpcNotification } from '../../../src/domain/json-rpc.ts';
import type { SessionLimits } from '../../../src/domain/session-limits.ts';
import type { SessionRecord } from '../../../src/domain/session-record.ts';
import { principalOf } from '../../../src/session/judge-session.ts';
import type { Stores } from '../../../src/sqlite/open-stores.ts';
import { openSmallBroker, type SmallBroker, type Watching } from '../../properties/small-broker.ts';
import { createTestClock, openTestStores, type TestClock } from '../sqlite/test-stores.ts';
import { type ManualTimers, manualTimers } from '../tool-servers/harness.ts';
import { type WholeServer, WholeServers } from './whole-servers.ts';

/** How one request is made. */
export interface Asking {
  readonly era?: Era;
  readonly onlyServer?: string;
  readonly transport?: 'stdio' | 'http';
  readonly capabilities?: JsonObject;
  /** Remote address, over HTTP. */
  readonly remote?: string;
  readonly clientName?: string;
  readonly paramHeaders?: ReadonlyMap<string, string>;
  readonly notify?: (notification: RpcNotification) => void;
  /** What answers when the client is asked; in 2025 only. */
  readonly ask?: NonNullable<IncomingRequest['ask']>;
  readonly signal?: AbortSignal;
  /** Another broker on the same state. */
  readonly through?: SmallBroker;
}

/** A broker of the real parts over tool servers of every surface in memory, on a real database. */
export class WholeWorld {
  readonly servers: WholeServers;
  readonly clock: TestClock;
  /** Those of everything but the connections to tool servers. */
  readonly timers: ManualTimers;
  readonly stores: Stores;
  readonly stateDir: string;
  #small: SmallBroker;
  readonly #openBroker: (stores: Stores) => Promise<SmallBroker>;
  readonly #others: SmallBroker[] = [];
  readonly #sessions = new Map<string, SessionRecord>();
  #lastSeq = 0;
  #requests = 0;

  private constructor(
    servers: WholeServers,
    clock: TestClock,
    timers: ManualTimers,
    small: SmallBroker,
    stores: Stores,
    stateDir: string,
    openBroker: (stores: Stores) => Promise<SmallBroker>,
  ) {
    this.servers = servers;
    this.clock = clock;
    this.timers = timers;
    this.#small = small;
    this.stores = stores;
    this.stateDir = stateDir;
    this.#openBroker = openBroker;
  }

  /** @param secrets credentials of the tool servers. */
  static async open(
    of: Readonly<Record<string, WholeServer>>,
    secrets: readonly string[] = [],
    watching?: Watching,
  ): Promise<WholeWorld> {
    const clock = createTestClock();
    // In memory where there is such a folder: nothing here depends on what a disk does.
    const stateDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tg-whole-'));
    const servers = new WholeServers(of);
    const instance = newInstanceId(randomBytes);
    const stores = await openTestStores(stateDir, { clock, instance });
    const serverNames = Object.keys(of);
    const timers = manualTimers();
    const watched = watching === undefined ? {} : { watching };
    const deps = { clock, timers, servers, serverNames, secrets, ...watched };
    const openBroker = (stores: Stores, instance = newInstanceId(randomBytes)) =>
      openSmallBroker({ ...deps, instance, stores });
    const small = await openBroker(stores, instance);
    return new WholeWorld(servers, clock, timers, small, stores, stateDir, openBroker);
  }

  /** Grants a subject these rules, each as `permit: …`, `deny: …` or whole, for a year unless told otherwise. */
  async grant(
    subject: string,
    rules: readonly (string | Omit<GrantRule, 'line'>)[],
    more: {
      readonly id?: string;
      readonly lifeMs?: number;
      readonly clients?: readonly string[];
      readonly limits?: SessionLimits;
      readonly purpose?: string;
      /** What every permit asks besides. */
      readonly terms?: Omit<Partial<GrantRule>, 'effect' | 'pattern' | 'line'>;
    } = {},
  ): Promise<void> {
    const { id = subject, lifeMs = 365 * 86_400_000, clients, limits, terms } = more;
    const { purpose = 'testing' } = more;
    const document = {
      id,
      subject,
      ...(clients === undefined ? {} : { clients }),
      ...(limits === undefined ? {} : { sessionLimits: limits }),
      purpose,
      expiresAt: this.clock.now() + lifeMs,
      rules: rules.map((rule, index) => {
        if (typeof rule !== 'string') return { ...rule, line: 5 + index };
        const at = rule.indexOf(': ');
        const effect = rule.slice(0, at) === 'deny' ? ('deny' as const) : ('permit' as const);
        const plain = { effect, pattern: rule.slice(at + 2), line: 5 + index };
        return effect === 'deny' ? plain : { ...plain, ...terms };
      }),
    };
    const file = `grants/${id}.yaml`;
    const put = { kind: 'put', document, file, event: { code: 'TG3001' } } as const;
    await this.stores.grants.change([put], this.clock.now());
  }

  async revokeGrant(id: string): Promise<void> {
    const revoke = { kind: 'revoke', id, event: { code: 'TG3003' } } as const;
    await this.stores.grants.change([revoke], this.clock.now());
    await this.#small.drain();
  }

  /**
   * Asks as a session of `subject`; a name such as `alice/2` is another session of alice, and at the
   * client of `alice/person` a person sits.
   */
  async ask(
    subject: string,
    method: string,
    params: JsonObject = {},
    how: Asking = {},
  ): Promise<BrokerReply> {
    const small = how.through ?? this.#small;
    const reply = await small.broker.handle(await this.request(subject, method, params, how));
    await small.settled();
    return reply;
  }

  /** The result of a request, or a failed test. */
  async result(
    subject: string,
    method: string,
    params: JsonObject = {},
    how: Asking = {},
  ): Promise<JsonObject> {
    const reply = await this.ask(subject, method, params, how);
    if (reply.kind !== 'result') throw new Error(`${method}: ${JSON.stringify(reply)}`);
    return reply.result;
  }

  async request(
    subject: string,
    method: string,
    params: JsonObject,
    how: Asking,
  ): Promise<IncomingRequest> {
    const { era = '2025', onlyServer, transport = 'http', capabilities = {} } = how;
    this.#requests += 1;
    const given = member(params, '_meta');
    const envelope = {
      [ENVELOPE_KEYS.protocolVersion]: REVISION_2026,
      [ENVELOPE_KEYS.clientCapabilities]: capabilities,
    };
    const meta = isJsonObject(given) ? { ...envelope, ...given } : envelope;
    return {
      principal: principalOf(await this.#session(subject)),
      origin: { transport, ...(how.remote === undefined ? {} : { remote: how.remote }) },
      ...(how.clientName === undefined
        ? {}
        : { clientInfo: { name: how.clientName, version: '1' } }),
      era,
      revision: era === '2025' ? REVISION_2025 : REVISION_2026,
      ...(onlyServer === undefined ? {} : { onlyServer }),
      ...(how.paramHeaders === undefined ? {} : { paramHeaders: how.paramHeaders }),
      clientCapabilities: capabilities,
      request: {
        jsonrpc: '2.0',
        id: this.#requests,
        method,
        params: era === '2025' ? params : { ...params, _meta: meta },
      },
      signal: how.signal ?? new AbortController().signal,
      ...(how.ask === undefined ? {} : { ask: how.ask }),
      notify: how.notify ?? (() => {}),
    };
  }

  /** Has the broker look again, as a command does after a change. */
  drain(): Promise<number> {
    return this.#small.drain();
  }

  /** The broker is killed, and started again. */
  async restart(): Promise<void> {
    this.#small = await this.#openBroker(this.stores);
  }

  /** Another broker on the same state, with a connection to the database of its own. */
  async another(): Promise<SmallBroker> {
    const { stateDir, clock } = this;
    const other = await this.#openBroker(await openTestStores(stateDir, { clock }));
    this.#others.push(other);
    return other;
  }

  async session(subject: string): Promise<SessionRecord> {
    return this.#session(subject);
  }

  async decide(subject: string, request: AccessRequest): Promise<Decision> {
    return this.#small.answering.decide(principalOf(await this.#session(subject)), request);
  }

  /** What was recorded since the last look. */
  async events(): Promise<readonly AuditEvent[]> {
    const events = await this.stores.events.query({ afterSeq: this.#lastSeq });
    this.#lastSeq = events.at(-1)?.seq ?? this.#lastSeq;
    return events;
  }

  /** Of those, what is about requests. */
  async requests(): Promise<readonly AuditEvent[]> {
    return (await this.events()).filter(({ code }) => code.startsWith('TG1'));
  }

  async #session(name: string): Promise<SessionRecord> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const record: SessionRecord = {
      id: newSessionId(randomBytes),
      tokenId: newTokenId(randomBytes),
      subject: name.split('/')[0] ?? name,
      openedAt: this.clock.now(),
      expiresAt: this.clock.now() + 365 * 86_400_000,
      state: 'active',
      calls: 0,
      ...(name.endsWith('/person') ? { isInteractive: true } : {}),
    };
    await this.stores.sessions.open(record, { code: 'TG2002' });
    this.#sessions.set(name, record);
    return record;
  }

  async close(): Promise<void> {
    for (const other of this.#others) await other.close('kill');
    await this.#small.close('unregister');
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}
