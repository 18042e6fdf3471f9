import { createPrivateKey, createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { exportJWK } from 'jose/key/export';
import { generateKeyPair } from 'jose/key/generate/keypair';
import type { SigningKey } from '../authenticate/key-store.ts';

/** Makes an Ed25519 key pair, its `kid` the thumbprint of RFC 7638. */
export async function generateSigningKey(): Promise<SigningKey> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x, d } = await exportJWK(pair.privateKey);
  if (x === undefined || d === undefined) throw new Error('the generated key is not Ed25519');
  return signingKey(x, d);
}

/** Writes a key as its file holds it: a private JWK on one line. */
export const formatSigningKey = (key: SigningKey): string =>
  `${JSON.stringify({ ...key.privateJwk, kid: key.kid, alg: 'EdDSA', use: 'sig' })}\n`;

/**
 * Reads a key file's text; `undefined` unless it is one whole Ed25519 key whose halves and id belong
 * together: a public half of another key would make every check of a signature lie.
 */
export async function parseSigningKey(text: string): Promise<SigningKey | undefined> {
  try {
    const { kty, crv, x, d, kid } = JSON.parse(text);
    if (kty !== 'OKP' || crv !== 'Ed25519' || !isKeyHalf(x) || !isKeyHalf(d)) return undefined;
    const secret = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
    if (createPublicKey(secret).export({ format: 'jwk' }).x !== x) return undefined;
    const key = await signingKey(x, d);
    return key.kid === kid ? key : undefined;
  } catch {
    // Intentionally without the cause: what a parser says quotes what it read.
    return undefined;
  }
}

async function signingKey(x: string, d: string): Promise<SigningKey> {
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x };
  const kid = await calculateJwkThumbprint(publicJwk, 'sha256');
  return { kid, privateJwk: { ...publicJwk, d }, publicJwk };
}

/** 32 bytes in base64url without padding. */
const isKeyHalf = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);
