import type { Timers } from '../dispatch/timers.ts';
import type { ConnectionEvents, DispatchReply, ToolServerSpec } from '../dispatch/tool-server.ts';
import { type Era, REVISION_2026 } from '../domain/era.ts';
import { BrokerError, type BrokerErrorCode } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RequestId } from '../domain/json-rpc.ts';
import { stringifyJson } from '../domain/json-text.ts';
import { discardBody } from './bounded-body.ts';
import { startCallClock } from './call-clock.ts';
import { type Channel, type ChannelRequest, withProgressToken } from './channel.ts';
import type { StreamPosition } from './event-stream.ts';
import {
  type HttpSession,
  HttpStatusError,
  networkError,
  requestHeaders,
} from './http-exchange.ts';
import { readReply, type UnaskedMessage } from './http-reply.ts';
import { type OpenStream, reopenStream } from './reopen-stream.ts';
import { followServerStream } from './server-stream.ts';
import { type AskAnswer, createUnasked } from './unasked.ts';
import { createUnaskedRate } from './unasked-rate.ts';

/** Answers to the server's own questions that may be under way at once. */
const MAX_OPEN_ANSWERS = 64;
/** Milliseconds for what needs no answer: notifications, answers to the server, the session's end. */
const POST_TIMEOUT_MS = 5_000;
/** The spec allows visible ASCII; the length bound is ours. */
const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;

/** A channel over Streamable HTTP. */
export interface HttpChannel extends Channel {
  /** Fixes how requests from now on are marked. No revision: not yet agreed (2025). */
  speak(era: Era, revision?: string): void;
  /** Follows what a server of the 2025 era says on a stream of its own, until the channel ends. */
  followServer(): void;
}

