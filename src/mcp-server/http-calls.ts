import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Broker, BrokerReply, IncomingRequest, Origin } from '../domain/broker.ts';
import { errorCode } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Principal } from '../domain/principal.ts';
import type { FormReason } from '../domain/reasons.ts';
import { internalError } from '../respond/rpc-errors.ts';
import { sessionEnded } from '../respond/stdio-errors.ts';
import { Answered } from './answered.ts';
import { ClientUses } from './client-uses.ts';
import * as answers from './http-answer.ts';
import { Exchange } from './http-exchange.ts';
import type { ReceivedHeaders } from './http-headers.ts';
import type { HttpInFlights } from './http-in-flight.ts';
import type { HttpLimits } from './http-limits.ts';
import type { HttpSession } from './http-session.ts';
import type { HttpSessions } from './http-sessions.ts';
import type { Inbound } from './inbound.ts';
import { forClient } from './progress.ts';
import { openSubscription } from './subscription.ts';
import type { UnreadAnswers } from './unread-answers.ts';
import { errorText, notificationText, replyBody, replyText } from './wire.ts';

/** A request that was read from a POST. */
export type Request = Extract<Inbound, { kind: 'request' }>;

/** Who sent a request that passed the gate, to which server, and in which transport session. */
export interface Admitted {
  readonly headers: Readonly<ReceivedHeaders>;
  readonly principal: Principal;
  readonly origin: Origin;
  /** `undefined`: `/mcp`. */
  readonly onlyServer: string | undefined;
  /** `undefined` in 2026, and before `initialize`. */
  readonly session: HttpSession | undefined;
  /** Whether its headers say 2026, where there are no transport sessions. The body has to agree. */
  readonly isModern: boolean;
}

/** What POSTs are answered with. */
export interface PostParts {
  readonly broker: Broker;
  readonly limits: HttpLimits;
  readonly log: Log;
  readonly unread: UnreadAnswers;
  readonly sessions: HttpSessions;
  readonly inFlights: HttpInFlights;
}

/** One POST on its way to its answer. */
export interface Post {
  readonly http: IncomingMessage;
  readonly response: ServerResponse;
  readonly admitted: Admitted;
}

/** Answers what is no request to decide on, and has it recorded. */
export async function refuse(
  { broker, limits }: PostParts,
  { response, admitted }: Post,
  reason: FormReason,
  answer: answers.Answer,
): Promise<void> {
  await broker.noteRefusal(admitted.origin, reason, admitted.principal);
  answers.send(response, answer, limits.drainMs);
}

/** Hands requests to the broker and writes what it answers, each to its own exchange. */
export class HttpCalls {
  readonly #parts: PostParts;
  readonly #uses: ClientUses;
  readonly #subscriptions = new Set<AbortController>();
  #isClosing = false;

  constructor(parts: PostParts) {
    this.#parts = parts;
    this.#uses = new ClientUses(parts.broker);
  }

