import type { AccessRequest } from '../domain/access-request.ts';
import type { Decision, Deny } from '../domain/decision.ts';
import type { SessionId } from '../domain/ids.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { Principal } from '../domain/principal.ts';
import { type Client, type NewsOwner, owns } from './channels.ts';

/** Resources one session may be subscribed to at once. */
export const MAX_SUBSCRIPTIONS = 256;

/** What a client subscribed to, by a use that was permitted and answered. */
export interface Subscribed {
  readonly principal: Principal;
  readonly onlyServer?: string;
  readonly server: string;
  /** As the client wrote it. */
  readonly uri: string;
  /** The stream that asked for it (2026); without one every channel of the session is told (2025). */
  readonly stream?: Client;
}

/** A tool server's connection, as far as subscriptions live on it. */
export interface SubscribedConnection {
  readonly closed: Promise<void>;
  unsubscribe(uri: string): Promise<void>;
}

/** Where a subscription lives. */
export interface SubscribedOn {
  readonly connection: SubscribedConnection;
  /** Lets the connection go idle. Idempotent. */
  letGo(): void;
}

/** The resources clients subscribed to. */
export interface Subscriptions {
  /**
   * Takes room for one more subscription of a session.
   *
   * @returns gives it back, once it is remembered or came to nothing; `undefined` when there is none.
   */
  takeRoom(sessionId: SessionId): (() => void) | undefined;
  /** Remembers a subscription; one that is the same takes the earlier one's place. */
  add(subscribed: Subscribed, on: SubscribedOn): void;
  /** One of a session's that is meant. */
  find(
    sessionId: SessionId,
    isMeant: (subscribed: Subscribed) => boolean,
  ): Pick<Subscribed, 'server'> | undefined;
  /** Whether somebody holds a resource on a connection; of those that are meant, when given. */
  isHeld(
    connection: SubscribedConnection,
    uri: string,
    isMeant?: (subscribed: Subscribed) => boolean,
  ): boolean;
  /**
   * Forgets those of a session's subscriptions that are meant, and takes them back at their tool
   * servers unless another client holds the same one on the same connection.
   *
   * @param isTakenBack their tool servers know already.
   */
  forget(
    sessionId: SessionId,
    isMeant: (subscribed: Subscribed) => boolean,
    isTakenBack?: boolean,
  ): void;
  /** Tells of a resource that changed, as its tool server said it. */
  updated(server: string, owner: NewsOwner, params: JsonObject): void;
  /** Decides a session's subscriptions again: one whose right is gone is forgotten. */
  review(sessionId: SessionId): Promise<void>;
  /** Sessions that have subscriptions. */
  sessions(): readonly SessionId[];
}

interface Entry extends Subscribed {
  readonly on: SubscribedOn;
  /** Its connection has ended, and its client has not been told. */
  isOver: boolean;
}

/**
 * Makes the register of subscriptions.
 *
 * A subscription lives as long as its connection. When that ends, nothing can say any more that the
 * resource changed: a 2025 client is told once that it did, a 2026 client's stream ends, and the
 * subscription is forgotten. Whoever still wants to hear of it subscribes again; the broker does not by
 * itself.
 */
