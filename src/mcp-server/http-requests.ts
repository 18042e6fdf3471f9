import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonContentType } from '@modelcontextprotocol/server';
import type { Broker, Origin } from '../domain/broker.ts';
import { REVISION_2026 } from '../domain/era.ts';
import { errorCode } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Principal } from '../domain/principal.ts';
import type { FormReason } from '../domain/reasons.ts';
import { internalError } from '../respond/rpc-errors.ts';
import { type AddressRules, isAddressed } from './http-address.ts';
import * as answers from './http-answer.ts';
import { discardBody } from './http-body.ts';
import type { Admitted } from './http-calls.ts';
import { readBearer, readTarget, takesEventStream } from './http-gate.ts';
import { type ReceivedHeaders, readHeaders } from './http-headers.ts';
import { HttpInFlights } from './http-in-flight.ts';
import type { HttpLimits } from './http-limits.ts';
import { HttpPosts } from './http-posts.ts';
import type { HttpSession } from './http-session.ts';
import { HttpSessions } from './http-sessions.ts';
import { UnreadAnswers } from './unread-answers.ts';
import { errorText } from './wire.ts';

/** Answers HTTP requests: the gate first, the body only for whom passed it. */
export class HttpRequests {
  readonly inFlights = new HttpInFlights();
  readonly #broker: Broker;
  readonly #rules: AddressRules;
  readonly #limits: HttpLimits;
  readonly #log: Log;
  readonly #sessions: HttpSessions;
  readonly #posts: HttpPosts;
  #isClosing = false;