  /** Ends subscriptions; what is cancelled from now on is answered with an error. */
  close(): void {
    this.#isClosing = true;
    for (const controller of this.#subscriptions) controller.abort();
  }

  /**
   * Answers a request for which there is room.
   *
   * @param isListening whether it is a subscription.
   * @param done called once it is answered, or has failed.
   */
  async answer(
    inbound: Request,
    post: Post,
    isListening: boolean,
    done: () => void,
  ): Promise<void> {
    const { limits, log, unread, broker, inFlights } = this.#parts;
    const { http, response } = post;
    const { principal, origin, session } = post.admitted;
    const { request } = inbound;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const isOpening = session === undefined && inbound.era === '2025';
    const exchange = new Exchange({
      response,
      // The id of a transport session goes into the headers of its answer.
      accept: isOpening ? 'application/json' : http.headers.accept,
      limits,
      unread,
      owner: principal.sessionId,
      resumable:
        session === undefined ? undefined : (answer) => session.streams.open(answer, abort),
    });
    response.on('close', () => {
      if (!response.writableFinished && !exchange.isResumable) abort();
    });
    if (response.destroyed || this.#isClosing) abort();
    const slow =
      session?.isPrimed === true
        ? setTimeout(() => exchange.open(), limits.streamAfterMs).unref()
        : undefined;
    if (isListening) this.#subscriptions.add(controller);
    const letGo = isListening
      ? undefined
      : inFlights.add({ transport: session, id: request.id, controller });
    try {
      const clientInfo = inbound.clientInfo ?? session?.opened.clientInfo;
      const noting = this.#uses.note(principal, origin, clientInfo);
      if (noting !== undefined) await noting;
      const answered = new Answered();
      const incoming = this.#incoming(inbound, post, exchange, controller.signal, answered);
      if (isListening) await this.#listen(incoming, post, exchange);
      else {
        let reply: BrokerReply;
        try {
          reply = await broker.handle(incoming);
        } finally {
          answered.set();
        }
        if (isOpening && reply.kind === 'result') await this.#open(inbound, post, exchange, reply);
        else this.#finish(exchange, incoming, reply);
      }
    } catch (error) {
      log.error({ error, code: errorCode(error) }, 'a request failed');
      const text = errorText(request.id, internalError());
      exchange.finish(answers.json(200, text), text);
    } finally {
      clearTimeout(slow);
      this.#subscriptions.delete(controller);
      letGo?.();
      done();
    }
  }

  #incoming(
    inbound: Request,
    { admitted }: Post,
    exchange: Exchange,
    signal: AbortSignal,
    answered: Answered,
  ): IncomingRequest {
    const { principal, origin, onlyServer, session, headers } = admitted;
    const { request, era } = inbound;
    const send = (text: string): void => exchange.send(text);
    return {
      principal,
      origin,
      era,
      revision: session?.opened.revision ?? inbound.revision,
      onlyServer,
      clientInfo: inbound.clientInfo ?? session?.opened.clientInfo,
      clientCapabilities: inbound.clientCapabilities ?? session?.opened.clientCapabilities ?? {},
      paramHeaders: era === '2026' ? headers.params : undefined,
      request,
      signal,
      notify: (notification) => {
        const own = forClient(notification, request);
        if (own !== undefined && !answered.is && !signal.aborted) send(notificationText(own));
      },
      ask:
        session !== undefined && exchange.takesStream
          ? (question, isVoid) =>
              session.questions.ask(
                question,
                AbortSignal.any([isVoid, signal, answered.signal]),
                send,
              )
          : undefined,
    };
  }

  /** Answers `initialize` with the transport session it opens. */
  async #open(
    inbound: Request,
    post: Post,
    exchange: Exchange,
    reply: Extract<BrokerReply, { kind: 'result' }>,
  ): Promise<void> {
    const { principal, onlyServer } = post.admitted;
    if (this.#isClosing) return this.#finish(exchange, inbound, { kind: 'cancelled' });
    // Nobody would know its id.
    if (post.response.destroyed) return;
    const session = this.#parts.sessions.open({
      principal,
      onlyServer,
      revision: inbound.revision,
      clientInfo: inbound.clientInfo,
      clientCapabilities: inbound.clientCapabilities ?? {},
    });
    if (session === undefined) return refuse(this.#parts, post, 'too_many', answers.busy());
    const text = replyText(inbound.request.id, reply);
    exchange.finish(answers.json(200, text, { 'Mcp-Session-Id': session.id }), text);
  }

  async #listen(incoming: IncomingRequest, post: Post, exchange: Exchange): Promise<void> {
    const { signal } = incoming;
    if (!exchange.takesStream) {
      return refuse(this.#parts, post, 'form_unsupported', answers.notAcceptable());
    }
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const subscription = await openSubscription(
      this.#parts.broker,
      incoming,
      (text) => exchange.send(text),
      resolve,
    );
    if (subscription.kind !== 'open') {
      this.#finish(exchange, incoming, subscription);
      return;
    }
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
    await over;
    const text = subscription.end();
    exchange.finish(answers.json(200, text), text);
  }

  #finish(
    exchange: Exchange,
    { request, era }: Pick<IncomingRequest, 'request' | 'era'>,
    reply: BrokerReply,
  ): void {
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
        const body = replyBody(request.id, reply);
        const code = reply.kind === 'error' ? reply.error.code : undefined;
        exchange.finish(answers.json(statusOf(code, era === '2026'), body), body);
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
