import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';

/** What is said of removed events, before it is signed. */
export interface LogStartFacts {
  readonly chain: string;
  /** The last event that was removed; all before it were too. */
  readonly seq: number;
  /** Its hash, hex: what the first event that is left follows. */
  readonly hash: string;
  /** Its instant, epoch microseconds. */
  readonly at: number;
  /** Epoch microseconds. */
  readonly removedAt: number;
}

/**
 * Where the log starts, once its oldest events were removed on purpose: the stub that stands in for
 * them. Attack: whoever can write the database removes the events that tell of it, and nothing shows that
 * there were any.
 */
export interface LogStart extends LogStartFacts {
  /** The signing key's id. */
  readonly kid: string;
  /** Ed25519 over the canonical form of the other members, base64url. */
  readonly signature: string;
}

/** Signs what is said of removed events, with the key that signs checkpoints. */
export function signLogStart(
  facts: LogStartFacts,
  key: { readonly kid: string; readonly privateJwk: Readonly<Record<string, string>> },
): LogStart {
  const signer = createPrivateKey({ key: { ...key.privateJwk }, format: 'jwk' });
  const signature = sign(null, textOf({ ...facts, kid: key.kid }), signer).toString('base64url');
  return { ...facts, kid: key.kid, signature };
}

/** Whether it carries a valid signature of this Ed25519 public JWK. Never throws. */
export function isLogStartSignedBy(
  start: LogStart,
  publicJwk: Readonly<Record<string, string>>,
): boolean {
  try {
    const key = createPublicKey({ key: { ...publicJwk }, format: 'jwk' });
    return verify(null, textOf(start), key, Buffer.from(start.signature, 'base64url'));
  } catch {
    return false;
  }
}

/** No checkpoint has this text: `removedAt` is in none. */
const textOf = ({ chain, seq, hash, at, removedAt, kid }: Omit<LogStart, 'signature'>): Buffer =>
  Buffer.from(canonicalJson({ chain, seq, hash, at, removedAt, kid }));
