import type { AdmissionStore } from '../../../src/admit/admission-store.ts';
import type { ApprovalStore } from '../../../src/approve/approval-store.ts';
import { auditStats } from '../../../src/audit/audit-stats.ts';
import { eventBody, hashEvent, MAIN_CHAIN } from '../../../src/audit/chain.ts';
import type { EventStore, Touched } from '../../../src/audit/event-store.ts';
import { conditionsOf, hasMembers, meets } from '../../../src/audit/event-store.ts';
import type { UpkeepStore } from '../../../src/audit/upkeep-store.ts';
import type { KeyState, KeyStateStore } from '../../../src/authenticate/key-state-store.ts';
import type { GrantRecord } from '../../../src/authorize/grant-record.ts';
import type { GrantStore } from '../../../src/authorize/grant-store.ts';
import type { Halt, HaltStore } from '../../../src/authorize/halt-store.ts';
import type { CatalogStore, LockBase } from '../../../src/catalog/catalog-store.ts';
import { itemsOf } from '../../../src/catalog/items.ts';
import type { PinnedServer } from '../../../src/domain/catalog-record.ts';
import { BrokerError } from '../../../src/domain/errors.ts';
import type { AuditEvent, Checkpoint, EventDraft } from '../../../src/domain/event.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { SessionRecord } from '../../../src/domain/session-record.ts';
import type {
  LiveBroker,
  LiveBrokerStore,
  OpenIntent,
} from '../../../src/session/live-broker-store.ts';
import type { Profile, ProfileStore } from '../../../src/session/profile-store.ts';
import type { SessionStore } from '../../../src/session/session-store.ts';
import { memoryIndex } from '../memory-index.ts';

/** Everything the fake stores share: state in memory, written as the ports say. */
export class FakeState {
  epoch = 1;
  now = Date.parse('2026-11-22T12:00:00Z');
  readonly events: AuditEvent[] = [];
  /** Those that a broker would have made. */
  readonly checkpoints: Checkpoint[] = [];
  readonly definitions = new Map<string, JsonObject>();
  readonly grants = new Map<string, GrantRecord>();
  /** What was in force, each from one epoch until another; only what `change` made. */
  readonly revisions: { readonly grant: GrantRecord; readonly from: number; until: number }[] = [];
  readonly sessions = new Map<string, SessionRecord>();
  readonly profiles = new Map<string, Profile>();
  readonly servers = new Map<string, PinnedServer>();
  readonly lockBases = new Map<string, LockBase>();
  readonly brokers = new Map<string, LiveBroker>();
  readonly intents: OpenIntent[] = [];
  readonly buried: string[] = [];
  halt: Halt | undefined;
  readonly keyStates = new Map<string, KeyState>();
  /** Makes the next changes fail, as a store that cannot commit does. */
  failsToCommit = false;

  append(draft: EventDraft): AuditEvent {
    if (this.failsToCommit) throw new BrokerError('ERR_NOT_COMMITTED', 'not committed');
    const last = this.events.at(-1);
    const event = {
      ...draft,
      seq: this.events.length + 1,
      chain: MAIN_CHAIN,
      at: this.now * 1000,
      instance: 'ins_fake' as const,
      prev: last?.hash ?? '0'.repeat(64),
    };
    const whole: AuditEvent = { ...event, hash: hashEvent(event) };
    this.events.push(whole);
    return whole;
  }

  /** Codes of the events so far. */
  get codes(): readonly string[] {
    return this.events.map((event) => event.code);
  }
}

