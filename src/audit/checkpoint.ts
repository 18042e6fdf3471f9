import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Checkpoint } from '../domain/event.ts';

/** What a checkpoint states, before it is signed. */
export type ChainHead = Omit<Checkpoint, 'kid' | 'signature'>;

/** Signs a statement of the chain's head. Synchronous: it runs inside the append transaction. */
export type SignCheckpoint = (head: ChainHead) => Checkpoint;

/** Makes a signer from an Ed25519 private JWK. */
export function createCheckpointSigner(key: {
  readonly kid: string;
  readonly privateJwk: Readonly<Record<string, string>>;
}): SignCheckpoint {
  const privateKey = createPrivateKey({ key: { ...key.privateJwk }, format: 'jwk' });
  return (head) => {
    const members = { ...pick(head), kid: key.kid };
    const signature = sign(null, Buffer.from(canonicalJson(members)), privateKey);
    return { ...members, signature: signature.toString('base64url') };
  };
}

/** Whether a checkpoint carries a valid signature of this Ed25519 public JWK. Never throws. */
export function isSignedBy(
  checkpoint: Checkpoint,
  publicJwk: Readonly<Record<string, string>>,
): boolean {
  try {
    const members = { ...pick(checkpoint), kid: checkpoint.kid };
    const signature = Buffer.from(checkpoint.signature, 'base64url');
    return verify(null, Buffer.from(canonicalJson(members)), importPublic(publicJwk), signature);
  } catch {
    return false;
  }
}

const imported = new WeakMap<object, KeyObject>();

function importPublic(publicJwk: Readonly<Record<string, string>>): KeyObject {
  const known = imported.get(publicJwk);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: { ...publicJwk }, format: 'jwk' });
  imported.set(publicJwk, key);
  return key;
}

/** Signs nothing but the members a checkpoint has. */
const pick = (head: ChainHead) => ({
  chain: head.chain,
  seq: head.seq,
  hash: head.hash,
  at: head.at,
});
