import type { SessionId, TokenId } from './ids.ts';

/** A session's state as stored. Expiry by time is judged against the clock at each use. */
export type SessionState = 'active' | 'suspended' | 'revoked' | 'expired';

/** How a session was used: the way its requests came, and what the client says of itself, unverified. */
export interface ClientUse {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly transport: 'stdio' | 'http' | 'cli';
  readonly clientName?: string;
  readonly clientVersion?: string;
  /** Remote address, over HTTP. */
  readonly remote?: string;
}

/** A broker session: who, until when, through which client. */
export interface SessionRecord {
  readonly id: SessionId;
  readonly subject: string;
  /** Profile name, when a profile opened it or `--client` named one. */
  readonly client?: string;
  /** Opened through a profile whose client a person sits at, as the admin who connected it said. */
  readonly isInteractive?: true;
  readonly purpose?: string;
  /** The one token this session answers to. */
  readonly tokenId: TokenId;
  /** Id of the key that signed its token; absent when none was handed out: then no token is good. */
  readonly keyId?: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly state: SessionState;
  /** Epoch milliseconds; when it was revoked, suspended or closed. */
  readonly endedAt?: number;
  /** Its first request. */
  readonly firstUse?: ClientUse;
  /** Later requests that differed from the first and from each other, in order; the first few. */
  readonly otherUses?: readonly ClientUse[];
  /** Admitted calls. */
  readonly calls: number;
  /** Epoch milliseconds. */
  readonly lastCallAt?: number;
}