export const fakeGrantStore = (state: FakeState): GrantStore => ({
  snapshot(subject) {
    const grants = [...state.grants.values()]
      .filter((grant) => grant.subject === subject && grant.revokedAt === undefined)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return { epoch: state.epoch, isHalted: state.halt !== undefined, grants };
  },
  all: async () => [...state.grants.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  revision: async (id, revision) =>
    [...state.revisions.map(({ grant }) => grant), ...state.grants.values()].find(
      (grant) => grant.id === id && grant.revision === revision,
    ),
  asOf: async (subject, epoch) =>
    state.revisions
      .filter(
        ({ grant, from, until }) => grant.subject === subject && from <= epoch && epoch < until,
      )
      .map(({ grant }) => grant)
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  isEmpty: async () => state.grants.size === 0,
  async change(changes, at) {
    for (const change of changes) {
      if (change.kind === 'put' && state.grants.get(change.document.id)?.revokedAt !== undefined) {
        const lifted = changes.some(
          (other) => other.kind === 'reinstate' && other.id === change.document.id,
        );
        if (!lifted) throw new BrokerError('ERR_GRANT', `${change.document.id} is revoked`);
      }
    }
    const epoch = state.epoch + 1;
    for (const change of changes) {
      state.append(change.event);
      const id = change.kind === 'put' ? change.document.id : change.id;
      for (const each of state.revisions) {
        if (each.grant.id === id) each.until = Math.min(each.until, epoch);
      }
      if (change.kind === 'put') {
        const known = state.grants.get(change.document.id);
        const grant = {
          ...change.document,
          file: change.file,
          revision: (known?.revision ?? 0) + 1,
          appliedAt: at,
        };
        state.grants.set(change.document.id, grant);
        state.revisions.push({ grant, from: epoch, until: Infinity });
      } else if (change.kind === 'revoke') {
        const known = state.grants.get(change.id);
        if (known !== undefined) state.grants.set(change.id, { ...known, revokedAt: at });
      } else state.grants.delete(change.id);
    }
    state.epoch += 1;
    return state.epoch;
  },
});

export const fakeHaltStore = (state: FakeState): HaltStore => {
  const move = (event: EventDraft, next: Halt | undefined): Halt | undefined => {
    const before = state.halt;
    if ((before === undefined) === (next === undefined)) return before;
    state.append(event);
    state.halt = next;
    state.epoch += 1;
    return before;
  };
  return {
    current: async () => state.halt,
    order: async (halt, event) => move(event, halt),
    lift: async (event) => move(event, undefined),
  };
};

export const fakeKeyStateStore = (state: FakeState): KeyStateStore => ({
  list: async () => [...state.keyStates.values()],
  lastExpiries: async () => {
    const live = [...state.sessions.values()].filter(({ state: at }) => at !== 'revoked');
    return new Map(live.flatMap(({ keyId, expiresAt }) => (keyId ? [[keyId, expiresAt]] : [])));
  },
  async retire(kids, at, event) {
    state.append(event);
    for (const kid of kids) state.keyStates.set(kid, { kid, retiredAt: at });
  },
  async revoke(kids, at, event, eventOf) {
    state.append(event);
    const live = [...state.sessions.values()].filter(
      ({ keyId = '', state: now }) => kids.includes(keyId) && now !== 'revoked',
    );
    for (const kid of kids) state.keyStates.set(kid, { kid, retiredAt: at, revokedAt: at });
    for (const session of live) {
      state.append(eventOf(session));
      state.sessions.set(session.id, { ...session, state: 'revoked', endedAt: at });
    }
    state.epoch += 1;
    return live;
  },
});

export const fakeCatalogStore = (state: FakeState): CatalogStore => ({
  snapshot: () => ({
    epoch: state.epoch,
    servers: new Map(state.servers),
    lockBases: new Map(state.lockBases),
  }),
  async change(server, make) {
    const change = make(state.servers.get(server));
    if (change === undefined) return false;
    state.append(change.event);
    state.servers.set(server, change.next);
    for (const { item } of itemsOf(change.next)) state.definitions.set(item.hash, item.definition);
    state.epoch += 1;
    return true;
  },
  definitions: async (hashes) =>
    new Map([...state.definitions].filter(([hash]) => hashes.includes(hash))),
  async setLockBase(server, base) {
    state.lockBases.set(server, base);
  },
});

export const fakeSessionStore = (state: FakeState): SessionStore => ({
  find: (id) => state.sessions.get(id),
  list: async (filter) =>
    [...state.sessions.values()].filter(
      (session) =>
        (filter?.subject === undefined || session.subject === filter.subject) &&
        (filter?.client === undefined || session.client === filter.client) &&
        (filter?.activeAt === undefined ||
          (session.state === 'active' && session.expiresAt > filter.activeAt)),
    ),
  async open(session, event, clientMadeAt = 0) {
    const isOut = [...state.sessions.values()].some(
      (one) =>
        session.client !== undefined &&
        one.subject === session.subject &&
        one.client === session.client &&
        one.state === 'suspended' &&
        (one.endedAt ?? 0) >= clientMadeAt,
    );
    if (state.halt !== undefined) return 'halted';
    if (isOut) return 'client_suspended';
    state.append(event);
    state.sessions.set(session.id, session);
    return undefined;
  },
  async revokeAll(group, at, eventOf, header) {
    const meant = [...state.sessions.values()].filter(
      (session) =>
        (group.subject === undefined || session.subject === group.subject) &&
        (group.client === undefined || session.client === group.client) &&
        (session.state === 'active' || session.state === 'suspended'),
    );
    if (header !== undefined) state.append(header);
    for (const session of meant) {
      state.append(eventOf(session));
      state.sessions.set(session.id, { ...session, state: 'revoked', endedAt: at });
    }
    if (meant.length > 0 || header !== undefined) state.epoch += 1;
    return meant;
  },
  async suspend(id, at, event) {
    const session = state.sessions.get(id);
    if (session?.state !== 'active') return session;
    state.append(event);
    state.sessions.set(id, { ...session, state: 'suspended', endedAt: at });
    state.epoch += 1;
    return session;
  },
  async resume(id, event) {
    const session = state.sessions.get(id);
    if (session?.state !== 'suspended') return session;
    state.append(event);
    const { endedAt: _, ...active } = session;
    state.sessions.set(id, { ...active, state: 'active' });
    state.epoch += 1;
    return session;
  },
  noteUse: async () => {},
  async end(id, to, at, event) {
    const session = state.sessions.get(id);
    if (session === undefined || session.state === 'revoked' || session.state === 'expired') {
      return session;
    }
    state.append(event);
    state.sessions.set(id, { ...session, state: to, endedAt: at });
    state.epoch += 1;
    return session;
  },
});

export const fakeProfileStore = (state: FakeState): ProfileStore => ({
  find: async (name) => state.profiles.get(name),
  list: async () => [...state.profiles.values()],
  async put(profile) {
    state.profiles.set(profile.name, profile);
  },
});

export const fakeBrokerStore = (state: FakeState): LiveBrokerStore => ({
  async register(broker) {
    state.brokers.set(broker.instance, broker);
  },
  async unregister(instance) {
    state.brokers.delete(instance);
  },
  list: async () => [...state.brokers.values()],
  openIntents: async (instance) =>
    state.intents.filter((intent) => instance === undefined || intent.instance === instance),
  async bury(instance) {
    state.buried.push(instance);
    state.brokers.delete(instance);
    return 0;
  },
});

export const fakeAdmissionStore = (state: FakeState): AdmissionStore => ({
  epoch: () => state.epoch,
  isClockBehind: () => false,
  admit: async () => ({ kind: 'contended' }),
  release: async () => ({ kind: 'contended' }),
  async record(draft) {
    const { seq, at } = state.append(draft);
    return { kind: 'appended', seq, at };
  },
});

export const fakeEventStore = (state: FakeState): EventStore => ({
  get: async (seq) => state.events[seq - 1],
  async query(filter) {
    const conditions = conditionsOf(filter);
    const found = state.events.filter(
      (event) =>
        meets(event, conditions) &&
        hasMembers(event, filter.where) &&
        event.seq > (filter.afterSeq ?? 0) &&
        event.seq >= (filter.fromSeq ?? 1) &&
        event.seq <= (filter.toSeq ?? event.seq) &&
        event.at >= (filter.since ?? 0) &&
        event.at < (filter.until ?? Number.POSITIVE_INFINITY),
    );
    if (filter.limit === undefined) return found;
    return filter.newest === true ? found.slice(-filter.limit) : found.slice(0, filter.limit);
  },
  async *pages(fromSeq) {
    yield state.events.filter((event) => event.seq >= fromSeq);
  },
  async *rows(fromSeq) {
    yield state.events
      .filter((event) => event.seq >= fromSeq)
      .map((event) => {
        const { hash, ...members } = event;
        return { seq: event.seq, hash, body: eventBody(members) };
      });
  },
  check: async () => [],
  async head() {
    const last = state.events.at(-1);
    return last === undefined ? undefined : { seq: last.seq, hash: last.hash, at: last.at };
  },
  stats: async (filter, by) => {
    const index = memoryIndex(state.events);
    const range = { from: 1, to: state.events.length };
    return auditStats(index, conditionsOf(filter), range, by);
  },
  completeIndex: async () => {},
  areIndexedAs: async () => new Map(),
  indexRows: async () => 0,
  start: async () => undefined,
  async touched(sessions, limit) {
    return new Map(sessions.map((session) => [session, touchedBy(state, session, limit)]));
  },
  checkpoints: async () => state.checkpoints,
});

function touchedBy(state: FakeState, session: string, limit: number): Touched {
  const own = state.events.filter((event) => event.session === session);
  const calls = new Map<string, number>();
  for (const { code, server, tool } of own.slice(-limit)) {
    const ref = `${server}/${tool ?? ''}`;
    if (code === 'TG1001') calls.set(ref, (calls.get(ref) ?? 0) + 1);
  }
  const tools = [...calls].sort().map(([ref, count]) => {
    const [server = '', tool = ''] = ref.split('/');
    return { server, tool: tool === '' ? null : tool, calls: count };
  });
  return { tools, isWhole: own.length <= limit };
}

/** Nothing waits. */
export const fakeApprovalStore = (): ApprovalStore => ({
  current: async () => undefined,
  request: async () => ({ kind: 'exhausted' }),
  settle: async () => undefined,
  find: async () => undefined,
  list: async () => [],
});

/** A log that does not age; what is removed of one is shown on SQLite. */
export const fakeUpkeepStore = (): UpkeepStore => ({
  extent: async () => ({ first: 1, last: 0, bytes: 0 }),
  checkpointUpTo: async () => undefined,
  startAfter: async () => false,
  sweep: async () => {},
  copy: async () => {
    throw new Error('no file here');
  },
});
