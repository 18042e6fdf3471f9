import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  Broker,
  BrokerReply,
  Credential,
  IncomingRequest,
  Origin,
  SessionNews,
} from '../domain/broker.ts';
import { type Era, REVISION_2025 } from '../domain/era.ts';
import { errorCode } from '../domain/errors.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { RequestId, RpcError, RpcNotification } from '../domain/json-rpc.ts';
import type { Log } from '../domain/log.ts';
import { Passing } from '../domain/passing.ts';
import type { Principal } from '../domain/principal.ts';
import type { FormReason } from '../domain/reasons.ts';
import { internalError, invalidRequest, parseError } from '../respond/rpc-errors.ts';
import { badCredential, noCredential, sessionEnded } from '../respond/stdio-errors.ts';
import { Answered } from './answered.ts';
import { ClientQuestions } from './client-questions.ts';
import { ClientUses } from './client-uses.ts';
import { formReason } from './form-reason.ts';
import { type ClientInfo, type Inbound, readInbound } from './inbound.ts';
import { LineReader } from './line-reader.ts';
import { LineWriter } from './line-writer.ts';
import { newsNotification, wantedBy } from './news.ts';
import { forClient } from './progress.ts';
import { DEFAULT_STDIO_LIMITS, type StdioLimits } from './stdio-limits.ts';
import { openSubscription } from './subscription.ts';
import { errorText, notificationText, readJson, replyBody } from './wire.ts';

/** What the stdio face is made of. `input` and `output` carry MCP and nothing else. */
export interface StdioFaceOptions {
  readonly broker: Broker;
  readonly credential: Credential | undefined;
  readonly input: Readable;
  readonly output: Writable;
  readonly log: Log;
  readonly limits?: Partial<StdioLimits>;
}

/** A running stdio face. */
export interface StdioFace {
  /** Settles once when the client is served: 0 it left, 1 it was refused or dropped. Never rejects. */
  readonly exitCode: Promise<number>;
  /** Cancels what is in flight, answers it `-32603`, and ends with exit code 0. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves one client over newline-delimited JSON, both eras at once. Every request authenticates
 * anew, so a session that ends under a client ends for it at its next request.
 *
 * A client without a usable credential has the requests that already arrived answered with one fixed
 * error; then the face ends.
 */
export function serveStdio(options: StdioFaceOptions): StdioFace {
  const connection = new StdioConnection(options);
  return { exitCode: connection.exitCode, close: () => connection.close() };
}

type Request = Extract<Inbound, { kind: 'request' }>;

/** How a subscription ended: with the result that closes it. */
interface Closed {
  readonly kind: 'closed';
  readonly text: string;
}

const isListen = ({ era, request }: Request): boolean =>
  era === '2026' && request.method === 'subscriptions/listen';

interface InFlight {
  readonly controller: AbortController;
  isCancelledByClient: boolean;
  /** A subscription: it stays until it is ended. */
  readonly isListening: boolean;
}

const ORIGIN: Origin = { transport: 'stdio' };

class StdioConnection {
  readonly exitCode: Promise<number>;
  readonly #options: StdioFaceOptions;
  readonly #limits: StdioLimits;
  readonly #lines: LineReader;
  readonly #writer: LineWriter;
  readonly #uses: ClientUses;
  readonly #questions: ClientQuestions;
  readonly #inFlight = new Passing<RequestId, InFlight>();
  /** Told when nothing is in flight any more. */
  #onIdle: () => void = () => {};
  readonly #resolveExit: (code: number) => void;
  #revision = REVISION_2025;
  #clientInfo: ClientInfo | undefined;
  #clientCapabilities: JsonObject = {};
  #principal: Principal | undefined;
  #watching: { readonly era: Era; stop(): void } | undefined;
  /** Whether the client hears of changes unasked: it said `initialize`, and there is no other way. */
  #isTold = false;
  /** Once set, every request is answered with it. */
  #refusal: RpcError | undefined;
  #ending: Promise<void> | undefined;

