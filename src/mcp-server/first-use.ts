import type { Broker, Origin } from '../domain/broker.ts';
import type { SessionId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import type { ClientInfo } from './inbound.ts';

const MAX_REMEMBERED = 10_000;

/** Reports a session's first use to the broker, once per session and process. */
export class FirstUse {
  readonly #broker: Broker;
  readonly #noted = new Map<SessionId, Promise<void>>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /**
   * Waits until the first use is recorded; requests that race for it share one record.
   *
   * @throws whatever the broker throws; it is tried again with the next request.
   */
  note(principal: Principal, origin: Origin, clientInfo: ClientInfo | undefined): Promise<void> {
    const { sessionId } = principal;
    const known = this.#noted.get(sessionId);
    if (known !== undefined) return known;
    if (this.#noted.size >= MAX_REMEMBERED) this.#noted.clear();
    const noting = this.#broker.noteClient(principal, origin, clientInfo);
    this.#noted.set(sessionId, noting);
    noting.catch(() => this.#noted.delete(sessionId));
    return noting;
  }
}
