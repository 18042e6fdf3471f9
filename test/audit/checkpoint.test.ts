import { describe, expect, it } from 'vitest';
import { createCheckpointSigner, isSignedBy } from '../../src/audit/checkpoint.ts';
import { newSigningKey } from '../support/memory-keys.ts';
import { CHECKPOINT_KEY } from '../support/sqlite/test-stores.ts';

const head = { chain: 'main', seq: 7, hash: 'a'.repeat(64), at: 1_000 };
const signed = createCheckpointSigner(CHECKPOINT_KEY)(head);

describe('checkpoints', () => {
  it('carry the head, the key’s id and a signature that verifies', () => {
    expect(signed).toEqual({ ...head, kid: 'test-key', signature: expect.any(String) });
    expect(isSignedBy(signed, CHECKPOINT_KEY.publicJwk)).toBe(true);
  });

  it.each([
    ['chain', 'other'],
    ['seq', 8],
    ['hash', 'b'.repeat(64)],
    ['at', 1_001],
    ['kid', 'other'],
    ['signature', 'AAAA'],
    ['signature', ''],
  ])('do not verify with another %s', (member, value) => {
    expect(isSignedBy({ ...signed, [member]: value }, CHECKPOINT_KEY.publicJwk)).toBe(false);
  });

  it('do not verify with another key', () => {
    expect(isSignedBy(signed, newSigningKey('test-key').publicJwk)).toBe(false);
  });

  it('do not verify, and do not throw, with what is no key', () => {
    expect(isSignedBy(signed, { kty: 'none' })).toBe(false);
  });
});
