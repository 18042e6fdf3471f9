import type {
  Authentication,
  Broker,
  BrokerReply,
  ClientChannel,
  Credential,
  IncomingRequest,
  Listening,
  Origin,
  Question,
  SessionNews,
} from '../../src/domain/broker.ts';
import { REVISION_2026 } from '../../src/domain/era.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  member,
  stringMember,
} from '../../src/domain/json.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { FormReason } from '../../src/domain/reasons.ts';
import { toEra } from '../../src/respond/era-form.ts';
import { invalidParams, methodNotFound, unknownTool } from '../../src/respond/rpc-errors.ts';
import { SUPPORT_ID } from '../support/live/transport-session.ts';

/** A principal whose session id ends in `letter`. */
export const principalOf = (letter: string): Principal => ({
  subject: `subject-${letter}`,
  sessionId: `ses_${letter.repeat(32)}` as SessionId,
  sessionOpenedAt: 0,
  sessionExpiresAt: 1e15,
});

const SERVER_INFO = { name: 'fake', version: '0' };
const TOOLS: Json = ['echo', 'hang', 'progress'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
}));

/**
 * A broker whose tokens are `token-a`, `token-b` …, each the session of its letter, and whose tools
 * are what the faces have to get right: `echo`, `hang` (until cancelled), `stubborn` (answers all
 * the same), `progress`, `boom` (throws),
 * `ended` (the session ends under it), `flood`, `asks` (asks the client, and tells what it answered).
 */
export class FakeBroker implements Broker {
  readonly handled: IncomingRequest[] = [];
  readonly presented: (Credential | undefined)[] = [];
  readonly origins: Origin[] = [];
  readonly noted: JsonObject[] = [];
  /** Refusals of form, with the subject once it was known. */
  readonly refused: [FormReason, string | null][] = [];
  readonly askedServers: string[] = [];
  readonly cancelled: Json[] = [];
  readonly ended = new Set<SessionId>();
  failsToAuthenticate = false;
  failsToNote = false;
  /** Takes back the last question. */
  giveUp = (): void => {};
  /** The next refusal of form is not recorded. */
  failsToRefuse = false;
  stateIsUnreadable = false;
  #running = new Set<Json>();
  #waiters: (() => void)[] = [];

  async authenticate(credential: Credential | undefined, origin: Origin): Promise<Authentication> {
    this.presented.push(credential);
    this.origins.push(origin);
    if (this.failsToAuthenticate) throw new Error('canary: the store is gone');
    if (this.stateIsUnreadable) return { kind: 'refused', reason: 'state_unreadable' };
    if (credential === undefined) return { kind: 'refused', reason: 'missing' };
    if (credential.kind === 'refused') return credential;
    const letter =
      credential.kind === 'token'
        ? /^token-([a-z])$/.exec(credential.token)?.[1]
        : credential.principal.sessionId.at(-1);
    if (letter === undefined) return { kind: 'refused', reason: 'malformed' };
    const principal = principalOf(letter);
    return this.ended.has(principal.sessionId)
      ? { kind: 'refused', reason: 'session_revoked' }
      : { kind: 'authenticated', principal };
  }

  async noteRefusal(_origin: Origin, reason: FormReason, principal?: Principal): Promise<void> {
    if (this.failsToRefuse) {
      this.failsToRefuse = false;
      throw new Error('canary: the store is gone');
    }
    this.refused.push([reason, principal?.subject ?? null]);
  }

  async noteClient(
    { sessionId }: Principal,
    origin: Origin,
    clientInfo: { readonly name: string; readonly version: string } | undefined,
  ): Promise<void> {
    if (this.failsToNote) throw new Error('canary: the store is gone');
    this.noted.push({ sessionId, transport: origin.transport, clientInfo: clientInfo ?? null });
  }

  /** What faces wait for news with, by session; the last that came. */
  readonly watched = new Map<SessionId, ClientChannel>();
  /** All of them, the oldest first. */
  readonly channels = new Set<ClientChannel>();

  watch(channel: ClientChannel): () => void {
    const { sessionId } = channel.principal;
    this.watched.set(sessionId, channel);
    this.channels.add(channel);
    return () => {
      this.channels.delete(channel);
      if (this.watched.get(sessionId) === channel) this.watched.delete(sessionId);
    };
  }

  /** Subscriptions that are open, the oldest first. */
  readonly listening = new Set<{
    readonly incoming: IncomingRequest;
    readonly tell: (news: SessionNews) => void;
  }>();

