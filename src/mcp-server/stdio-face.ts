import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker, Credential, Origin, SessionNews } from '../domain/broker.ts';
import { REVISION_2025 } from '../domain/era.ts';
import { errorCode } from '../domain/errors.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { RequestId, RpcError, RpcNotification } from '../domain/json-rpc.ts';
import type { Log } from '../domain/log.ts';
import type { Principal } from '../domain/principal.ts';
import type { FormReason } from '../domain/reasons.ts';
import { internalError, invalidRequest, parseError } from '../respond/rpc-errors.ts';
import { badCredential, noCredential, sessionEnded } from '../respond/stdio-errors.ts';
import { ClientUses } from './client-uses.ts';
import { formReason } from './form-reason.ts';
import { type ClientInfo, type Inbound, readInbound } from './inbound.ts';
import { LineReader } from './line-reader.ts';
import { LineWriter } from './line-writer.ts';
import { forClient } from './progress.ts';
import { errorText, notificationText, readJson, replyText } from './wire.ts';

/** Bounds of the stdio face. */
export interface StdioLimits {
  /** Longest message read, bytes. Default 4 MiB. */
  readonly maxMessageBytes: number;
  /** Members and items one message may hold. Default 10000. */
  readonly maxMembers: number;
  /** Bytes that may wait for a client that does not read, before it is dropped. Default 64 MiB. */
  readonly maxQueuedBytes: number;
  /** Milliseconds a line may wait for a client that reads nothing, before it is dropped. Default 30 s. */
  readonly drainMs: number;
  /** Requests in flight; one beyond is answered `-32603`. Default 1024. */
  readonly maxInFlight: number;
  /** Milliseconds that calls in flight may still take when input ends. Default 500. */
  readonly graceMs: number;
  /** Milliseconds to wait for cancelled calls to settle. Default 5000. */
  readonly settleMs: number;
}

const DEFAULT_LIMITS: StdioLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxMembers: 10_000,
  maxQueuedBytes: 64 * 1024 * 1024,
  drainMs: 30_000,
  maxInFlight: 1024,
  graceMs: 500,
  settleMs: 5000,
};

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

interface InFlight {
  readonly controller: AbortController;
  isCancelledByClient: boolean;
  readonly settled: Promise<void>;
}

const TOOLS_CHANGED = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' } as const;
const ORIGIN: Origin = { transport: 'stdio' };

class StdioConnection {
  readonly exitCode: Promise<number>;
  readonly #options: StdioFaceOptions;
  readonly #limits: StdioLimits;
  readonly #lines: LineReader;
  readonly #writer: LineWriter;
  readonly #uses: ClientUses;
  readonly #inFlight = new Map<RequestId, InFlight>();
  readonly #resolveExit: (code: number) => void;
  #revision = REVISION_2025;
  #clientInfo: ClientInfo | undefined;
  #clientCapabilities: JsonObject = {};
  #principal: Principal | undefined;
  #stopWatching: (() => void) | undefined;
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
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#lines = new LineReader(this.#limits.maxMessageBytes);
    this.#uses = new ClientUses(options.broker);
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

  #receive(bytes: Uint8Array): void {
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
    if (this.#inFlight.size >= this.#limits.maxInFlight) {
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
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    const entry: InFlight = {
      controller: new AbortController(),
      isCancelledByClient: false,
      settled,
    };
    this.#inFlight.set(id, entry);
    void this.#serve(inbound, entry).finally(() => {
      this.#inFlight.delete(id);
      resolve();
    });
  }

  async #serve(inbound: Request, entry: InFlight): Promise<void> {
    const { id } = inbound.request;
    try {
      const text = await this.#answer(inbound, entry);
      if (text !== undefined && !entry.isCancelledByClient) this.#send(text);
    } catch (error) {
      this.#options.log.error({ error, code: errorCode(error) }, 'a request failed');
      if (!entry.isCancelledByClient) this.#send(errorText(id, internalError()));
    }
  }

  /** The reply's text; `undefined` when there is none to send. */
  async #answer(inbound: Request, entry: InFlight): Promise<string | undefined> {
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
    this.#stopWatching ??= broker.watch({
      principal,
      era: '2025',
      wants: new Set(['tools']),
      tell: (news) => this.#tell(news),
    });
    const clientInfo = inbound.clientInfo ?? this.#clientInfo;
    await this.#uses.note(principal, ORIGIN, clientInfo);
    const { signal } = entry.controller;
    let isAnswered = false;
    const reply = await broker.handle({
      principal,
      origin: ORIGIN,
      era: inbound.era,
      revision: inbound.revision,
      ...(clientInfo === undefined ? {} : { clientInfo }),
      clientCapabilities: inbound.clientCapabilities ?? this.#clientCapabilities,
      request,
      signal,
      notify: (notification) => {
        const own = forClient(notification, request);
        if (own !== undefined && !isAnswered && !signal.aborted) this.#send(notificationText(own));
      },
    });
    isAnswered = true;
    if (reply.kind === 'session_ended') return this.#refuse(request.id);
    if (reply.kind !== 'cancelled') return replyText(request.id, reply);
    return this.#refusal === undefined ? undefined : errorText(request.id, this.#refusal);
  }

  #tell(news: SessionNews): void {
    if (this.#refusal !== undefined) return;
    switch (news.kind) {
      case 'list_changed':
        if (this.#isTold) this.#send(notificationText(TOOLS_CHANGED));
        return;
      case 'resource_updated':
      case 'notification':
        return;
      case 'ended':
        // There is nothing to answer: the client hears it by the end of the process.
        this.#options.log.warn({}, 'the session has ended');
        this.#refusal = sessionEnded();
        setImmediate(() => void this.#end(1, 0));
    }
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
    this.#stopWatching?.();
    this.#options.input.pause();
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
    const all = Promise.all([...this.#inFlight.values()].map(({ settled }) => settled));
    const stop = new AbortController();
    const tooLong = delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
    await Promise.race([all, tooLong]);
    stop.abort();
  }
}
