import type { SessionId } from './ids.ts';

/** The authenticated party behind a request: who, in which session, through which client profile. */
export interface Principal {
  /** The id grants name. */
  readonly subject: string;
  readonly sessionId: SessionId;
  /** The client's profile name, for sessions a profile opened or `session open --client` named. */
  readonly client?: string;
  /** A person sits at the client, as the admin who connected it said. */
  readonly isInteractive?: true;
  /** Epoch milliseconds. */
  readonly sessionOpenedAt: number;
  /** Epoch milliseconds. */
  readonly sessionExpiresAt: number;
}
