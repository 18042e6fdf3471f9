import { describe, expect, it } from 'vitest';
import { authenticate } from '../../src/authenticate/authenticate.ts';
import { mintToken } from '../../src/authenticate/mint-token.ts';
import { createTokenVerifier } from '../../src/authenticate/verify-token.ts';
import { newSessionId, newTokenId } from '../../src/domain/ids.ts';
import type { SessionRecord } from '../../src/domain/session-record.ts';
import { memoryKeys, newSigningKey } from '../support/memory-keys.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;
const entropy = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const session: SessionRecord = {
  id: newSessionId(entropy),
  subject: 'alice',
  tokenId: newTokenId(entropy),
  keyId: 'kid-1',
  openedAt: NOW,
  expiresAt: NOW + HOUR,
  state: 'active',
  calls: 0,
};
const keys = memoryKeys();
const clock = { now: () => NOW, nowMicros: () => NOW * 1000, monotonicMs: () => 0 };

async function lookUpsFor(token: string): Promise<number> {
  let count = 0;
  const answer = await authenticate(
    { kind: 'token', token },
    {
      verifier: createTokenVerifier(keys),
      clock,
      lookUp() {
        count += 1;
        return undefined;
      },
    },
  );
  expect(answer.kind).toBe('refused');
  return count;
}

describe('a refused token', () => {
  it('costs one look-up of a session, whatever is wrong with it', async () => {
    const good = await mintToken(keys, session, NOW);
    const expired = await mintToken(keys, { ...session, expiresAt: NOW - HOUR }, NOW - 2 * HOUR);
    const forger = { ...keys, findSessionKey: async () => newSigningKey('kid-1') };
    const forged = await mintToken(forger, session, NOW);
    for (const token of [good, expired, forged, 'junk', '', `${good}=`]) {
      expect(await lookUpsFor(token)).toBe(1);
    }
  });

  it('is not verified again when its signature has failed', async () => {
    let reads = 0;
    const verifier = createTokenVerifier({
      ...keys,
      async brokerId() {
        reads += 1;
        return keys.brokerId();
      },
    });
    const [head, claims, signature = ''] = (await mintToken(keys, session, NOW)).split('.');
    const forged = `${head}.${claims}.${'A'.repeat(signature.length)}`;
    for (let n = 0; n < 3; n += 1) {
      expect(await verifier.verify(forged, NOW)).toEqual({ refused: 'signature_invalid' });
    }
    expect(reads).toBe(1);
  });
});