  /** Honours what the filter names, `prompts…` excepted; news are told at once where it names `early`. */
  async listen(
    incoming: IncomingRequest,
    tell: (news: SessionNews) => void,
  ): Promise<Listening | BrokerReply> {
    const filter = member(incoming.request.params, 'notifications');
    if (!isJsonObject(filter)) return { kind: 'error', error: invalidParams() };
    const open = { incoming, tell };
    this.listening.add(open);
    if (filter.early === true) tell({ kind: 'list_changed', of: 'tools' });
    const honoured = Object.entries(filter).filter(([name]) => !/^(prompts|early)/.test(name));
    return {
      kind: 'listening',
      honoured: Object.fromEntries(honoured),
      stop: () => this.listening.delete(open),
    };
  }

  async admitsServer(_principal: Principal, _origin: Origin, server: string): Promise<boolean> {
    this.askedServers.push(server);
    return server === 'files';
  }

  async handle(incoming: IncomingRequest): Promise<BrokerReply> {
    if (incoming.request.id !== SUPPORT_ID) this.handled.push(incoming);
    const { request, era, revision } = incoming;
    switch (request.method) {
      case 'initialize':
        return result({
          protocolVersion: revision,
          capabilities: { tools: {} },
          serverInfo: SERVER_INFO,
        });
      case 'ping':
        return result({});
      case 'server/discover':
        return result(
          toEra(
            { supportedVersions: [REVISION_2026], capabilities: { tools: {} } },
            'server/discover',
            '2025',
            '2026',
            SERVER_INFO,
          ),
        );
      case 'tools/list':
        return result(toEra({ tools: TOOLS }, 'tools/list', '2025', era, SERVER_INFO));
      case 'tools/call': {
        const reply = await this.#call(incoming);
        return reply.kind === 'result'
          ? result(toEra(reply.result, 'tools/call', '2025', era, SERVER_INFO))
          : reply;
      }
      default:
        return { kind: 'error', error: methodNotFound() };
    }
  }

  /** Settles once a `hang` with this request id is running. */
  async running(id: Json): Promise<void> {
    while (!this.#running.has(id)) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  async #call(incoming: IncomingRequest): Promise<BrokerReply> {
    const { request, notify } = incoming;
    const name = stringMember(request.params, 'name') ?? '';
    switch (name) {
      case 'echo': {
        const text = JSON.stringify(member(request.params, 'arguments') ?? null);
        return result({ content: [{ type: 'text', text }], unknownMember: [1, null] });
      }
      case 'hang':
        return this.#hang(incoming);
      case 'stubborn':
        await this.#hang(incoming);
        return result({ content: [] });
      case 'progress':
        for (const progress of [1, 2]) {
          notify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progress } });
        }
        return result({ content: [] });
      case 'progress-then-hang':
        notify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } });
        return this.#hang(incoming);
      case 'progress-then-end':
        notify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } });
        return { kind: 'session_ended' };
      case 'flood': {
        const message = 'x'.repeat(1024 * 1024);
        for (let progress = 1; progress <= 64; progress += 1) {
          notify({
            jsonrpc: '2.0',
            method: 'notifications/progress',
            params: { progress, message },
          });
        }
        return this.#hang(incoming);
      }
      case 'big':
        return result({ content: [{ type: 'text', text: 'x'.repeat(16 * 1024 * 1024) }] });
      case 'asks': {
        if (incoming.ask === undefined) return result({ content: [], isError: true });
        const question: Question = {
          method: 'elicitation/create',
          params: { message: 'your name?', requestedSchema: { type: 'object', properties: {} } },
        };
        const gaveUp = new AbortController();
        this.giveUp = () => gaveUp.abort();
        const answer = await incoming.ask(question, gaveUp.signal);
        return result({ content: [{ type: 'text', text: JSON.stringify(answer) }] });
      }
      case 'boom':
        throw new Error('canary: a bug');
      case 'ended':
        this.ended.add(incoming.principal.sessionId);
        return { kind: 'session_ended' };
      default:
        return { kind: 'error', error: unknownTool(name) };
    }
  }

  async #hang({ request, signal }: IncomingRequest): Promise<BrokerReply> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    this.#running.add(request.id);
    for (const wake of this.#waiters.splice(0)) wake();
    await aborted;
    this.cancelled.push(request.id);
    for (const wake of this.#waiters.splice(0)) wake();
    return { kind: 'cancelled' };
  }

  /** Settles once so many calls have been cancelled. */
  async cancellations(count: number): Promise<void> {
    while (this.cancelled.length < count) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }
}

const result = (value: JsonObject): BrokerReply => ({ kind: 'result', result: value });
