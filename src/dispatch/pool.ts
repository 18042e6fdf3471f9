import type { ListKind, Question } from '../domain/broker.ts';
import type { Clock } from '../domain/clock.ts';
import type { Era } from '../domain/era.ts';
import { BrokerError, type BrokerErrorCode, errorCode } from '../domain/errors.ts';
import type { SessionId } from '../domain/ids.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RpcError, RpcNotification } from '../domain/json-rpc.ts';
import { createBackOff } from './back-off.ts';
import type { Lease } from './dispatch-call.ts';
import {
  type ConnectionOwner,
  entryKey,
  type LeaseOwner,
  ownerOf,
  type PoolEntry,
} from './pool-entry.ts';
import { systemTimers, type Timers } from './timers.ts';
import type {
  ConnectionEvents,
  ToolServerConnection,
  ToolServerConnector,
  ToolServerSpec,
} from './tool-server.ts';

/** What happened to a tool server, for the audit and the log. */
export type PoolEvent =
  | {
      readonly kind: 'started';
      readonly server: string;
      readonly owner: ConnectionOwner;
      readonly era: Era;
    }
  | {
      readonly kind: 'failed';
      readonly server: string;
      readonly owner: ConnectionOwner;
      readonly code: BrokerErrorCode;
      /** Whether it was ready before. */
      readonly wasLive: boolean;
    };

/** What a tool server says that belongs to no call. */
export type ServerNews =
  | { readonly kind: 'resource_updated'; readonly params: JsonObject }
  /** A log message: the params of `notifications/message`. */
  | { readonly kind: 'message'; readonly params: JsonObject }
  /** Any other notification we know: `notifications/elicitation/complete`, states of tasks. */
  | { readonly kind: 'notification'; readonly notification: RpcNotification };

/** What a pool needs. */
export interface PoolOptions {
  readonly connector: ToolServerConnector;
  readonly specs: readonly ToolServerSpec[];
  readonly clock: Clock;
  readonly timers?: Timers;
  /** Processes alive at once. Default 64. */
  readonly maxProcesses?: number;
  /** Of them for one subject, those it shares with nobody. Default: as many as in all. */
  readonly maxProcessesPerSubject?: number;
  /** A tool server asked something of its clients that no call can ask. The refusal goes back to it. */
  readonly onAsk: (server: string, owner: ConnectionOwner, question: Question) => Promise<RpcError>;
  /** One of a tool server's lists changed; its offer is read again by `connection.refresh()`. */
  readonly onListChanged: (
    server: string,
    owner: ConnectionOwner,
    kind: ListKind,
    connection: ToolServerConnection,
  ) => void;
  /** What else a tool server says that belongs to no call. */
  readonly onNews: (server: string, owner: ConnectionOwner, news: ServerNews) => void;
  readonly onServerEvent: (event: PoolEvent) => void;
}

/** How a connection is asked for. */
export interface AcquireOptions {
  readonly knownEra?: Era;
  readonly signal: AbortSignal;
  /** The client capabilities a tool server of the 2025 era is to be shown. */
  readonly capabilities: JsonObject;
}

/** Live connections to tool servers, one per server and isolation key. */
export interface Pool {
  /**
   * Lends the owner's connection to a server, starting it when there is none. Concurrent callers of
   * one key share one start; when all of them give up, so does the start.
   *
   * @throws BrokerError `ERR_NOT_FOUND` for a server not configured, `ERR_SERVER_BACKOFF` while a
   * failing one is held back, `ERR_SERVER_LIMIT` when no process may be added, `ERR_SHUTTING_DOWN`,
   * `ERR_SERVER_CLOSED` when `signal` aborts; what the connector throws.
   */
  acquire(server: string, owner: LeaseOwner, options: AcquireOptions): Promise<Lease>;
  /** Sessions that have connections of their own. */
  sessions(): readonly SessionId[];
  /** Ends the connections that belong to a session alone. */
  endSession(sessionId: SessionId): Promise<void>;
  /** Ends every connection to a server, whoever it belongs to: nothing of it may be used any more. */
  endServer(server: string): Promise<void>;
  /** Ends every connection; whoever may be served again gets new ones. */
  endEvery(): Promise<void>;
  /** Ends every connection and takes no more callers. */
  closeAll(): Promise<void>;
}

const DEFAULT_MAX_PROCESSES = 64;
/** Connections to HTTP tool servers at once; each keeps its server's definitions in memory. */
const MAX_DIALLED = 256;
/** A clock that was set, or a machine that slept, moves an expiry away from its timer by no more than this. */
const EXPIRY_LOOK_MS = 60 * 60_000;

