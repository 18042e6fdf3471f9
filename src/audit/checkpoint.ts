import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Checkpoint } from '../domain/event.ts';
import { type ChainHead, noteText } from './signed-note.ts';

/** Brokers sign the head with the event that is this far from the last one signed, in number or time. */
export const CHECKPOINT_EVENTS = 1_000;
export const CHECKPOINT_MICROS = 60_000_000;

/** Signs a statement of the chain's head. Synchronous: it runs inside the append transaction. */
export type SignCheckpoint = (head: ChainHead) => Checkpoint;

/** Makes a signer from an Ed25519 private JWK. */
export function createCheckpointSigner(key: {
  readonly kid: string;
  readonly privateJwk: Readonly<Record<string, string>>;
}): SignCheckpoint {
  const privateKey = createPrivateKey({ key: { ...key.privateJwk }, format: 'jwk' });
  return (head) => {
    const text = noteText(head, key.kid);
    if (text === undefined) throw new BrokerError('ERR_INTERNAL', 'a head that cannot be signed');
    const signature = sign(null, Buffer.from(text), privateKey).toString('base64url');
    return { ...pick(head), kid: key.kid, signature };
  };
}

/** Whether a checkpoint carries a valid signature of this Ed25519 public JWK. Never throws. */
export function isSignedBy(
  checkpoint: Checkpoint,
  publicJwk: Readonly<Record<string, string>>,
): boolean {
  try {
    const key = importPublic(publicJwk);
    const signature = Buffer.from(checkpoint.signature, 'base64url');
    const text = noteText(checkpoint, checkpoint.kid);
    if (text !== undefined && verify(null, Buffer.from(text), key, signature)) return true;
    // As the first version signed them; the two forms cannot be mistaken for each other.
    const members = canonicalJson({ ...pick(checkpoint), kid: checkpoint.kid });
    return verify(null, Buffer.from(members), key, signature);
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
