import type { SessionId } from '../domain/ids.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Principal } from '../domain/principal.ts';
import type { ClientQuestions } from './client-questions.ts';
import type { ClientInfo } from './inbound.ts';
import type { SessionStreams } from './session-streams.ts';

/** What a client said of itself when it opened a transport session, and where. */
export interface Opened {
  readonly principal: Principal;
  /** `undefined`: `/mcp`. */
  readonly onlyServer: string | undefined;
  /** The revision that was agreed on. */
  readonly revision: string;
  readonly clientInfo: ClientInfo | undefined;
  readonly clientCapabilities: JsonObject;
}

/** Whether clients of a 2025 revision know events that carry an id alone: the newest do. */
export const isPrimed = (revision: string): boolean => revision >= '2025-11-25';

/**
 * A transport session of a 2025 client, what `Mcp-Session-Id` names. Not the broker's session, and no
 * credential: it is only ever found together with the token and the path it was opened with.
 */
export class HttpSession {
  readonly id: string;
  readonly opened: Opened;
  readonly streams: SessionStreams;
  readonly questions: ClientQuestions;
  readonly #idle: NodeJS.Timeout;
  /** Its requests in flight and the connection that reads its news. */
  #uses = 0;
  #isClosed = false;

  constructor(
    id: string,
    opened: Opened,
    streams: SessionStreams,
    questions: ClientQuestions,
    idle: { readonly ms: number; readonly onIdle: () => void },
  ) {
    this.id = id;
    this.opened = opened;
    this.streams = streams;
    this.questions = questions;
    this.#idle = setTimeout(() => {
      if (!this.isUsed) idle.onIdle();
    }, idle.ms).unref();
  }

  /** Whether its client knows events that carry an id alone, and so gets a stream before there is anything to say. */
  get isPrimed(): boolean {
    return isPrimed(this.opened.revision);
  }

  /** Whose it is: the broker's session. */
  get owner(): SessionId {
    return this.opened.principal.sessionId;
  }

  /** Whether it has ended. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether something of it is under way. */
  get isUsed(): boolean {
    return this.#uses > 0;
  }

  /** Notes that something of it is under way. @returns notes its end, once. */
  use(): () => void {
    this.#uses += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#uses -= 1;
      if (!this.isUsed && !this.#isClosed) this.#idle.refresh();
    };
  }

  /** Ends what it has open, without a word. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    this.questions.close();
    this.streams.close();
  }
}