  constructor(broker: Broker, rules: AddressRules, limits: HttpLimits, log: Log) {
    this.#broker = broker;
    this.#rules = rules;
    this.#limits = limits;
    this.#log = log;
    const unread = new UnreadAnswers(limits.maxUnreadBytes, (session) =>
      log.warn({ session }, 'an answer that its client does not read was dropped'),
    );
    this.#sessions = new HttpSessions(broker, limits, unread, (session) =>
      this.inFlights.abortAllOf(session),
    );
    this.#posts = new HttpPosts({
      broker,
      limits,
      log,
      unread,
      sessions: this.#sessions,
      inFlights: this.inFlights,
    });
  }

  /** Refuses what comes from now on, cancels what is in flight and ends every stream. */
  close(): void {
    this.#isClosing = true;
    this.#posts.close();
    this.inFlights.abortAll();
    this.#sessions.endAll();
  }

  /** Answers one request. Never throws. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', ignore);
    let by: Principal | undefined;
    try {
      const admitted = await this.#admit(request);
      if ('status' in admitted) {
        answers.send(response, admitted, this.#limits.drainMs);
        discardBody(request, this.#limits.maxDiscardBytes);
        return;
      }
      by = admitted.principal;
      if (request.method === 'POST') {
        await this.#posts.post({ http: request, response, admitted });
      } else await this.#ofSession(request, response, admitted);
    } catch (error) {
      this.#log.error({ error, code: errorCode(error) }, 'an http request failed');
      await this.#noteFailure(httpOrigin(request.socket.remoteAddress), by);
      const body = errorText(null, internalError());
      if (response.headersSent) response.destroy();
      else answers.send(response, answers.json(500, body), this.#limits.drainMs);
      discardBody(request, this.#limits.maxDiscardBytes);
    }
  }

  /** Records a request that failed in the face itself; what failed in the broker is recorded there. */
  async #noteFailure(origin: Origin, by: Principal | undefined): Promise<void> {
    try {
      await this.#broker.noteRefusal(origin, 'failed', by);
    } catch (error) {
      this.#log.error({ error, code: errorCode(error) }, 'a failure was not recorded');
    }
  }

  /**
   * Everything that is decided without reading the body, in this order: where it is addressed, who
   * it is from, what it may reach, in which transport session, and only then its form.
   */
  async #admit(request: IncomingMessage): Promise<Admitted | answers.Answer> {
    const url = request.url ?? '';
    const origin = httpOrigin(request.socket.remoteAddress);
    const refuse = async (reason: FormReason, answer: answers.Answer, by?: Principal) => {
      await this.#broker.noteRefusal(origin, reason, by);
      return answer;
    };
    if (this.#isClosing) return refuse('closing', answers.busy());
    if (!isSoundHttp(request)) return refuse('malformed_http', answers.badRequest());
    if (request.rawHeaders.length > 2 * this.#limits.maxHeaders) {
      return refuse('too_large', answers.tooManyHeaders());
    }
    if (url.length > this.#limits.maxUrlLength) return refuse('too_large', answers.uriTooLong());
    const { method } = request;
    const headers = readHeaders(request.rawHeaders);
    if (!isAddressed(headers, this.#rules)) return refuse('address_refused', answers.forbidden());
    const target = readTarget(url);
    if (target === undefined) return refuse('target_unknown', answers.notFound());

    const token = readBearer(headers);
    const authentication = await this.#broker.authenticate(
      token === undefined ? undefined : { kind: 'token', token },
      origin,
    );
    if (authentication.kind === 'refused') {
      if (authentication.reason === 'state_unreadable') return answers.busy();
      return token === undefined ? answers.noCredential() : answers.invalidToken();
    }
    const { principal } = authentication;
    const onlyServer = target.kind === 'one' ? target.server : undefined;
    if (onlyServer !== undefined) {
      const isOurs = await this.#broker.admitsServer(principal, origin, onlyServer);
      if (!isOurs) return answers.notFound();
    }
    const isModern = isModernRequest(headers);
    if (method !== 'POST' && (isModern || (method !== 'GET' && method !== 'DELETE'))) {
      return refuse('form_unsupported', answers.methodNotAllowed(isModern), principal);
    }
    const named = isModern ? undefined : headers.sessionId;
    const session = this.#session(named, principal, onlyServer);
    if (named !== undefined && session === undefined) {
      return refuse('target_unknown', answers.notFound(), principal);
    }
    if (method === 'POST' && !isPlainJson(headers)) {
      return refuse('form_unsupported', answers.unsupportedMediaType(), principal);
    }
    return { headers, principal, origin, isModern, onlyServer, session };
  }

  /** Attack: `Mcp-Session-Id` sent twice, of which a proxy reads one and we another. */
  #session(
    named: readonly string[] | undefined,
    principal: Principal,
    onlyServer: string | undefined,
  ): HttpSession | undefined {
    const id = named?.[0];
    if (named?.length !== 1 || id === undefined) return undefined;
    return this.#sessions.find(id, principal, onlyServer);
  }

  /** GET reads the news of a transport session, or a stream that broke off; DELETE ends the session. */
  async #ofSession(
    request: IncomingMessage,
    response: ServerResponse,
    { headers, session, principal, origin }: Admitted,
  ): Promise<void> {
    const { drainMs, maxDiscardBytes } = this.#limits;
    discardBody(request, maxDiscardBytes);
    const refuse = async (reason: FormReason, answer: answers.Answer) => {
      await this.#broker.noteRefusal(origin, reason, principal);
      answers.send(response, answer, drainMs);
    };
    if (session === undefined) {
      return refuse('session_missing', answers.badSession('Mcp-Session-Id is needed'));
    }
    if (request.method === 'DELETE') {
      this.#sessions.end(session);
      answers.send(response, answers.ended(), drainMs);
      return;
    }
    if (!takesEventStream(request.headers.accept)) {
      return refuse('form_unsupported', answers.notAcceptable());
    }
    if (response.destroyed || this.#isClosing) return refuse('closing', answers.busy());
    response.once('close', session.use());
    const last = headers.lastEventId?.join('\n');
    if (last === undefined) session.streams.listen(response);
    else if (!session.streams.resume(response, last)) {
      await refuse('target_unknown', answers.badSession('there is no such stream to go on with'));
    }
  }
}

/** An answer whose client is gone: its end is told by `close`. */
const ignore = (): void => {};

/** Where a request over HTTP comes from: the socket's address, whatever its headers say. */
export const httpOrigin = (remote: string | undefined): Origin => ({
  transport: 'http',
  ...(remote === undefined ? {} : { remote }),
});

/**
 * Whether the version is one of those we speak. Node's parser takes others too, and chunks in 1.0,
 * which knows none: an intermediary would read the end of such a request elsewhere.
 */
function isSoundHttp({ headers, httpVersion }: IncomingMessage): boolean {
  if (httpVersion === '1.1') return true;
  return httpVersion === '1.0' && headers['transfer-encoding'] === undefined;
}

/** Whether a request says that it is of 2026; a body that says otherwise is refused. */
function isModernRequest({ protocolVersion }: ReceivedHeaders): boolean {
  return protocolVersion?.length === 1 && protocolVersion[0]?.trim() === REVISION_2026;
}

/** Whether the body is JSON as it stands, and nothing said twice leaves that open. */
function isPlainJson({ contentType, contentEncoding = [] }: ReceivedHeaders): boolean {
  if (contentType?.length !== 1 || !isJsonContentType(contentType[0])) return false;
  return contentEncoding.every((encoding) => encoding.toLowerCase() === 'identity');
}
