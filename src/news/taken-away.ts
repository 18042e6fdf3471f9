import type { ServerOffer } from '../domain/catalog-record.ts';
import { type JsonObject, stringMember } from '../domain/json.ts';
import type { Principal } from '../domain/principal.ts';
import { type NewsOwner, owns } from './channels.ts';

/** The lists a tool server can take something out of while it runs. */
export type ItemList = 'tools' | 'prompts' | 'templates';

/** A live connection, as far as what it offers changes. */
export interface OfferingConnection {
  readonly offer: ServerOffer;
  readonly closed: Promise<void>;
}

/**
 * What live tool servers no longer offer of what they offered when they were connected to.
 *
 * Lists come from pins, and a live connection can only take away from them: this is what it has taken.
 * It counts for those whose connection it is, and until that ends or offers the item again. What a
 * connection never offered is not missing: servers offer less to some clients.
 */
export interface TakenAway {
  /** Notes that what a connection offers is about to be read again; called before it is. */
  before(connection: OfferingConnection): void;
  /** Notes what it offers now. */
  after(server: string, owner: NewsOwner, connection: OfferingConnection): void;
  /** Whether an item was taken from a client. */
  isTaken(principal: Principal, server: string, list: ItemList, name: string): boolean;
}

/**
 * Makes the register.
 *
 * @param onChanged told when a client of `owner` may see another list.
 */
export function createTakenAway(onChanged: (server: string, owner: NewsOwner) => void): TakenAway {
  const offeredFirst = new WeakMap<OfferingConnection, ReadonlySet<string>>();
  const taken = new Map<
    OfferingConnection,
    { readonly server: string; readonly owner: NewsOwner; readonly keys: ReadonlySet<string> }
  >();

  return {
    before(connection) {
      if (offeredFirst.has(connection)) return;
      offeredFirst.set(connection, keysOf(connection.offer));
    },
    after(server, owner, connection) {
      const now = keysOf(connection.offer);
      const first = offeredFirst.get(connection) ?? now;
      const keys = first.difference(now);
      const isKnown = taken.has(connection);
      if (keys.size === 0) taken.delete(connection);
      else taken.set(connection, { server, owner, keys });
      onChanged(server, owner);
      if (isKnown || keys.size === 0) return;
      void connection.closed.then(() => {
        if (taken.delete(connection)) onChanged(server, owner);
      });
    },
    isTaken(principal, server, list, name) {
      const key = keyOf(list, name);
      return [...taken.values()].some(
        (one) => one.server === server && one.keys.has(key) && owns(one.owner, principal),
      );
    },
  };
}

const keyOf = (list: ItemList, name: string): string => JSON.stringify([list, name]);

const keysOf = ({ tools, prompts, templates }: ServerOffer): ReadonlySet<string> =>
  new Set([
    ...namesIn('tools', tools, 'name'),
    ...namesIn('prompts', prompts, 'name'),
    ...namesIn('templates', templates, 'uriTemplate'),
  ]);

const namesIn = (list: ItemList, items: readonly JsonObject[], member: string): string[] =>
  items.map((item) => keyOf(list, stringMember(item, member) ?? ''));
