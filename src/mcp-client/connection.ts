import { spellHidden } from '../catalog/spell-hidden.ts';
import type { Timers } from '../dispatch/timers.ts';
import type {
  CallHooks,
  ConnectionEvents,
  DispatchReply,
  ToolServerConnection,
  ToolServerSpec,
} from '../dispatch/tool-server.ts';
import type { UseTarget } from '../domain/access-request.ts';
import type { ListKind } from '../domain/broker.ts';
import type { LeftOut, ServerOffer } from '../domain/catalog-record.ts';
import { ALL_CLIENT_CAPABILITIES } from '../domain/client-capabilities.ts';
import { BrokerError, errorCode } from '../domain/errors.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import { assertKeepable } from './assert-keepable.ts';
import { assertTarget, needsDefinition } from './assert-target.ts';
import type { CallReports, Channel } from './channel.ts';
import { envelope, type Handshake, mayAsk } from './handshake.ts';
import { headerProblem } from './header-problem.ts';
import { paramHeaders } from './http-headers.ts';
import { createListening } from './listening.ts';
import { hashOf, indexOffer, type LiveItems } from './live-items.ts';
import { readLists } from './read-lists.ts';
import { createSessionLevel } from './session-level.ts';

/** Milliseconds a process that let a call time out has to show that it lives. */
const LIVENESS_MS = 5_000;
/** Times a call has a list read again that changes while it is read. */
const MAX_READS = 3;

/** A connection, and the word that a list of its server changed. */
export interface LiveConnection extends ToolServerConnection {
  /**
   * Marks a list as out of date; the next use of something in it, or a refresh, reads it again.
   *
   * @returns whether that is news: `false` while the last such word has not been acted on.
   */
  markStale(kind: ListKind): boolean;
}

/** What reading an offer needs. */
export interface OfferReader {
  /** Toolgrant's version, told to tool servers. */
  readonly version: string;
  /** Takes known secrets out of what the server says of itself. */
  readonly scrub: <T extends Json>(value: T) => T;
  /** Takes one readable line about the server. */
  readonly log: (line: string) => void;
}

/** What taking calls and listening need. */
export interface Listener {
  /** The client capabilities a server of the 2025 era was shown. */
  readonly shown: JsonObject;
  readonly timers: Timers;
  readonly events: ConnectionEvents;
}

/**
 * Makes the connection of a channel whose revision is agreed: reads the whole offer and then takes
 * permitted calls.
 *
 * @throws BrokerError when the offer cannot be read or holds a definition that cannot be approved.
 */