/**
 * Speaks JSON-RPC over Streamable HTTP with one URL. Redirects are never followed, so the entry's
 * credentials go nowhere else. A stream that belongs to no request is opened when
 * `followServer` is asked for.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export function openHttpChannel(
  spec: ToolServerSpec & { readonly kind: 'http' },
  events: ConnectionEvents,
  deps: { readonly timers: Timers; readonly version: string; readonly fetch: typeof fetch },
): HttpChannel {
  const { timers } = deps;
  const unasked = createUnasked(events, spec.isolation === 'session');
  const mayGoOn = createUnaskedRate(timers);
  const open = new Set<(error: BrokerError) => void>();
  /** Aborted when no more requests are taken. */
  const ended = new AbortController();
  let session: HttpSession = { era: '2026', revision: REVISION_2026, sessionId: undefined };
  let lastId = 0;
  let openAnswers = 0;
  let failure: BrokerError | undefined;

  const serverError = (code: BrokerErrorCode, what: string): BrokerError =>
    new BrokerError(code, `tool server ${spec.name} ${what}`);

  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();

  /** Takes no more requests; those in flight go on. */
  function retire(): void {
    failure ??= serverError('ERR_SERVER_CLOSED', 'ended its session');
    ended.abort();
    markClosed();
  }

  function fail(error: BrokerError): void {
    failure ??= error;
    ended.abort();
    for (const end of [...open]) end(error);
    markClosed();
  }

  const send = (init: RequestInit): Promise<Response> =>
    deps.fetch(spec.url, { ...init, redirect: 'manual' });

  /** Sends what needs no reply. */
  async function post(message: JsonObject): Promise<void> {
    const response = await send({
      method: 'POST',
      headers: requestHeaders(spec, session, deps.version, message),
      body: stringifyJson(message),
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    discardBody(response);
    if (!response.ok) throw new HttpStatusError(spec.name, response.status);
  }

  /** Takes in what the server says of its own accord on a stream. */
  function takeUnasked(said: UnaskedMessage, length: number, ofRequest?: number): void {
    if (!mayGoOn(length)) {
      throw serverError('ERR_SERVER_FLOOD', 'sends without end what nobody asked for');
    }
    const answer = (id: RequestId, given: AskAnswer): void => {
      openAnswers += 1;
      void post({ jsonrpc: '2.0', id, ...(given as unknown as JsonObject) })
        .catch(() => undefined)
        .finally(() => {
          openAnswers -= 1;
        });
    };
    // Attack: pings without end, each of them answered on a connection of its own.
    if (!unasked.take(said, answer, ofRequest) || openAnswers > MAX_OPEN_ANSWERS) {
      throw serverError('ERR_SERVER_FLOOD', 'asks too much at once');
    }
  }

  /** Judges a status that carried no reply: a session that is gone takes the connection with it. */
  function readStatus(error: HttpStatusError): BrokerError {
    if (session.sessionId === undefined || (error.status !== 404 && error.status !== 400)) {
      return error;
    }
    retire();
    return error.status === 404 ? serverError('ERR_SERVER_CLOSED', 'ended its session') : error;
  }

  function keepSessionId(response: Response): void {
    const sessionId = response.headers.get('mcp-session-id');
    if (!response.ok || sessionId === null) return;
    if (!SESSION_ID.test(sessionId)) {
      throw serverError('ERR_SERVER_PROTOCOL', 'gave a malformed session id');
    }
    session = { ...session, sessionId };
  }

  async function request(wanted: ChannelRequest): Promise<DispatchReply> {
    if (failure !== undefined) throw failure;
    if (wanted.signal?.aborted) return { kind: 'cancelled' };
    lastId += 1;
    const id = lastId;
    const params =
      wanted.reports?.onProgress === undefined
        ? wanted.params
        : withProgressToken(wanted.params, id);
    const message: JsonObject = { jsonrpc: '2.0', id, method: wanted.method, params };
    const body = stringifyJson(message);
    const headers = requestHeaders(spec, session, deps.version, message, wanted.headers);
    const { era } = session;
    const exchange = new AbortController();
    if (wanted.mayWrite !== undefined && !wanted.mayWrite()) return { kind: 'not_sent' };
    const responding = send({ method: 'POST', headers, body, signal: exchange.signal });

    let ending: BrokerError | 'cancelled' | undefined;
    const end = (how: BrokerError | 'cancelled'): void => {
      if (ending !== undefined) return;
      ending = how;
      // In 2026 the end of the stream is the cancellation; before, it has to be said.
      if (era === '2025' && wanted.isCancellable && failure === undefined) tellCancelled(id, how);
      exchange.abort();
    };
    const onAbort = (): void => end('cancelled');
    const clock = startCallClock(timers, wanted.timeoutMs, () =>
      end(serverError('ERR_SERVER_TIMEOUT', `did not answer in ${wanted.timeoutMs} ms`)),
    );
    wanted.signal?.addEventListener('abort', onAbort, { once: true });
    open.add(end);
    const endReports =
      wanted.reports === undefined ? undefined : unasked.begin(id, wanted.reports, clock);
    try {
      const response = await responding;
      if (wanted.method === 'initialize') keepSessionId(response);
      return await readReply(response, {
        server: spec.name,
        era,
        id,
        maxBytes: spec.maxMessageBytes,
        timers,
        onUnasked: (said, length) => takeUnasked(said, length, id),
        signal: exchange.signal,
        isEndless: wanted.timeoutMs === undefined,
        ...(era === '2025' ? { resume: (position) => resume(position, exchange.signal) } : {}),
      });
    } catch (error) {
      if (ending === 'cancelled') return { kind: 'cancelled' };
      if (ending !== undefined) throw ending;
      if (error instanceof HttpStatusError) throw readStatus(error);
      if (error instanceof BrokerError) throw error;
      // The process behind a session may be another one by now.
      if (session.sessionId !== undefined) retire();
      throw networkError(spec.name, error);
    } finally {
      clock.stop();
      endReports?.();
      open.delete(end);
      wanted.signal?.removeEventListener('abort', onAbort);
    }
  }

  const openStream: OpenStream = ({ lastEventId }, signal) => {
    const headers = requestHeaders(spec, session, deps.version);
    headers.set('Accept', 'text/event-stream');
    if (lastEventId !== undefined) headers.set('Last-Event-ID', lastEventId);
    return send({ method: 'GET', headers, signal });
  };

  async function resume(
    position: StreamPosition,
    signal: AbortSignal,
  ): Promise<Response | undefined> {
    const response = await reopenStream(openStream, position, timers, signal);
    if (response === 404) throw new HttpStatusError(spec.name, response);
    return typeof response === 'number' ? undefined : response;
  }

  function tellCancelled(requestId: number, how: BrokerError | 'cancelled'): void {
    const reason = how === 'cancelled' ? 'cancelled by the client' : 'timed out';
    void post({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId, reason },
    }).catch(() => undefined);
  }

  async function endSession(): Promise<void> {
    if (session.sessionId === undefined) return;
    try {
      const headers = requestHeaders(spec, session, deps.version);
      session = { ...session, sessionId: undefined };
      const signal = AbortSignal.timeout(POST_TIMEOUT_MS);
      discardBody(await send({ method: 'DELETE', headers, signal }));
    } catch {
      // The server forgets the session in its own time.
    }
  }

  return {
    closed,
    request,
    fail,
    followServer() {
      void followServerStream({
        open: openStream,
        timers,
        maxBytes: spec.maxMessageBytes,
        signal: ended.signal,
        onUnasked: (said, length) => takeUnasked(said, length),
        onSessionGone: () => session.sessionId !== undefined && retire(),
        onFlood: fail,
        flood: () => serverError('ERR_SERVER_FLOOD', 'sends without end what nobody asked for'),
      });
    },
    speak(era, revision) {
      session = { ...session, era, revision };
    },
    async notify(method) {
      if (failure !== undefined) throw failure;
      try {
        await post({ jsonrpc: '2.0', method });
      } catch (error) {
        throw error instanceof BrokerError ? error : networkError(spec.name, error);
      }
    },
    async close() {
      fail(serverError('ERR_SERVER_CLOSED', 'was closed'));
      await endSession();
    },
  };
}
