import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonContentType } from '@modelcontextprotocol/server';
import type { Broker, BrokerReply, Origin } from '../domain/broker.ts';
import { errorCode } from '../domain/errors.ts';
import type { SessionId } from '../domain/ids.ts';
import { member } from '../domain/json.ts';
import type { RpcNotification } from '../domain/json-rpc.ts';
import type { Log } from '../domain/log.ts';
import type { Principal } from '../domain/principal.ts';
import type { FormReason } from '../domain/reasons.ts';
import { internalError, invalidRequest, parseError } from '../respond/rpc-errors.ts';
import { sessionEnded } from '../respond/stdio-errors.ts';
import { ClientUses } from './client-uses.ts';
import { formReason } from './form-reason.ts';
import { type AddressRules, type DistinctHeaders, isAddressed } from './http-address.ts';
import * as answers from './http-answer.ts';
import { discardBody, readBody } from './http-body.ts';
import { Exchange } from './http-exchange.ts';
import { readBearer, readTarget } from './http-gate.ts';
import { HttpInFlights } from './http-in-flight.ts';
import type { HttpLimits } from './http-limits.ts';
import { type Inbound, readInbound } from './inbound.ts';
import { forClient } from './progress.ts';
import { Shares } from './shares.ts';
import { readParamHeaders, readStandardHeaders } from './standard-headers.ts';
import { UnreadAnswers } from './unread-answers.ts';
import { errorText, notificationText, readJson, replyText } from './wire.ts';

/** The 2025 revision of an HTTP request without `MCP-Protocol-Version`, as the specification has it. */
const ASSUMED_REVISION = '2025-03-26';

type Request = Extract<Inbound, { kind: 'request' }>;

/** Who sent a POST that passed the gate, and to which server. */
interface Admitted {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly onlyServer?: string;
}

/** Answers HTTP requests: the gate first, the body only for whom passed it. */
export class HttpRequests {
  readonly inFlights = new HttpInFlights();
  readonly #broker: Broker;
  readonly #rules: AddressRules;
  readonly #limits: HttpLimits;
  readonly #log: Log;
  readonly #uses: ClientUses;
  readonly #receiving: Shares<SessionId>;
  readonly #answering: Shares<SessionId>;
  readonly #unread: UnreadAnswers;
  #isClosing = false;