  constructor(options: StdioFaceOptions) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.exitCode = promise;
    this.#resolveExit = resolve;
    this.#options = options;
    this.#limits = { ...DEFAULT_STDIO_LIMITS, ...options.limits };
    this.#lines = new LineReader(this.#limits.maxMessageBytes);
    this.#uses = new ClientUses(options.broker);
    this.#questions = new ClientQuestions(this.#limits.maxQuestions);
    this.#writer = new LineWriter(options.output, this.#limits, (code) => {
      options.log.warn({ code }, 'the client does not read any more');
      this.#end(code === 'gone' ? 0 : 1, 0);
    });
    const { input } = options;
    input.on('data', (chunk: Buffer) => this.#read(chunk));
    input.once('end', () => this.#end(0, this.#limits.graceMs));
    input.once('close', () => this.#end(0, this.#limits.graceMs));
    input.once('error', () => this.#end(0, 0));
  }

  async close(): Promise<void> {
    this.#refusal ??= internalError();
    await this.#end(0, 0);
  }

  #read(chunk: Buffer): void {
    for (const line of this.#lines.push(chunk)) {
      if (line.kind === 'too_long') {
        this.#refuseForm('too_large', errorText(null, invalidRequest('too large')));
      } else this.#receive(line.bytes);
    }
  }

  #receive(bytes: Buffer): void {
    const body = readJson(bytes, this.#limits.maxMembers);
    if (body === 'too_large') {
      this.#refuseForm('too_large', errorText(null, invalidRequest('too many members')));
      return;
    }
    if (body === 'malformed') {
      this.#refuseForm('malformed_json', errorText(null, parseError()));
      return;
    }
    const inbound = readInbound(body.value, undefined, this.#revision);
    switch (inbound.kind) {
      case 'reject':
        this.#refuseForm(formReason(inbound.error), errorText(inbound.id, inbound.error));
        return;
      case 'response':
        if (this.#questions.answer(inbound.id, inbound.reply)) return;
        // Recorded and never answered: an answer to an answer could go on without end.
        void this.#options.broker.noteRefusal(ORIGIN, 'response_unasked', this.#principal);
        return;
      case 'notification':
        this.#notified(inbound.notification);
        return;
      case 'request':
        this.#start(inbound);
        return;
    }
  }

  #notified({ method, params }: RpcNotification): void {
    if (method !== 'notifications/cancelled') return;
    const id = member(params, 'requestId');
    if (typeof id !== 'string' && typeof id !== 'number') return;
    const entry = this.#inFlight.get(id);
    if (entry === undefined) return;
    entry.isCancelledByClient = true;
    entry.controller.abort();
  }

  #start(inbound: Request): void {
    const { id } = inbound.request;
    if (this.#refusal !== undefined) {
      this.#send(errorText(id, this.#refusal));
      return;
    }
    if (this.#inFlight.has(id)) {
      // Intentionally without the id: an answer with it would be taken for the first request's.
      const text = errorText(null, invalidRequest('this id is already in flight'));
      this.#refuseForm('duplicate_id', text);
      return;
    }
    const isListening = isListen(inbound);
    if (
      this.#inFlight.size >= this.#limits.maxInFlight ||
      (isListening && this.#listening().length >= this.#limits.maxSubscriptions)
    ) {
      // Intentionally not a pause in reading: cancellations and the end of input must get through.
      this.#refuseForm('too_many', errorText(id, internalError()));
      return;
    }
    if (inbound.era === '2025' && inbound.request.method === 'initialize') {
      this.#revision = inbound.revision;
      this.#clientInfo = inbound.clientInfo;
      this.#clientCapabilities = inbound.clientCapabilities ?? {};
      this.#isTold = true;
    }
    const entry: InFlight = {
      controller: new AbortController(),
      isCancelledByClient: false,
      isListening,
    };
    this.#inFlight.set(id, entry);
    void this.#serve(inbound, entry);
  }

  async #serve(inbound: Request, entry: InFlight): Promise<void> {
    const { id } = inbound.request;
    try {
      const text = await this.#answer(inbound, entry);
      if (text !== undefined && !entry.isCancelledByClient) this.#writer.writeReply(text);
    } catch (error) {
      this.#options.log.error({ error, code: errorCode(error) }, 'a request failed');
      if (!entry.isCancelledByClient) this.#send(errorText(id, internalError()));
    } finally {
      this.#inFlight.delete(id);
      if (this.#inFlight.size === 0) this.#onIdle();
    }
  }

  /** The reply's text; `undefined` when there is none to send. */
  async #answer(inbound: Request, entry: InFlight): Promise<string | Buffer | undefined> {
    const { broker, credential } = this.#options;
    const { request } = inbound;
    const authentication = await broker.authenticate(credential, ORIGIN);
    if (authentication.kind === 'refused') {
      return authentication.reason === 'state_unreadable'
        ? errorText(request.id, internalError())
        : this.#refuse(request.id);
    }
    const { principal } = authentication;
    this.#principal = principal;
    this.#watch(principal, inbound.era);
    const clientInfo = inbound.clientInfo ?? this.#clientInfo;
    const noting = this.#uses.note(principal, ORIGIN, clientInfo);
    if (noting !== undefined) await noting;
    const { signal } = entry.controller;
    const answered = new Answered();
    const incoming: IncomingRequest = {
      principal,
      origin: ORIGIN,
      era: inbound.era,
      revision: inbound.revision,
      clientInfo,
      clientCapabilities: inbound.clientCapabilities ?? this.#clientCapabilities,
      request,
      signal,
      notify: (notification) => {
        const own = forClient(notification, request);
        if (own !== undefined && !answered.is && !signal.aborted) {
          this.#send(notificationText(own));
        }
      },
      ask:
        inbound.era === '2025' && this.#isTold
          ? (question, isVoid) =>
              this.#questions.ask(
                question,
                AbortSignal.any([isVoid, signal, answered.signal]),
                (text) => this.#send(text),
              )
          : undefined,
    };
    const reply = await (entry.isListening ? this.#listen(incoming) : broker.handle(incoming));
    answered.set();
    if (reply.kind === 'session_ended') return this.#refuse(request.id);
    if (reply.kind === 'closed') return reply.text;
    if (reply.kind !== 'cancelled') return replyBody(request.id, reply);
    return this.#refusal === undefined ? undefined : errorText(request.id, this.#refusal);
  }

  /** Listens to the broker from the first request on; a client that says `initialize` hears more. */
  #watch(principal: Principal, era: Era): void {
    if (this.#ending !== undefined) return;
    if (this.#watching?.era === '2025' || this.#watching?.era === era) return;
    this.#watching?.stop();
    const stop = this.#options.broker.watch({
      principal,
      era,
      wants: wantedBy(era),
      tell: (news) => this.#tell(news),
    });
    this.#watching = { era, stop };
  }

  #tell(news: SessionNews): void {
    if (this.#refusal !== undefined) return;
    const notification = newsNotification(news);
    if (notification !== undefined) {
      if (this.#isTold) this.#send(notificationText(notification));
      return;
    }
    // There is nothing to answer: the client hears it by the end of the process.
    this.#options.log.warn({}, 'the session has ended');
    this.#refusal = sessionEnded();
    setImmediate(() => void this.#end(1, 0));
  }

  #listening(): readonly InFlight[] {
    return this.#inFlight.values().filter(({ isListening }) => isListening);
  }

  /** Settles when a subscription is over, or was none. */
  async #listen(incoming: IncomingRequest): Promise<BrokerReply | Closed> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const subscription = await openSubscription(
      this.#options.broker,
      incoming,
      (text) => this.#send(text),
      resolve,
    );
    if (subscription.kind !== 'open') return subscription;
    if (incoming.signal.aborted) resolve();
    else incoming.signal.addEventListener('abort', () => resolve(), { once: true });
    await over;
    return { kind: 'closed', text: subscription.end() };
  }

  /** Answers what is no request to decide on, and has it recorded. */
  #refuseForm(reason: FormReason, text: string): void {
    void this.#options.broker.noteRefusal(ORIGIN, reason, this.#principal);
    this.#send(text);
  }

  #refuse(id: RequestId): string {
    if (this.#refusal === undefined) {
      const { credential } = this.#options;
      if (this.#principal !== undefined) this.#refusal = sessionEnded();
      else this.#refusal = credential === undefined ? noCredential() : badCredential();
      // After what already arrived has been read and answered.
      setImmediate(() => void this.#end(1, 0));
    }
    return errorText(id, this.#refusal);
  }

  #send(text: string): void {
    this.#writer.write(text);
  }

  #end(code: number, graceMs: number): Promise<void> {
    this.#ending ??= this.#finish(code, graceMs);
    return this.#ending;
  }

  async #finish(code: number, graceMs: number): Promise<void> {
    this.#watching?.stop();
    this.#questions.close();
    this.#options.input.pause();
    for (const { controller } of this.#listening()) controller.abort();
    if (graceMs > 0) await this.#settled(graceMs);
    for (const { controller } of this.#inFlight.values()) controller.abort();
    await this.#settled(this.#limits.settleMs);
    if (this.#inFlight.size > 0) {
      this.#options.log.warn({ inFlight: this.#inFlight.size }, 'calls did not settle in time');
    }
    await this.#writer.flush(this.#limits.settleMs);
    this.#resolveExit(code);
  }

  /** Waits until nothing is in flight, or for so long. */
  async #settled(waitMs: number): Promise<void> {
    if (this.#inFlight.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    const stop = new AbortController();
    const tooLong = delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
    await Promise.race([idle, tooLong]);
    stop.abort();
  }
}
