/** An Ed25519 key pair as JWK, with its id. */
export interface SigningKey {
  readonly kid: string;
  /** Private JWK: `kty` OKP, `crv` Ed25519, `x`, `d`. Never printed, logged or sent. */
  readonly privateJwk: Readonly<Record<string, string>>;
  readonly publicJwk: Readonly<Record<string, string>>;
}

/** Keys of this state, made on first use, readable by their owner alone. */
export interface KeyStore {
  /** The key new session tokens are signed with. */
  sessionKey(): Promise<SigningKey>;
  /** A session key by id, for verification; `undefined` when there is none. */
  findSessionKey(kid: string): Promise<SigningKey | undefined>;
  /** Session keys there are, oldest first: the last signs. `madeAt` is epoch milliseconds. */
  sessionKeys(): Promise<readonly { readonly kid: string; readonly madeAt: number }[]>;
  /** Makes the next session key, which signs from then on. */
  rotateSessionKey(): Promise<SigningKey>;
  /** Removes a session key for good; one that is not there is no error. Never the one that signs. */
  removeSessionKey(kid: string): Promise<void>;
  /** The key checkpoints are signed with. */
  checkpointKey(): Promise<SigningKey>;
  /** 32 random bytes for the audit's HMACs. */
  digestKey(): Promise<Uint8Array>;
  /** This broker's identity, the `iss` and `aud` of its tokens: `toolgrant:` and a random id. */
  brokerId(): Promise<string>;
}
