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

/** A key store that keeps nothing. Its first session key is `key`, `kid-1`; those after it `kid-2` … */
export function memoryKeys(): KeyStore & { readonly key: SigningKey } {
  const key = newSigningKey('kid-1');
  let sessionKeys = [key];
  let made = 1;
  const checkpoint = newSigningKey('kid-checkpoint');
  const digest = randomBytes(32);
  return {
    key,
    sessionKey: async () => sessionKeys.at(-1) ?? key,
    findSessionKey: async (kid) => sessionKeys.find((one) => one.kid === kid),
    sessionKeys: async () => sessionKeys.map(({ kid }) => ({ kid, madeAt: 0 })),
    async rotateSessionKey() {
      made += 1;
      const next = newSigningKey(`kid-${made}`);
      sessionKeys.push(next);
      return next;
    },
    async removeSessionKey(kid) {
      sessionKeys = sessionKeys.filter((one) => one.kid !== kid);
    },
    checkpointKey: async () => checkpoint,
    digestKey: async () => digest,
    brokerId: async () => 'toolgrant:test',
  };
}
