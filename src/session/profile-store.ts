/** A client installation that opens a session at each start. A file of the state directory, 0600. */
export interface Profile {
  /** `[a-z0-9][a-z0-9-]{0,47}` */
  readonly name: string;
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Set when a session of it was revoked: it stays out until `connect` makes it anew. */
  readonly revokedAt?: number;
  /** A person sits at the client, and may approve there what rules leave to it. */
  readonly isInteractive?: true;
}

/** Profiles of this state. */
export interface ProfileStore {
  find(name: string): Promise<Profile | undefined>;
  list(): Promise<readonly Profile[]>;
  /** Writes a profile atomically, 0600. */
  put(profile: Profile): Promise<void>;
}
