import { canonicalJson } from '../domain/canonical-json.ts';
import type { Clock } from '../domain/clock.ts';
import type { Era } from '../domain/era.ts';
import { BrokerError, type BrokerErrorCode, errorCode } from '../domain/errors.ts';
import type { SessionId } from '../domain/ids.ts';
import type { JsonObject } from '../domain/json.ts';
import { createBackOff } from './back-off.ts';
import type { Lease } from './dispatch-call.ts';
import {
  type ConnectionOwner,
  createEntries,
  entryKey,
  type LeaseOwner,
  ownerOf,
  type PoolEntry,
} from './pool-entry.ts';
import { eventsOf, type PoolListener } from './pool-news.ts';
import { isInUse, MAX_ALIKE, makeRoom } from './pool-room.ts';
import { createPoolWatch } from './pool-watch.ts';
import { systemTimers, type Timers } from './timers.ts';
import type { ToolServerConnection, ToolServerConnector, ToolServerSpec } from './tool-server.ts';
import { createTurns, LONGEST_WAIT_MS, type Turn } from './turns.ts';

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

/** What a pool needs. */
export interface PoolOptions extends PoolListener {
  readonly connector: ToolServerConnector;
  readonly specs: readonly ToolServerSpec[];
  readonly clock: Clock;
  readonly timers?: Timers;
  /** Processes alive at once. Default 64. */
  readonly maxProcesses?: number;
  /** Of them for one subject, those it shares with nobody. Default: as many as in all. */
  readonly maxProcessesPerSubject?: number;
  readonly onServerEvent: (event: PoolEvent) => void;
}

/** How a connection is asked for. */
export interface AcquireOptions {
  readonly knownEra?: Era;
  readonly signal: AbortSignal;
  /** The client capabilities a tool server of the 2025 era is to be shown. */
  readonly capabilities: JsonObject;
  /**
   * Asked for what the server offers and not for a call: the capabilities are shown even where sessions
   * share connections, and a connection that served nothing else is ended with its last lease.
   */
  readonly isForOffer?: boolean;
}

