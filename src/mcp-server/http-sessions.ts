import { randomBytes } from 'node:crypto';
import type { Broker } from '../domain/broker.ts';
import type { SessionId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { ClientQuestions } from './client-questions.ts';
import { HttpSession, isPrimed, type Opened } from './http-session.ts';
import { newsNotification, wantedBy } from './news.ts';
import { SessionStreams, type StreamLimits } from './session-streams.ts';
import { Shares } from './shares.ts';
import type { UnreadAnswers } from './unread-answers.ts';
import { notificationText } from './wire.ts';

/** Bounds of the transport sessions of an HTTP face. */
export interface SessionLimits extends StreamLimits {
  /** Transport sessions, in all and of one session of the broker's. */
  readonly maxTransportSessions: number;
  readonly maxTransportSessionsPerSession: number;
  /** Milliseconds a transport session of which nothing is under way is kept. */
  readonly sessionIdleMs: number;
  /** Questions of one transport session that wait for the client's answer. */
  readonly maxQuestions: number;
  /** Bytes of events kept for clients that come back, in all and of one session of the broker's. */
  readonly maxKeptBytes: number;
  readonly maxKeptBytesPerSession: number;
}

/** Random bytes of a transport session's id. */
const ID_BYTES = 24;

/**
 * The transport sessions of 2025 clients. They live in this process alone.
 *
 * Attack: an id that was overheard or guessed, used with a token of one's own: another's session
 * looks like none. And sessions opened without end: beyond the bound, the owner's own that was used
 * least goes, and none when all are in use.
 */
export class HttpSessions {
  readonly #broker: Broker;
  readonly #limits: SessionLimits;
  readonly #unread: UnreadAnswers;
  readonly #kept: Shares<SessionId>;
  readonly #byId = new Map<string, { readonly session: HttpSession; stopWatching(): void }>();
  /** The one used least comes first. */
  readonly #byOwner = new Map<SessionId, Set<HttpSession>>();
  readonly #onEnd: (session: HttpSession) => void;

  /** @param onEnd told when one has ended for another reason than the broker's session. */
  constructor(
    broker: Broker,
    limits: SessionLimits,
    unread: UnreadAnswers,
    onEnd: (session: HttpSession) => void,
  ) {
    this.#broker = broker;
    this.#limits = limits;
    this.#unread = unread;
    this.#kept = new Shares(limits.maxKeptBytes, limits.maxKeptBytesPerSession);
    this.#onEnd = onEnd;
  }

  /** How many there are. */
  get size(): number {
    return this.#byId.size;
  }

  /** Opens one; `undefined` when there is no room for it. */
  open(opened: Opened): HttpSession | undefined {
    const { sessionId } = opened.principal;
    if (!this.#makeRoom(sessionId)) return undefined;
    const limits = this.#limits;
    const session: HttpSession = new HttpSession(
      randomBytes(ID_BYTES).toString('base64url'),
      opened,
      new SessionStreams(
        limits,
        isPrimed(opened.revision),
        this.#unread,
        sessionId,
        this.#kept.hold(sessionId),
      ),
      new ClientQuestions(limits.maxQuestions),
      { ms: limits.sessionIdleMs, onIdle: () => this.end(session) },
    );
    const own = this.#byOwner.get(sessionId) ?? new Set();
    this.#byOwner.set(sessionId, own.add(session));
    const entry = { session, stopWatching: (): void => {} };
    this.#byId.set(session.id, entry);
    const stopWatching = this.#broker.watch({
      principal: opened.principal,
      era: '2025',
      ...(opened.onlyServer === undefined ? {} : { onlyServer: opened.onlyServer }),
      wants: wantedBy('2025'),
      tell: (news) => {
        const notification = newsNotification(news);
        if (notification !== undefined) session.streams.tell(notificationText(notification));
        else this.#remove(session);
      },
      letGo: () => session.streams.letGo(),
    });
    if (session.isClosed) stopWatching();
    else entry.stopWatching = stopWatching;
    return session;
  }

  /**
   * Finds one by what `Mcp-Session-Id` says; `undefined` when there is none, or it was opened with the
   * token of another session of the broker's, or on another path.
   */
  find(
    id: string,
    { sessionId }: Principal,
    onlyServer: string | undefined,
  ): HttpSession | undefined {
    const session = this.#byId.get(id)?.session;
    if (session?.owner !== sessionId || session.opened.onlyServer !== onlyServer) return undefined;
    const own = this.#byOwner.get(sessionId);
    own?.delete(session);
    own?.add(session);
    return session;
  }

  /** Ends one: its client asked for it, or has not used it for long. */
  end(session: HttpSession): void {
    if (this.#remove(session)) this.#onEnd(session);
  }

  /** Ends all. */
  endAll(): void {
    for (const { session } of [...this.#byId.values()]) this.end(session);
  }

  #makeRoom(owner: SessionId): boolean {
    const own = this.#byOwner.get(owner);
    const isFull =
      this.#byId.size >= this.#limits.maxTransportSessions ||
      (own?.size ?? 0) >= this.#limits.maxTransportSessionsPerSession;
    if (!isFull) return true;
    const unused = [...(own ?? [])].find((session) => !session.isUsed);
    if (unused === undefined) return false;
    this.end(unused);
    return true;
  }

  #remove(session: HttpSession): boolean {
    const entry = this.#byId.get(session.id);
    if (entry === undefined) return false;
    this.#byId.delete(session.id);
    const own = this.#byOwner.get(session.owner);
    own?.delete(session);
    if (own?.size === 0) this.#byOwner.delete(session.owner);
    entry.stopWatching();
    session.close();
    return true;
  }
}
