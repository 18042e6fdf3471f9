import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCheckpointSigner, isSignedBy } from '../../src/audit/checkpoint.ts';
import { formatNote, parseNotes, verifierKey } from '../../src/audit/signed-note.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { CHECKPOINT_KEY } from '../support/sqlite/test-stores.ts';

const head = { chain: 'main', seq: 7, hash: 'ab'.repeat(32), at: 1_000 };
const checkpoint = createCheckpointSigner(CHECKPOINT_KEY)(head);
const note = formatNote(checkpoint, CHECKPOINT_KEY.publicJwk) ?? '';

describe('a checkpoint as a note', () => {
  it('has the form of C2SP: name, size, root, extension, and the key’s signature over them', () => {
    const [text = '', signatures = ''] = note.split('\n\n');
    const root = Buffer.from(head.hash, 'hex').toString('base64');
    expect(text).toBe(`toolgrant/main/test-key\n7\n${root}\nat 1000`);
    const [dash, name, signed = ''] = signatures.trimEnd().split(' ');
    expect([dash, name]).toEqual(['—', 'toolgrant/main/test-key']);
    const bytes = Buffer.from(signed, 'base64');
    const [, keyName = '', keyHash, typed = ''] =
      /^(.+?)\+([0-9a-f]{8})\+(.+)$/.exec(verifierKey('main', CHECKPOINT_KEY)) ?? [];
    const key = Buffer.from(typed, 'base64');
    const expected = hash('sha256', Buffer.concat([Buffer.from(`${keyName}\n`), key]));
    expect(keyHash).toBe(expected.slice(0, 8));
    expect(bytes.subarray(0, 4).toString('hex')).toBe(keyHash);
    expect(key[0]).toBe(1);
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') };
    const signer = createPublicKey({ key: jwk, format: 'jwk' });
    expect(verify(null, Buffer.from(`${text}\n`), signer, bytes.subarray(4))).toBe(true);
  });

  it('reads back as it was, among others and other lines, with a witness beside it', () => {
    const witnessed = `${note}— witness.example/w AAAAAAAA\n`;
    expect(parseNotes(`${note}${note}\nlog line\n${witnessed}`)).toEqual([
      checkpoint,
      checkpoint,
      checkpoint,
    ]);
    expect(parseNotes('no note')).toEqual([]);
  });

  it.each([
    ['size', '\n7\n', '\n8\n'],
    ['time', 'at 1000', 'at 1001'],
    ['log', /toolgrant\/main/g, 'toolgrant/other'],
  ])('does not verify with another %s', (_, from, to) => {
    const [read] = parseNotes(note.replaceAll(from, to));
    expect(read && isSignedBy(read, CHECKPOINT_KEY.publicJwk)).toBe(false);
  });

  it('is made of no head that could be read as another', () => {
    const signer = createCheckpointSigner(CHECKPOINT_KEY);
    for (const odd of [{ hash: 'h' }, { seq: 0 }, { chain: 'a\nb' }, { at: -1 }]) {
      expect(() => signer({ ...head, ...odd })).toThrow();
    }
  });

  it('still verifies as the first version signed it', () => {
    const members = { ...head, kid: 'test-key' };
    const key = createPrivateKey({ key: { ...CHECKPOINT_KEY.privateJwk }, format: 'jwk' });
    const signature = sign(null, Buffer.from(canonicalJson(members)), key).toString('base64url');
    expect(isSignedBy({ ...members, signature }, CHECKPOINT_KEY.publicJwk)).toBe(true);
    expect(isSignedBy({ ...members, seq: 8, signature }, CHECKPOINT_KEY.publicJwk)).toBe(false);
  });
});