export async function openConnection(
  spec: ToolServerSpec,
  channel: Channel,
  handshake: Handshake,
  { version, scrub, log, shown, timers, events }: OfferReader & Listener,
): Promise<LiveConnection> {
  const { serverInfo, capabilities, instructions } = handshake;
  // Scrubbed before it is hashed and kept: a credential must not reach catalog, lock file or client.
  const self = {
    serverInfo: scrub(serverInfo),
    capabilities: scrub(capabilities),
    ...(instructions === undefined ? {} : { instructions: scrub(instructions) }),
  };
  assertKeepable(spec.name, self);
  hashOf(spec.name, self);
  const hasParamHeaders = spec.kind === 'http' && handshake.era === '2026';
  const setsLevel =
    handshake.era === '2025' && spec.isolation === 'session' && 'logging' in capabilities;
  const sayLevel = createSessionLevel(channel);
  /** Only a server of the 2025 era that was shown what it may ask has a way to ask by itself. */
  const canAsk = handshake.era === '2025' && mayAsk(shown);
  const asksNothing = envelope(version);
  const { name: server, timeoutMs } = spec;
  const listening = createListening(channel, { server, version, timers, timeoutMs, events });
  const stale = new Set<ListKind>();
  let live = await read();
  let refreshing: Promise<ServerOffer> | undefined;

  async function read(): Promise<{ readonly offer: ServerOffer; readonly items: LiveItems }> {
    const lists = await readLists(channel, handshake, self, {
      server: spec.name,
      version,
      timeoutMs: spec.timeoutMs,
    });
    const { tools, leftOut } = usable(lists.tools.map(scrub));
    const offer: ServerOffer = {
      ...handshake,
      ...self,
      askedWith: handshake.era === '2026' ? ALL_CLIENT_CAPABILITIES : shown,
      tools,
      prompts: lists.prompts.map(scrub),
      templates: lists.templates.map(scrub),
      ...(leftOut.length === 0 ? {} : { leftOut }),
    };
    return { offer, items: indexOffer(spec.name, offer) };
  }

  /** Leaves out tools whose arguments cannot be repeated in headers as they ask, and says so. */
  function usable(listed: readonly JsonObject[]) {
    if (spec.kind !== 'http' || handshake.era !== '2026') return { tools: listed, leftOut: [] };
    const tools: JsonObject[] = [];
    const leftOut: LeftOut[] = [];
    for (const definition of listed) {
      const why = headerProblem(definition);
      if (why === undefined) tools.push(definition);
      else leftOut.push({ tool: stringMember(definition, 'name') ?? '', why });
    }
    for (const { tool, why } of leftOut) log(`${spellHidden(tool)} is left out: ${why}`);
    return { tools, leftOut };
  }

  function refresh(): Promise<ServerOffer> {
    refreshing ??= (async () => {
      const changed = [...stale];
      try {
        stale.clear();
        live = await read();
        return live.offer;
      } catch (error) {
        for (const kind of changed) stale.add(kind);
        throw error;
      } finally {
        refreshing = undefined;
      }
    })();
    return refreshing;
  }

  const isOutOfDate = (list: ListKind | undefined): boolean =>
    list !== undefined && (stale.has(list) || refreshing !== undefined);

  /** Whether what a receipt is for is there as it was permitted. */
  function isLive(receipt: IntentReceipt): boolean {
    if (!needsDefinition(receipt)) return true;
    const hash = live.items.of(receipt.target)?.hash;
    return hash !== undefined && hash === receipt.definitionHash;
  }

  function call(
    receipt: IntentReceipt,
    params: JsonObject,
    hooks: CallHooks,
  ): Promise<DispatchReply> {
    try {
      assertTarget(spec.name, receipt, params);
      const saying = sayingLevel(hooks);
      const list = needsDefinition(receipt) ? LISTED_IN[receipt.target.kind] : undefined;
      // Nothing is waited for between comparing definitions and the write.
      return saying === undefined && !isOutOfDate(list)
        ? send(receipt, params, hooks)
        : sendLater(receipt, params, hooks, saying, list);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Tells the server first how much the client wants to be told, where that changes. */
  const sayingLevel = ({ logLevel, mayWrite }: CallHooks): Promise<void> | undefined =>
    setsLevel && logLevel !== undefined && mayWrite() ? sayLevel(logLevel) : undefined;

  async function sendLater(
    receipt: IntentReceipt,
    params: JsonObject,
    hooks: CallHooks,
    saying: Promise<void> | undefined,
    list: ListKind | undefined,
  ): Promise<DispatchReply> {
    if (saying !== undefined && !(await beforeAbort(saying, hooks.signal))) {
      return { kind: 'cancelled' };
    }
    for (let reads = 0; isOutOfDate(list); reads += 1) {
      if (reads === MAX_READS) return { kind: 'not_sent' };
      if (!(await beforeAbort(refresh(), hooks.signal))) return { kind: 'cancelled' };
    }
    return send(receipt, params, hooks);
  }

  function send(
    receipt: IntentReceipt,
    params: JsonObject,
    hooks: CallHooks,
  ): Promise<DispatchReply> {
    const { method, target } = receipt;
    if (!isLive(receipt)) return Promise.resolve({ kind: 'not_sent' });
    if (handshake.era === '2026' && target.kind === 'resource') {
      if (method === 'resources/subscribe') return listening.subscribe(target.uri, hooks);
      if (method === 'resources/unsubscribe') {
        listening.unsubscribe(target.uri);
        return Promise.resolve({ kind: 'result', result: { resultType: 'complete' } });
      }
    }
    const definition =
      hasParamHeaders && method === 'tools/call' ? live.items.of(target)?.definition : undefined;
    return channel.request({
      method,
      params: handshake.era === '2026' ? withEnvelope(params, hooks) : params,
      timeoutMs: spec.timeoutMs,
      isCancellable: true,
      signal: hooks.signal,
      mayWrite: hooks.mayWrite,
      reports: reportsOf(hooks),
      onTimeout: spec.kind === 'stdio' ? checkLiveness : undefined,
      headers:
        definition === undefined
          ? undefined
          : paramHeaders(definition, member(params, 'arguments')),
    });
  }

  const reportsOf = ({ onProgress, onNotification, onAsk }: CallHooks): CallReports => ({
    onProgress,
    onNotification,
    onAsk: canAsk ? onAsk : undefined,
  });

  function withEnvelope(
    params: JsonObject,
    { capabilities, logLevel }: Pick<CallHooks, 'capabilities' | 'logLevel'>,
  ): JsonObject {
    // Sessions that share a connection are one client to its server, which must not tell them apart.
    const asked = spec.isolation === 'session' ? capabilities : undefined;
    const own =
      logLevel === undefined && (asked === undefined || !mayAsk(asked))
        ? asksNothing
        : envelope(version, asked, logLevel);
    const meta = member(params, '_meta');
    const isAlone = !isJsonObject(meta) || Object.keys(meta).length === 0;
    return { ...params, _meta: isAlone ? own : { ...meta, ...own } };
  }

  async function takeBack(uri: string): Promise<void> {
    const method = 'resources/unsubscribe';
    const asked = { method, params: { uri }, timeoutMs: LIVENESS_MS, isCancellable: false };
    await channel.request(asked).catch(() => undefined);
  }

  async function cancelTask(taskId: string, capabilities: JsonObject): Promise<void> {
    const params =
      handshake.era === '2026' ? withEnvelope({ taskId }, { capabilities }) : { taskId };
    const asked = { method: 'tasks/cancel', params, timeoutMs: LIVENESS_MS, isCancellable: false };
    await channel.request(asked).catch(() => undefined);
  }

  /** A process that answers nothing any more is ended, so that the next call gets a new one. */
  async function checkLiveness(): Promise<void> {
    try {
      await channel.request({
        method: handshake.era === '2026' ? 'server/discover' : 'ping',
        params: handshake.era === '2026' ? { _meta: envelope(version) } : {},
        timeoutMs: LIVENESS_MS,
        isCancellable: false,
      });
    } catch (error) {
      if (errorCode(error) === 'ERR_SERVER_TIMEOUT') {
        channel.fail(new BrokerError('ERR_SERVER_CLOSED', `tool server ${spec.name} hangs`));
      }
    }
  }

  if (handshake.era === '2026') listening.followLists(capabilities);

  return {
    get offer() {
      return live.offer;
    },
    closed: channel.closed,
    call,
    async unsubscribe(uri) {
      if (handshake.era === '2026') listening.unsubscribe(uri);
      else await takeBack(uri);
    },
    cancelTask,
    refresh,
    markStale(kind) {
      const isNews = !stale.has(kind);
      stale.add(kind);
      return isNews;
    },
    close: () => channel.close(),
  };
}

/** The list a kind of item stands in; what has no definition stands in none that is kept. */
const LISTED_IN: Readonly<Record<UseTarget['kind'], ListKind | undefined>> = {
  tool: 'tools',
  prompt: 'prompts',
  template: 'resources',
  resource: undefined,
  server: undefined,
};

/**
 * Waits for `work`, but not beyond an abort; `false` when it was aborted. Attack: a server that never
 * lists its tools again would hold up the revocation that cancels its calls.
 */
async function beforeAbort(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await Promise.race([work, aborted]);
    return !signal.aborted;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