/** Live connections to tool servers, one per server and isolation key. */
export interface Pool {
  /**
   * Lends the owner's connection to a server, starting it when there is none. Concurrent callers of
   * one key share one start; when all of them give up, so does the start. One to a server of the 2025
   * era that was shown client capabilities is lent to one caller after the other; who would wait for a
   * call that is held gets another, as far as there may be more.
   *
   * @returns the lease itself where nothing has to be waited for: most calls find a live connection.
   * @throws BrokerError `ERR_NOT_FOUND` for a server not configured, `ERR_SERVER_BACKOFF` while a
   * failing one is held back, `ERR_SERVER_LIMIT` when no process may be added, `ERR_SHUTTING_DOWN`,
   * `ERR_SERVER_CLOSED` when `signal` aborts; what the connector throws.
   */
  acquire(server: string, owner: LeaseOwner, options: AcquireOptions): Lease | Promise<Lease>;
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
const NOTHING: JsonObject = {};
const NO_CAPABILITIES = '{}';

/** Makes an empty pool. Nothing is started before it is asked for. */
export function createPool(options: PoolOptions): Pool {
  const { clock, timers = systemTimers, maxProcesses = DEFAULT_MAX_PROCESSES } = options;
  const { maxProcessesPerSubject = maxProcesses } = options;
  const specs = new Map(options.specs.map((spec) => [spec.name, spec]));
  const entries = createEntries();
  /** Connections that ended by themselves while calls on them were still being settled. */
  const gone = new Set<PoolEntry>();
  /** Ends of connections that were for an offer alone, by key. */
  const read = new Map<string, Promise<void>>();
  /** Processes told to leave that may not have left yet. */
  const leaving = new Set<Promise<void>>();
  const backOff = createBackOff();
  const limits = { maxProcesses, maxProcessesPerSubject, entries, end };
  const watch = createPoolWatch({ clock, timers }, end);
  let isShuttingDown = false;

  function start(
    spec: ToolServerSpec,
    key: string,
    owner: LeaseOwner,
    asked: { readonly form: string; readonly capabilities: JsonObject; readonly era?: Era },
  ): PoolEntry {
    const { form, capabilities, era } = asked;
    const connectionOwner = ownerOf(spec, owner);
    const { kind } = spec;
    const room = makeRoom(limits, { kind, key, form, subject: connectionOwner.subject });
    const giveUp = new AbortController();
    // A server that may run once only (it holds a port, a file) is gone before it is started again.
    const before = read.get(key);
    const connect = async (): Promise<ToolServerConnection> => {
      await Promise.all([room, before]);
      return options.connector.connect(
        spec,
        eventsOf(options, spec.name, connectionOwner, () => entry),
        { signal: giveUp.signal, capabilities, ...(era === undefined ? {} : { knownEra: era }) },
      );
    };
    const now = clock.monotonicMs();
    const entry: PoolEntry = {
      key,
      form,
      spec,
      owner: connectionOwner,
      expiresAt: spec.isolation === 'session' ? owner.sessionExpiresAt : undefined,
      starting: connect(),
      giveUp,
      connection: undefined,
      era,
      turns: undefined,
      startedAt: now,
      lastUsedAt: now,
      users: 0,
      kept: 0,
      isForOffer: true,
      cancelIdle: undefined,
      cancelExpiry: undefined,
      isEnding: false,
    };
    entries.add(entry);
    watch.expiry(entry);
    entry.starting.then(
      (connection) => onStarted(entry, connection),
      (error: unknown) => onStartFailed(entry, error),
    );
    return entry;
  }

  function onStarted(entry: PoolEntry, connection: ToolServerConnection): void {
    if (entry.isEnding) {
      track(connection.close());
      return;
    }
    entry.connection = connection;
    entry.startedAt = clock.monotonicMs();
    entry.era = connection.offer.era;
    const { name: server } = entry.spec;
    // Its questions carry no sign of the call they belong to.
    if (entry.era === '2025' && entry.form !== NO_CAPABILITIES) {
      entry.turns = createTurns(server, timers, () => {
        for (const other of entries.of(entry.key)) if (other !== entry) other.turns?.lookAgain();
      });
    }
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
    if (entry.users === 0) watch.idle(entry);
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

  const all = (): PoolEntry[] => [...entries.all(), ...gone];

  function forget(entry: PoolEntry): void {
    entry.cancelIdle?.();
    entry.cancelExpiry?.();
    entries.remove(entry);
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

  function letGo(entry: PoolEntry): void {
    entry.users -= 1;
    if (entry.users > 0 || entry.isEnding) return;
    const isDone = entry.isForOffer && entry.era === '2025';
    if (entry.connection === undefined || gone.has(entry) || watch.isOver(entry) || isDone) {
      const ending = end(entry);
      if (isDone) endOfOffer(entry.key, ending);
    } else if (entry.kept === 0) watch.idle(entry);
  }

  function endOfOffer(key: string, ending: Promise<void>): void {
    read.set(key, ending);
    void ending.then(() => {
      if (read.get(key) === ending) read.delete(key);
    });
  }

  function keep(entry: PoolEntry): () => void {
    entry.kept += 1;
    let isKept = true;
    return () => {
      if (!isKept) return;
      isKept = false;
      entry.kept -= 1;
      if (!isInUse(entry) && !entry.isEnding && !gone.has(entry)) watch.idle(entry);
    };
  }

  /**
   * The connections a caller may have: its own, shown the same. One whose era is not known yet may
   * turn out not to fit.
   */
  const alikeOf = (key: string, form: string, knownEra: Era | undefined): PoolEntry[] =>
    entries.of(key).filter((entry) => entry.form === form || (entry.era ?? knownEra) !== '2025');

  const isHeld = ({ turns }: PoolEntry): boolean => turns?.isHeld === true;

  const fits = (entry: PoolEntry, form: string): boolean =>
    entry.form === form || entry.era === '2026';

  function assertTriable(server: string, key: string): void {
    const waitMs = backOff.waitMs(key, clock.monotonicMs());
    if (waitMs === 0) return;
    throw new BrokerError(
      'ERR_SERVER_BACKOFF',
      `tool server ${server} failed and is not tried for another ${Math.ceil(waitMs)} ms`,
    );
  }

  function leaseOf(
    entry: PoolEntry,
    connection: ToolServerConnection,
    turn: Turn | undefined,
  ): Lease {
    let isLent = true;
    return {
      connection,
      release() {
        if (!isLent) return;
        isLent = false;
        turn?.end();
        letGo(entry);
      },
      keep: () => keep(entry),
      hold: () => turn?.hold() ?? (() => {}),
    };
  }

  /** What a connection is to be shown. Who shares one is asked nothing, so it shows nothing. */
  const shownOf = (
    spec: ToolServerSpec,
    { capabilities, isForOffer }: AcquireOptions,
  ): JsonObject => (spec.isolation === 'session' || isForOffer === true ? capabilities : NOTHING);

  /** Lends the owner's first connection, if it is live, fits and is lent to any number at once. */
  function lendAtOnce(server: string, owner: LeaseOwner, asked: AcquireOptions): Lease | undefined {
    const spec = specs.get(server);
    if (spec === undefined || isShuttingDown || asked.signal.aborted) return undefined;
    const entry = entries.of(entryKey(spec, owner))[0];
    if (entry?.connection === undefined || entry.turns !== undefined) return undefined;
    // One of the 2026 era fits whatever it is shown: it is shown that per call.
    if (entry.era !== '2026' && entry.form !== formOf(shownOf(spec, asked))) return undefined;
    entry.users += 1;
    entry.isForOffer &&= asked.isForOffer === true;
    return leaseOf(entry, entry.connection, undefined);
  }

  async function lend(server: string, owner: LeaseOwner, asked: AcquireOptions): Promise<Lease> {
    const { signal, isForOffer = false } = asked;
    const spec = specs.get(server);
    if (spec === undefined) throw new BrokerError('ERR_NOT_FOUND', 'no such tool server');
    const key = entryKey(spec, owner);
    const capabilities = shownOf(spec, asked);
    const form = formOf(capabilities);
    const deadline = clock.monotonicMs() + LONGEST_WAIT_MS;
    let era = asked.knownEra;
    /** Nothing more can be started: a held call is waited for like any other. */
    let isPatient = false;
    const canWait = (): boolean => alikeOf(key, form, era).some(isHeld);
    for (;;) {
      if (isShuttingDown) throw shuttingDown();
      if (signal.aborted) throw givenUp(server);
      const alike = alikeOf(key, form, era);
      if (alike.length >= MAX_ALIKE[spec.kind]) isPatient = true;
      let entry = alike.find((one) => !isHeld(one)) ?? (isPatient ? alike[0] : undefined);
      if (entry === undefined) {
        try {
          assertTriable(server, key);
          const how = { form, capabilities, ...(era === undefined ? {} : { era }) };
          entry = start(spec, key, owner, how);
        } catch (error) {
          if (!canWait()) throw error;
          isPatient = true;
          continue;
        }
      }
      entry.users += 1;
      let turn: Turn | undefined;
      try {
        const connection = entry.connection ?? (await unlessAborted(entry, signal));
        if (entry.isEnding) throw givenUp(server);
        if (fits(entry, form)) {
          entry.isForOffer &&= isForOffer;
          const { turns } = entry;
          const waitMs = Math.max(0, deadline - clock.monotonicMs());
          turn = await turns?.take({ signal, waitMs, isPatient });
          if (entry.isEnding) throw givenUp(server);
          const isMine = turns === undefined || turn !== undefined;
          if (isMine && !gone.has(entry)) return leaseOf(entry, connection, turn);
        } else era = '2025';
      } catch (error) {
        turn?.end();
        letGo(entry);
        // A server that may run once only (it holds a port, a file) does not start beside itself.
        const isStart = entry.connection === undefined && !signal.aborted && !isShuttingDown;
        if (!isStart || !canWait()) throw error;
        isPatient = true;
        continue;
      }
      // It shows something else than was thought, ended before its turn came, or its call is held.
      turn?.end();
      letGo(entry);
    }
  }

  return {
    acquire: (server, owner, asked) =>
      lendAtOnce(server, owner, asked) ?? lend(server, owner, asked),
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

const formOf = (capabilities: JsonObject): string =>
  Object.keys(capabilities).length === 0 ? NO_CAPABILITIES : canonicalJson(capabilities);

function unlessAborted(entry: PoolEntry, signal: AbortSignal): Promise<ToolServerConnection> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(givenUp(entry.spec.name));
    signal.addEventListener('abort', onAbort, { once: true });
    entry.starting
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

const shuttingDown = (): BrokerError =>
  new BrokerError('ERR_SHUTTING_DOWN', 'the broker is shutting down');

const givenUp = (server: string): BrokerError =>
  new BrokerError('ERR_SERVER_CLOSED', `waiting for ${server} was given up`);