  constructor(broker: Broker, rules: AddressRules, limits: HttpLimits, log: Log) {
    this.#broker = broker;
    this.#rules = rules;
    this.#limits = limits;
    this.#log = log;
    this.#uses = new ClientUses(broker);
    this.#receiving = new Shares(limits.maxReceivingBytes, limits.maxReceivingBytesPerSession);
    this.#answering = new Shares(limits.maxAnsweringBytes, limits.maxAnsweringBytesPerSession);
    this.#unread = new UnreadAnswers(limits.maxUnreadBytes, (session) =>
      log.warn({ session }, 'an answer that its client does not read was dropped'),
    );
  }

  /** Refuses what comes from now on and cancels what is in flight. */
  close(): void {
    this.#isClosing = true;
    this.inFlights.abortAll();
  }

  /** Answers one request. Never throws. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    let by: Principal | undefined;
    try {
      const admitted = await this.#admit(request);
      if ('status' in admitted) {
        answers.send(response, admitted, this.#limits.drainMs);
        discardBody(request, this.#limits.maxDiscardBytes);
        return;
      }
      by = admitted.principal;
      await this.#post(request, response, admitted);
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
   * it is from, what it may reach, and only then its form.
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
    if (!isAddressed(request.headersDistinct, this.#rules)) {
      return refuse('address_refused', answers.forbidden());
    }
    const target = readTarget(url);
    if (target === undefined) return refuse('target_unknown', answers.notFound());

    const token = readBearer(request.headersDistinct);
    const authentication = await this.#broker.authenticate(
      token === undefined ? undefined : { kind: 'token', token },
      origin,
    );
    if (authentication.kind === 'refused') {
      if (authentication.reason === 'state_unreadable') return answers.busy();
      return token === undefined ? answers.noCredential() : answers.invalidToken();
    }
    const { principal } = authentication;
    if (target.kind === 'one') {
      const isOurs = await this.#broker.admitsServer(principal, origin, target.server);
      if (!isOurs) return answers.notFound();
    }
    if (request.method !== 'POST') {
      return refuse('form_unsupported', answers.methodNotAllowed(), principal);
    }
    // We issue no transport session, so whatever it names has ended or never was.
    if (request.headers['mcp-session-id'] !== undefined) {
      return refuse('target_unknown', answers.notFound(), principal);
    }
    if (!isPlainJson(request.headersDistinct)) {
      return refuse('form_unsupported', answers.unsupportedMediaType(), principal);
    }
    return { principal, origin, ...(target.kind === 'one' ? { onlyServer: target.server } : {}) };
  }

  async #post(
    request: IncomingMessage,
    response: ServerResponse,
    admitted: Admitted,
  ): Promise<void> {
    const { drainMs, maxBodyBytes } = this.#limits;
    const refuse = async (reason: FormReason, answer: answers.Answer) => {
      await this.#broker.noteRefusal(admitted.origin, reason, admitted.principal);
      answers.send(response, answer, drainMs);
    };
    if (/^100-continue$/i.test(request.headers.expect ?? '')) response.writeContinue();
    const room = this.#receiving.hold(admitted.principal.sessionId);
    const body = await readBody(request, maxBodyBytes, (bytes) => room.take(bytes));
    room.release();
    if (body.kind === 'aborted') return;
    if (this.#isClosing) return refuse('closing', answers.busy());
    if (body.kind !== 'body') {
      if (body.kind === 'too_large') await refuse('too_large', answers.tooLarge());
      else await refuse('too_many', answers.busy());
      discardBody(request, this.#limits.maxDiscardBytes);
      return;
    }
    const parsed = readJson(body.bytes, this.#limits.maxMembers);
    if (parsed === 'too_large') {
      const text = errorText(null, invalidRequest('too many members'));
      await refuse('too_large', answers.json(400, text));
      return;
    }
    if (parsed === 'malformed') {
      await refuse('malformed_json', answers.json(400, errorText(null, parseError())));
      return;
    }
    const inbound = readInbound(
      parsed.value,
      readStandardHeaders(request.headersDistinct),
      ASSUMED_REVISION,
    );
    switch (inbound.kind) {
      case 'reject': {
        const { status, id, error } = inbound;
        await refuse(formReason(error), answers.json(status, errorText(id, error)));
        return;
      }
      case 'notification':
        this.#notified(inbound.notification, admitted.principal);
        answers.send(response, answers.accepted(), drainMs);
        return;
      case 'response': {
        const text = errorText(null, invalidRequest('nothing was asked of this client'));
        await refuse('response_unasked', answers.json(400, text));
        return;
      }
      case 'request':
        await this.#withRoom(admitted.principal, body.bytes.length, {
          inside: () => this.#request(inbound, admitted, request, response),
          outside: () => refuse('too_many', answers.busy()),
        });
        return;
    }
  }

  /**
   * Answers a request while there is room for it. Judged after the body is read: a cancellation has to
   * get through when nothing else does. Attack: hundreds of large calls of a tool that takes its time,
   * whose arguments are all kept meanwhile.
   */
  async #withRoom(
    principal: Principal,
    bytes: number,
    answer: { readonly inside: () => Promise<void>; readonly outside: () => Promise<void> },
  ): Promise<void> {
    const room = this.#answering.hold(principal.sessionId);
    if (!this.#hasRoom(principal) || !room.take(bytes)) return answer.outside();
    try {
      await answer.inside();
    } finally {
      room.release();
    }
  }

  #hasRoom({ sessionId }: Principal): boolean {
    const { maxInFlight, maxInFlightPerSession } = this.#limits;
    return (
      this.inFlights.size < maxInFlight && this.inFlights.sizeOf(sessionId) < maxInFlightPerSession
    );
  }

  #notified({ method, params }: RpcNotification, { sessionId }: Principal): void {
    if (method !== 'notifications/cancelled') return;
    const id = member(params, 'requestId');
    if (typeof id === 'string' || typeof id === 'number') this.inFlights.cancel(sessionId, id);
  }

  async #request(
    inbound: Request,
    { principal, origin, onlyServer }: Admitted,
    http: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { request, era, revision, clientInfo } = inbound;
    const controller = new AbortController();
    const entry = { sessionId: principal.sessionId, id: request.id, controller };
    const exchange = new Exchange(
      response,
      http.headers.accept,
      this.#limits,
      this.#unread,
      principal.sessionId,
    );
    response.once('close', () => {
      if (!response.writableFinished) controller.abort();
    });
    if (response.destroyed || this.#isClosing) controller.abort();
    this.inFlights.add(entry);
    try {
      await this.#uses.note(principal, origin, clientInfo);
      const reply = await this.#broker.handle({
        principal,
        origin,
        era,
        revision,
        ...(onlyServer === undefined ? {} : { onlyServer }),
        ...(clientInfo === undefined ? {} : { clientInfo }),
        clientCapabilities: inbound.clientCapabilities ?? {},
        ...(era === '2026' ? { paramHeaders: readParamHeaders(http.headersDistinct) } : {}),
        request,
        signal: controller.signal,
        notify: (notification) => {
          const own = forClient(notification, request);
          if (own !== undefined && !controller.signal.aborted) {
            exchange.notify(notificationText(own));
          }
        },
      });
      this.#finish(exchange, inbound, reply);
    } catch (error) {
      this.#log.error({ error, code: errorCode(error) }, 'a request failed');
      const text = errorText(request.id, internalError());
      exchange.finish(answers.json(200, text), text);
    } finally {
      this.inFlights.remove(entry);
    }
  }

  #finish(exchange: Exchange, { request, era }: Request, reply: BrokerReply): void {
    switch (reply.kind) {
      case 'session_ended':
        exchange.finish(answers.invalidToken(), errorText(request.id, sessionEnded()));
        return;
      case 'cancelled': {
        const text = this.#isClosing ? errorText(request.id, internalError()) : undefined;
        exchange.finish(text === undefined ? answers.accepted() : answers.json(200, text), text);
        return;
      }
      case 'result':
      case 'error': {
        const text = replyText(request.id, reply);
        const code = reply.kind === 'error' ? reply.error.code : undefined;
        exchange.finish(answers.json(statusOf(code, era === '2026'), text), text);
        return;
      }
    }
  }
}

/** 2026 gives some errors an HTTP status of their own; in 2025 every reply is a 200. */
function statusOf(code: number | undefined, is2026: boolean): number {
  if (!is2026) return 200;
  if (code === -32601) return 404;
  return code === -32020 || code === -32021 || code === -32022 ? 400 : 200;
}

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

/** Whether the body is JSON as it stands, and nothing said twice leaves that open. */
function isPlainJson(headers: DistinctHeaders): boolean {
  const types = headers['content-type'] ?? [];
  const encodings = headers['content-encoding'] ?? [];
  if (types.length !== 1 || !isJsonContentType(types[0])) return false;
  return encodings.every((encoding) => encoding.toLowerCase() === 'identity');
}
