import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyStore, SigningKey } from '../../src/authenticate/key-store.ts';

/** A signing key made for one test. */
export function newSigningKey(kid: string): SigningKey {
  const pair = generateKeyPairSync('ed25519');
  return {
    kid,
    privateJwk: pair.privateKey.export({ format: 'jwk' }) as Record<string, string>,
    publicJwk: pair.publicKey.export({ format: 'jwk' }) as Record<string, string>,
  };
}

/** A key store that keeps nothing. */
export function memoryKeys(): KeyStore & { readonly key: SigningKey } {
  const key = newSigningKey('kid-1');
  const checkpoint = newSigningKey('kid-checkpoint');
  const digest = randomBytes(32);
  return {
    key,
    sessionKey: async () => key,
    findSessionKey: async (kid) => (kid === key.kid ? key : undefined),
    checkpointKey: async () => checkpoint,
    digestKey: async () => digest,
    brokerId: async () => 'toolgrant:test',
  };
}
