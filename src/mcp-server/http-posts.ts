import type { SessionId } from '../domain/ids.ts';
import { member } from '../domain/json.ts';
import type { RpcNotification } from '../domain/json-rpc.ts';
import type { FormReason } from '../domain/reasons.ts';
import { invalidRequest, parseError } from '../respond/rpc-errors.ts';
import { formReason } from './form-reason.ts';
import * as answers from './http-answer.ts';
import { type Body, discardBody, readBody } from './http-body.ts';
import { HttpCalls, type Post, type PostParts, type Request, refuse } from './http-calls.ts';
import type { HttpSession } from './http-session.ts';
import { readInbound } from './inbound.ts';
import { Shares } from './shares.ts';
import { readStandardHeaders } from './standard-headers.ts';
import { errorText, readJson } from './wire.ts';

/** The 2025 revision of an HTTP request without `MCP-Protocol-Version`, as the specification has it. */
const ASSUMED_REVISION = '2025-03-26';

/** Answers the POSTs of clients that passed the gate: one JSON-RPC message each. */
export class HttpPosts {
  readonly #parts: PostParts;
  readonly #calls: HttpCalls;
  readonly #receiving: Shares<SessionId>;
  readonly #answering: Shares<SessionId>;
  readonly #inFlight: Shares<SessionId>;
  readonly #subscribed: Shares<SessionId>;
  #isClosing = false;

  constructor(parts: PostParts) {
    const { limits } = parts;
    this.#parts = parts;
    this.#calls = new HttpCalls(parts);
    this.#receiving = new Shares(limits.maxReceivingBytes, limits.maxReceivingBytesPerSession);
    this.#answering = new Shares(limits.maxAnsweringBytes, limits.maxAnsweringBytesPerSession);
    this.#inFlight = new Shares(limits.maxInFlight, limits.maxInFlightPerSession);
    this.#subscribed = new Shares(limits.maxSubscriptions, limits.maxSubscriptionsPerSession);
  }

  /** Refuses what is still being received, and ends subscriptions. */
  close(): void {
    this.#isClosing = true;
    this.#calls.close();
  }

  /** Receives a message and answers it. */
  post(post: Post): Promise<void> | undefined {
    const { http, response, admitted } = post;
    const { expect } = http.headers;
    if (expect !== undefined && /^100-continue$/i.test(expect)) response.writeContinue();
    const room = this.#receiving.hold(admitted.principal.sessionId);
    const read = (body: Body): Promise<void> | undefined => {
      room.release();
      if (body.kind === 'aborted') return undefined;
      if (this.#isClosing) return this.#refuse(post, 'closing', answers.busy());
      return body.kind === 'body' ? this.#received(body.bytes, post) : this.#refuseBody(body, post);
    };
    const body = readBody(http, this.#parts.limits.maxBodyBytes, (bytes) => room.take(bytes));
    return body instanceof Promise ? body.then(read) : read(body);
  }

  async #refuseBody({ kind }: { kind: 'too_large' | 'no_room' }, post: Post): Promise<void> {
    if (kind === 'too_large') await this.#refuse(post, 'too_large', answers.tooLarge());
    else await this.#refuse(post, 'too_many', answers.busy());
    discardBody(post.http, this.#parts.limits.maxDiscardBytes);
  }

  /** Answers a message that has come. */
  #received(bytes: Buffer, post: Post): Promise<void> | undefined {
    const { response, admitted } = post;
    const { session, isModern } = admitted;
    const { drainMs, maxMembers } = this.#parts.limits;
    // Ended while the body came.
    if (session?.isClosed) return this.#refuse(post, 'target_unknown', answers.notFound());
    const parsed = readJson(bytes, maxMembers);
    if (parsed === 'too_large') {
      const text = errorText(null, invalidRequest('too many members'));
      return this.#refuse(post, 'too_large', answers.json(400, text));
    }
    if (parsed === 'malformed') {
      const text = errorText(null, parseError());
      return this.#refuse(post, 'malformed_json', answers.json(400, text));
    }
    const inbound = readInbound(
      parsed.value,
      readStandardHeaders(admitted.headers),
      session?.opened.revision ?? ASSUMED_REVISION,
    );
    switch (inbound.kind) {
      case 'reject': {
        const { status, id, error } = inbound;
        return this.#refuse(post, formReason(error), answers.json(status, errorText(id, error)));
      }
      case 'notification':
        if (session === undefined && !isModern) {
          return this.#refuse(post, 'session_missing', missing(null));
        }
        if (session !== undefined) this.#notified(inbound.notification, session);
        answers.send(response, answers.accepted(), drainMs);
        return undefined;
      case 'response': {
        if (session?.questions.answer(inbound.id, inbound.reply)) {
          answers.send(response, answers.accepted(), drainMs);
          return undefined;
        }
        const text = errorText(null, invalidRequest('nothing was asked of this client'));
        return this.#refuse(post, 'response_unasked', answers.json(400, text));
      }
      case 'request':
        return this.#request(inbound, post, bytes.length);
    }
  }

  #notified({ method, params }: RpcNotification, session: HttpSession): void {
    if (method !== 'notifications/cancelled') return;
    const id = member(params, 'requestId');
    if (typeof id === 'string' || typeof id === 'number') {
      this.#parts.inFlights.cancel(session, id);
    }
  }

  /**
   * Answers a request while there is room for it. Judged after the body is read: a cancellation has to
   * get through when nothing else does. Attack: hundreds of large calls of a tool that takes its time,
   * whose arguments are all kept meanwhile.
   */
  #request(inbound: Request, post: Post, bytes: number): Promise<void> {
    const { principal, session } = post.admitted;
    const { request, era } = inbound;
    const isOpening = era === '2025' && request.method === 'initialize';
    if (isOpening && session !== undefined) {
      const error = invalidRequest('this Mcp-Session-Id is initialized already');
      return this.#refuse(post, 'invalid_message', answers.json(400, errorText(request.id, error)));
    }
    if (era === '2025' && !isOpening && session === undefined) {
      return this.#refuse(post, 'session_missing', missing(request.id));
    }
    const isListening = era === '2026' && request.method === 'subscriptions/listen';
    const room = this.#answering.hold(principal.sessionId);
    const place = (isListening ? this.#subscribed : this.#inFlight).hold(principal.sessionId);
    if (!place.take(1) || !room.take(bytes)) {
      place.release();
      return this.#refuse(post, 'too_many', answers.busy());
    }
    const done = session?.use();
    return this.#calls.answer(inbound, post, isListening, () => {
      done?.();
      room.release();
      place.release();
    });
  }

  #refuse(post: Post, reason: FormReason, answer: answers.Answer): Promise<void> {
    return refuse(this.#parts, post, reason, answer);
  }
}

/** The answer to a 2025 message that names no transport session. */
const missing = (id: string | number | null): answers.Answer =>
  answers.json(400, errorText(id, invalidRequest('Mcp-Session-Id is missing')));