/** Makes an empty pool. Nothing is started before it is asked for. */
export function createPool(options: PoolOptions): Pool {
  const { clock, timers = systemTimers, maxProcesses = DEFAULT_MAX_PROCESSES } = options;
  const { maxProcessesPerSubject = maxProcesses } = options;
  const specs = new Map(options.specs.map((spec) => [spec.name, spec]));
  const entries = new Map<string, PoolEntry>();
  /** Connections that ended by themselves while calls on them were still being settled. */
  const gone = new Set<PoolEntry>();
  /** Processes told to leave that may not have left yet. */
  const leaving = new Set<Promise<void>>();
  const backOff = createBackOff();
  let isShuttingDown = false;

  function start(
    spec: ToolServerSpec,
    key: string,
    owner: LeaseOwner,
    { knownEra, capabilities }: Omit<AcquireOptions, 'signal'>,
  ): PoolEntry {
    const connectionOwner = ownerOf(spec, owner);
    const room = makeRoom(spec.kind, connectionOwner.subject);
    const giveUp = new AbortController();
    const connect = async (): Promise<ToolServerConnection> => {
      await room;
      return options.connector.connect(
        spec,
        eventsOf(spec.name, connectionOwner, () => entry.connection),
        { signal: giveUp.signal, capabilities, ...(knownEra === undefined ? {} : { knownEra }) },
      );
    };
    const now = clock.monotonicMs();
    const entry: PoolEntry = {
      key,
      spec,
      owner: connectionOwner,
      expiresAt: spec.isolation === 'session' ? owner.sessionExpiresAt : undefined,
      starting: connect(),
      giveUp,
      connection: undefined,
      startedAt: now,
      lastUsedAt: now,
      users: 0,
      cancelIdle: undefined,
      cancelExpiry: undefined,
      isEnding: false,
    };
    entries.set(key, entry);
    watchExpiry(entry);
    entry.starting.then(
      (connection) => onStarted(entry, connection),
      (error: unknown) => onStartFailed(entry, error),
    );
    return entry;
  }

  function eventsOf(
    server: string,
    owner: ConnectionOwner,
    live: () => ToolServerConnection | undefined,
  ): ConnectionEvents {
    const tell = (news: ServerNews): void => options.onNews(server, owner, news);
    return {
      onAsk: (question) => options.onAsk(server, owner, question),
      onListChanged(kind) {
        const connection = live();
        if (connection !== undefined) options.onListChanged(server, owner, kind, connection);
      },
      onResourceUpdated: (params) => tell({ kind: 'resource_updated', params }),
      onMessage: (params) => tell({ kind: 'message', params }),
      onNotification: (notification) => tell({ kind: 'notification', notification }),
    };
  }

  function onStarted(entry: PoolEntry, connection: ToolServerConnection): void {
    if (entry.isEnding) {
      track(connection.close());
      return;
    }
    entry.connection = connection;
    entry.startedAt = clock.monotonicMs();
    const { name: server } = entry.spec;
    options.onServerEvent({
      kind: 'started',
      server,
      owner: entry.owner,
      era: connection.offer.era,
    });
    void connection.closed.then(() => {
      forget(entry);
      if (entry.isEnding) return;
      const now = clock.monotonicMs();
      backOff.ended(entry.key, now - entry.startedAt, now);
      const code = 'ERR_SERVER_CLOSED';
      options.onServerEvent({ kind: 'failed', server, owner: entry.owner, code, wasLive: true });
      // Whatever is left of it goes once its own calls are settled.
      gone.add(entry);
      if (entry.users === 0) void end(entry);
    });
    if (entry.users === 0) becomeIdle(entry);
  }

  function onStartFailed(entry: PoolEntry, error: unknown): void {
    forget(entry);
    if (entry.isEnding) return;
    backOff.failed(entry.key, clock.monotonicMs());
    options.onServerEvent({
      kind: 'failed',
      server: entry.spec.name,
      owner: entry.owner,
      code: errorCode(error),
      wasLive: false,
    });
  }

  const all = (): PoolEntry[] => [...entries.values(), ...gone];

  function forget(entry: PoolEntry): void {
    entry.cancelIdle?.();
    entry.cancelExpiry?.();
    if (entries.get(entry.key) === entry) entries.delete(entry.key);
  }

  /** Ends an entry and takes it out of reach at once. */
  function end(entry: PoolEntry): Promise<void> {
    entry.isEnding = true;
    gone.delete(entry);
    forget(entry);
    entry.giveUp.abort();
    const closing =
      entry.connection?.close() ??
      entry.starting.then(
        (connection) => connection.close(),
        () => undefined,
      );
    return track(closing);
  }

  function track(closing: Promise<void>): Promise<void> {
    const settled = closing.catch(() => undefined);
    leaving.add(settled);
    void settled.then(() => leaving.delete(settled));
    return settled;
  }

  /**
   * Makes room for one more connection, ending the one that was idle longest: the subject's own when
   * its share is used up. Attack: sessions without end, each with processes of its own.
   */
  function makeRoom(kind: ToolServerSpec['kind'], subject: string | undefined): Promise<void> {
    const alike = [...entries.values()].filter(({ spec }) => spec.kind === kind);
    const own = alike.filter(({ owner }) => subject !== undefined && owner.subject === subject);
    const most = kind === 'stdio' ? maxProcesses : MAX_DIALLED;
    const isOwnFull = kind === 'stdio' && own.length >= maxProcessesPerSubject;
    if (!isOwnFull && alike.length < most) return Promise.resolve();
    const idle = (isOwnFull ? own : alike)
      .filter(({ users, connection }) => users === 0 && connection !== undefined)
      .sort((a, b) => a.lastUsedAt - b.lastUsedAt)[0];
    if (idle !== undefined) return end(idle);
    throw isOwnFull
      ? new BrokerError('ERR_SERVER_LIMIT', `${own.length} tool servers of one subject are in use`)
      : new BrokerError('ERR_SERVER_LIMIT', `${most} tool servers are in use already`);
  }

  function becomeIdle(entry: PoolEntry): void {
    entry.lastUsedAt = clock.monotonicMs();
    if (entry.spec.kind !== 'stdio') return;
    entry.cancelIdle = timers.after(entry.spec.idleMs, () => {
      if (entry.users === 0) void end(entry);
    });
  }

  const isOver = ({ expiresAt }: PoolEntry): boolean =>
    expiresAt !== undefined && clock.now() >= expiresAt;

  /** Ends a connection with its session; one in use is ended once its calls are settled. */
  function watchExpiry(entry: PoolEntry): void {
    if (entry.expiresAt === undefined) return;
    const waitMs = Math.min(entry.expiresAt - clock.now(), EXPIRY_LOOK_MS);
    entry.cancelExpiry = timers.after(waitMs, () => {
      if (!isOver(entry)) watchExpiry(entry);
      else if (entry.users === 0) void end(entry);
    });
  }

  function letGo(entry: PoolEntry): void {
    entry.users -= 1;
    if (entry.users > 0 || entry.isEnding) return;
    if (entry.connection === undefined || gone.has(entry) || isOver(entry)) void end(entry);
    else becomeIdle(entry);
  }

  return {
    async acquire(server, owner, { signal, ...how }) {
      if (isShuttingDown) throw new BrokerError('ERR_SHUTTING_DOWN', 'the broker is shutting down');
      const spec = specs.get(server);
      if (spec === undefined) throw new BrokerError('ERR_NOT_FOUND', 'no such tool server');
      if (signal.aborted) throw givenUp(server);
      const key = entryKey(spec, owner);
      const waitMs = entries.has(key) ? 0 : backOff.waitMs(key, clock.monotonicMs());
      if (waitMs > 0) {
        throw new BrokerError(
          'ERR_SERVER_BACKOFF',
          `tool server ${server} failed and is not tried for another ${Math.ceil(waitMs)} ms`,
        );
      }
      const entry = entries.get(key) ?? start(spec, key, owner, how);
      entry.users += 1;
      entry.cancelIdle?.();
      entry.cancelIdle = undefined;
      try {
        const connection = entry.connection ?? (await unlessAborted(entry, signal));
        if (entry.isEnding) throw givenUp(server);
        let isHeld = true;
        return {
          connection,
          release() {
            if (!isHeld) return;
            isHeld = false;
            letGo(entry);
          },
          keep() {
            entry.users += 1;
            let isKept = true;
            return () => {
              if (!isKept) return;
              isKept = false;
              letGo(entry);
            };
          },
        };
      } catch (error) {
        letGo(entry);
        throw error;
      }
    },
    sessions() {
      const owners = all().map(({ owner }) => owner.sessionId);
      return [...new Set(owners)].filter((id) => id !== undefined);
    },
    async endSession(sessionId) {
      const ended = all().filter(({ owner }) => owner.sessionId === sessionId);
      for (const spec of specs.values()) {
        if (spec.isolation === 'session')
          backOff.forget(entryKey(spec, { sessionId, subject: '' }));
      }
      await Promise.all(ended.map(end));
    },
    async endServer(server) {
      const ended = all().filter(({ spec }) => spec.name === server);
      await Promise.all(ended.map(end));
    },
    async endEvery() {
      await Promise.all(all().map(end));
    },
    async closeAll() {
      isShuttingDown = true;
      for (const entry of all()) void end(entry);
      await Promise.all(leaving);
    },
  };
}

function unlessAborted(entry: PoolEntry, signal: AbortSignal): Promise<ToolServerConnection> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(givenUp(entry.spec.name));
    signal.addEventListener('abort', onAbort, { once: true });
    entry.starting
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

const givenUp = (server: string): BrokerError =>
  new BrokerError('ERR_SERVER_CLOSED', `waiting for ${server} was given up`);