export function createSubscriptions(deps: {
  readonly decide: (principal: Principal, request: AccessRequest) => Promise<Decision>;
  /** The session's clients with an open channel. */
  readonly clients: (sessionId: SessionId) => readonly Client[];
  readonly scrub: (params: JsonObject) => JsonObject;
}): Subscriptions {
  const bySession = new Map<SessionId, Set<Entry>>();
  /** Subscriptions on their way. */
  const taken = new Map<SessionId, number>();
  /** Entries of one resource on one connection. */
  const onConnection = new WeakMap<SubscribedConnection, Map<string, Set<Entry>>>();

  const ofSession = (sessionId: SessionId): readonly Entry[] => [
    ...(bySession.get(sessionId) ?? []),
  ];
  const isKept = (entry: Entry): boolean =>
    bySession.get(entry.principal.sessionId)?.has(entry) === true;

  function keep(entry: Entry): void {
    const { principal, on, uri } = entry;
    getOrMake(bySession, principal.sessionId, () => new Set<Entry>()).add(entry);
    const uris = onConnection.get(on.connection) ?? new Map<string, Set<Entry>>();
    onConnection.set(on.connection, uris);
    getOrMake(uris, uri, () => new Set<Entry>()).add(entry);
  }

  /** @returns whether nobody else holds the same on the same connection. */
  function remove(entry: Entry): boolean {
    const { principal, on, uri } = entry;
    const own = bySession.get(principal.sessionId);
    own?.delete(entry);
    if (own?.size === 0) bySession.delete(principal.sessionId);
    const uris = onConnection.get(on.connection);
    const holders = uris?.get(uri);
    holders?.delete(entry);
    if (holders?.size !== 0) return false;
    uris?.delete(uri);
    return true;
  }

  function drop(entry: Entry, isTakenBack = false): void {
    if (!isKept(entry)) return;
    const isLast = remove(entry);
    const { connection, letGo } = entry.on;
    if (isLast && !isTakenBack && !entry.isOver) {
      void connection.unsubscribe(entry.uri).finally(letGo);
    } else letGo();
  }

  async function review(entry: Entry): Promise<void> {
    const { principal, server, uri } = entry;
    const decision = await deps.decide(principal, reading(server, uri));
    if (decision.kind === 'deny' && !isPassing(decision)) drop(entry);
    else if (decision.kind === 'permit' && entry.isOver) tellOver(entry);
  }

  /** Tells those who subscribed, each by the right it has to this very URI. */
  function tell(entry: Entry, uri: string, params: JsonObject, onTold?: () => void): void {
    const { principal, server, stream } = entry;
    const told = stream === undefined ? deps.clients(principal.sessionId) : [stream];
    for (const { channel, outbox } of told) {
      if (stream === undefined && !hears(channel, entry)) continue;
      outbox.push(
        () => deps.decide(principal, reading(server, uri)),
        () => {
          onTold?.();
          channel.tell({ kind: 'resource_updated', params });
        },
        JSON.stringify([server, uri]),
      );
    }
  }

  /** A 2025 client has no other word for it; a 2026 client listens anew when its stream ends. */
  function tellOver(entry: Entry): void {
    if (entry.stream === undefined) {
      tell(entry, entry.uri, { uri: entry.uri }, () => drop(entry));
    } else {
      drop(entry);
      entry.stream.channel.tell({ kind: 'ended' });
    }
  }

  return {
    takeRoom(sessionId) {
      const others = taken.get(sessionId) ?? 0;
      if ((bySession.get(sessionId)?.size ?? 0) + others >= MAX_SUBSCRIPTIONS) return undefined;
      taken.set(sessionId, others + 1);
      return () => {
        const left = (taken.get(sessionId) ?? 1) - 1;
        if (left === 0) taken.delete(sessionId);
        else taken.set(sessionId, left);
      };
    },
    add(subscribed, on) {
      const before = ofSession(subscribed.principal.sessionId).find((one) =>
        isSame(one, subscribed),
      );
      const entry: Entry = { ...subscribed, on, isOver: false };
      keep(entry);
      if (before !== undefined) drop(before);
      // The right may have gone since the subscription was answered.
      void review(entry).catch(() => drop(entry));
      void on.connection.closed.then(() => {
        if (!isKept(entry)) return;
        entry.isOver = true;
        on.letGo();
        tellOver(entry);
      });
    },
    find(sessionId, isMeant) {
      return ofSession(sessionId).find(isMeant);
    },
    isHeld(connection, uri, isMeant = () => true) {
      return [...(onConnection.get(connection)?.get(uri) ?? [])].some(isMeant);
    },
    forget(sessionId, isMeant, isTakenBack) {
      for (const entry of ofSession(sessionId).filter(isMeant)) drop(entry, isTakenBack);
    },
    updated(server, owner, params) {
      const uri = stringMember(params, 'uri');
      if (uri === undefined) return;
      const said = deps.scrub(withoutStream(params));
      const sessions = owner.sessionId === undefined ? [...bySession.keys()] : [owner.sessionId];
      for (const entry of sessions.flatMap(ofSession)) {
        if (entry.server !== server || !owns(owner, entry.principal)) continue;
        if (isWithin(entry.uri, uri)) tell(entry, uri, said);
      }
    },
    async review(sessionId) {
      for (const entry of ofSession(sessionId)) await review(entry);
    },
    sessions: () => [...bySession.keys()],
  };
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

/** News of a resource are decided as reading it is: a condition that stops holding stops them. */
const reading = (server: string, uri: string): AccessRequest => ({
  kind: 'resource',
  server,
  uri,
  args: { uri },
});

/** Whether what was refused comes back by itself: nothing is told meanwhile, and it stays subscribed. */
const isPassing = ({ reason, term }: Deny): boolean => reason === 'halted' || term !== undefined;

const hears = (channel: Client['channel'], entry: Subscribed): boolean =>
  channel.era === '2025' && channel.onlyServer === entry.onlyServer;

const isSame = (entry: Subscribed, other: Subscribed): boolean =>
  entry.onlyServer === other.onlyServer &&
  entry.server === other.server &&
  entry.uri === other.uri &&
  entry.stream === other.stream;

/** Whether a resource is the one subscribed to, or a part of it: a tool server may name either. */
function isWithin(subscribed: string, uri: string): boolean {
  if (uri === subscribed) return true;
  if (!uri.startsWith(subscribed)) return false;
  return subscribed.endsWith('/') || ['/', '?', '#'].includes(uri.charAt(subscribed.length));
}

/** The id of our own stream towards a tool server is no word of the tool server's. */
function withoutStream(params: JsonObject): JsonObject {
  const meta = member(params, '_meta');
  if (!isJsonObject(meta)) return params;
  const { 'io.modelcontextprotocol/subscriptionId': _, ...kept } = meta;
  const { _meta: __, ...others } = params;
  return Object.keys(kept).length === 0 ? others : { ...others, _meta: kept };
}
