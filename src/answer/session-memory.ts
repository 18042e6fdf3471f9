import type { SessionId } from '../domain/ids.ts';

/** Sessions remembered at once; the one not heard of for longest is forgotten. */
const MAX_SESSIONS = 1_000;
/** URIs remembered of one session. */
const MAX_URIS = 2_000;
/** Longest URI remembered, UTF-16 code units. */
const MAX_URI_LENGTH = 2_048;

/**
 * What a broker process remembers of sessions while it runs. Nothing of it gives a right: it is lost
 * without harm, and what it leads to is decided like everything else.
 */
export interface SessionMemory {
  /** The least severe log messages a 2025 client wants; `undefined` while it has not said. */
  logLevel(session: SessionId): string | undefined;
  setLogLevel(session: SessionId, level: string): void;
  /** The tool server that listed or gave this session a resource, where several could have it. */
  home(session: SessionId, uri: string): string | undefined;
  noteHome(session: SessionId, uri: string, server: string): void;
}

/** Makes an empty memory. */
export function createSessionMemory(): SessionMemory {
  interface Remembered {
    logLevel: string | undefined;
    readonly homes: Map<string, string>;
  }
  const sessions = new Map<SessionId, Remembered>();

  function of(session: SessionId): Remembered {
    const known = sessions.get(session) ?? { logLevel: undefined, homes: new Map() };
    put(sessions, session, known, MAX_SESSIONS);
    return known;
  }

  return {
    logLevel: (session) => sessions.get(session)?.logLevel,
    setLogLevel(session, level) {
      of(session).logLevel = level;
    },
    home: (session, uri) => sessions.get(session)?.homes.get(uri),
    noteHome(session, uri, server) {
      if (uri.length <= MAX_URI_LENGTH) put(of(session).homes, uri, server, MAX_URIS);
    },
  };
}

/** Puts an entry last, and drops the first one when there are too many. */
function put<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
