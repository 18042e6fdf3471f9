import type { Broker, Origin } from '../domain/broker.ts';
import type { SessionId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import type { ClientInfo } from './inbound.ts';

const MAX_REMEMBERED = 10_000;
/** Characters of a name that tell clients apart; the broker keeps no more either. */
const MAX_NAME = 256;

/** Reports how a session is used to the broker, once per session, way and process. */
export class ClientUses {
  readonly #broker: Broker;
  readonly #noted = new Map<string, Promise<void>>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /**
   * Waits until the use is recorded; requests that race for it share one record.
   *
   * @throws whatever the broker throws; it is tried again with the next request.
   */
  note(principal: Principal, origin: Origin, clientInfo: ClientInfo | undefined): Promise<void> {
    const key = keyOf(principal.sessionId, origin, clientInfo);
    const known = this.#noted.get(key);
    if (known !== undefined) return known;
    if (this.#noted.size >= MAX_REMEMBERED) this.#noted.clear();
    const noting = this.#broker.noteClient(principal, origin, clientInfo);
    // A request that says nothing of its client adds nothing to one that did.
    for (const covered of [key, keyOf(principal.sessionId, origin, undefined)]) {
      this.#noted.set(covered, noting);
      noting.catch(() => this.#noted.delete(covered));
    }
    return noting;
  }
}

const keyOf = (
  session: SessionId,
  { transport, remote }: Origin,
  clientInfo: ClientInfo | undefined,
): string =>
  JSON.stringify([
    session,
    transport,
    remote,
    clientInfo?.name.slice(0, MAX_NAME),
    clientInfo?.version.slice(0, MAX_NAME),
  ]);
