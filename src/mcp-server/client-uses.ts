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
  readonly #noted = new Map<string, 'recorded' | Promise<void>>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /**
   * Has the use recorded; requests that race for it share one record.
   *
   * @returns waits for it; `undefined` when it is recorded already.
   * @throws whatever the broker throws; it is tried again with the next request.
   */
  note(
    principal: Principal,
    origin: Origin,
    clientInfo: ClientInfo | undefined,
  ): Promise<void> | undefined {
    const key = keyOf(principal.sessionId, origin, clientInfo);
    const known = this.#noted.get(key);
    if (known !== undefined) return known === 'recorded' ? undefined : known;
    if (this.#noted.size >= MAX_REMEMBERED) this.#noted.clear();
    const noting = this.#broker.noteClient(principal, origin, clientInfo);
    // A request that says nothing of its client adds nothing to one that did.
    for (const covered of [key, keyOf(principal.sessionId, origin, undefined)]) {
      this.#noted.set(covered, noting);
      noting.then(
        () => this.#noted.set(covered, 'recorded'),
        () => this.#noted.delete(covered),
      );
    }
    return noting;
  }
}

/** Attack: of two clients one is named so that both have one key. Its name's length is told before it. */
function keyOf(
  session: SessionId,
  { transport, remote = '' }: Origin,
  clientInfo: ClientInfo | undefined,
): string {
  const from = `${session} ${transport} ${remote}`;
  if (clientInfo === undefined) return from;
  const name = clientInfo.name.slice(0, MAX_NAME);
  return `${from} ${name.length} ${name}${clientInfo.version.slice(0, MAX_NAME)}`;
}
