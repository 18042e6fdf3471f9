import { hashDefinition } from '../catalog/definition-hash.ts';
import { spellHidden } from '../catalog/spell-hidden.ts';
import type {
  CallHooks,
  DispatchReply,
  ToolServerConnection,
  ToolServerSpec,
} from '../dispatch/tool-server.ts';
import type { LeftOut, ServerOffer } from '../domain/catalog-record.ts';
import { ALL_CLIENT_CAPABILITIES } from '../domain/client-capabilities.ts';
import { BrokerError, errorCode } from '../domain/errors.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import { isJsonObject, type Json, type JsonObject, member, stringMember } from '../domain/json.ts';
import { assertKeepable } from './assert-keepable.ts';
import type { Channel } from './channel.ts';
import { envelope, type Handshake, SHOWN_CAPABILITIES } from './handshake.ts';
import { headerProblem } from './header-problem.ts';
import { paramHeaders } from './http-headers.ts';
import { readLists } from './read-lists.ts';

/** Milliseconds a process that let a call time out has to show that it lives. */
const LIVENESS_MS = 5_000;
/** Times a call has a list read again that changes while it is read. */
const MAX_READS = 3;

/** A connection, and the word that its server's list changed. */
export interface LiveConnection extends ToolServerConnection {
  /**
   * Marks the definitions as out of date; the next call or refresh reads them again.
   *
   * @returns whether that is news: `false` while the last such word has not been acted on.
   */
  markStale(): boolean;
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
  { version, scrub, log }: OfferReader,
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
  let isStale = false;
  let live = await read();
  let refreshing: Promise<ServerOffer> | undefined;

  async function read(): Promise<{ offer: ServerOffer; tools: Map<string, LiveTool> }> {
    const lists = await readLists(channel, handshake, self, {
      server: spec.name,
      version,
      timeoutMs: spec.timeoutMs,
    });
    const { tools, leftOut } = usable(lists.tools.map(scrub));
    const byName = new Map(
      tools.map((definition) => [
        stringMember(definition, 'name') ?? '',
        { definition, hash: hashOf(spec.name, definition) },
      ]),
    );
    if (byName.size < tools.length) {
      // Told apart only by a credential in their names.
      throw new BrokerError(
        'ERR_SERVER_PROTOCOL',
        `tool server ${spec.name} names two tools alike`,
      );
    }
    return {
      offer: {
        ...handshake,
        ...self,
        askedWith: handshake.era === '2026' ? ALL_CLIENT_CAPABILITIES : SHOWN_CAPABILITIES,
        tools,
        prompts: lists.prompts.map(scrub),
        templates: lists.templates.map(scrub),
        ...(leftOut.length === 0 ? {} : { leftOut }),
      },
      tools: byName,
    };
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
      try {
        isStale = false;
        live = await read();
        return live.offer;
      } catch (error) {
        isStale = true;
        throw error;
      } finally {
        refreshing = undefined;
      }
    })();
    return refreshing;
  }

  async function call(
    receipt: IntentReceipt,
    params: JsonObject,
    hooks: CallHooks,
  ): Promise<DispatchReply> {
    const { target } = receipt;
    const tool = target.kind === 'tool' ? target.tool : '';
    if (target.server !== spec.name || stringMember(params, 'name') !== tool) {
      throw new BrokerError('ERR_INTERNAL', `the intent is not for this call of ${spec.name}`);
    }
    for (let reads = 0; isStale || refreshing !== undefined; reads += 1) {
      if (reads === MAX_READS) return { kind: 'not_sent' };
      if (!(await beforeAbort(refresh(), hooks.signal))) return { kind: 'cancelled' };
    }
    const found = live.tools.get(tool);
    if (found === undefined || found.hash !== receipt.definitionHash) return { kind: 'not_sent' };
    try {
      return await channel.request({
        method: 'tools/call',
        params: handshake.era === '2026' ? withEnvelope(params, version) : params,
        timeoutMs: spec.timeoutMs,
        isCancellable: true,
        signal: hooks.signal,
        mayWrite: hooks.mayWrite,
        ...(hooks.onProgress === undefined ? {} : { onProgress: hooks.onProgress }),
        ...(spec.kind === 'http' && handshake.era === '2026'
          ? { headers: paramHeaders(found.definition, member(params, 'arguments')) }
          : {}),
      });
    } catch (error) {
      if (spec.kind === 'stdio' && errorCode(error) === 'ERR_SERVER_TIMEOUT') void checkLiveness();
      throw error;
    }
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

  return {
    get offer() {
      return live.offer;
    },
    closed: channel.closed,
    call,
    // Nothing is subscribed to yet.
    unsubscribe: async () => {},
    refresh,
    markStale() {
      const isNews = !isStale;
      isStale = true;
      return isNews;
    },
    close: () => channel.close(),
  };
}

interface LiveTool {
  readonly definition: JsonObject;
  readonly hash: string;
}

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

function hashOf(server: string, said: JsonObject): string {
  try {
    return hashDefinition(said);
  } catch {
    throw new BrokerError(
      'ERR_SERVER_PROTOCOL',
      `tool server ${server} describes something that has no canonical form`,
    );
  }
}

function withEnvelope(params: JsonObject, version: string): JsonObject {
  const meta = member(params, '_meta');
  return { ...params, _meta: { ...(isJsonObject(meta) ? meta : {}), ...envelope(version) } };
}
