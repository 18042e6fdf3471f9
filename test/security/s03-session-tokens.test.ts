import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
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
  expiresAt: NOW + 8 * HOUR,
  state: 'active',
  calls: 0,
};

const keys = memoryKeys();
const good = await mintToken(keys, session, NOW);
const verifier = createTokenVerifier(keys);
const verify = (token: string, now = NOW) => createTokenVerifier(keys).verify(token, now);

const seconds = Math.floor(NOW / 1000);
const claims = {
  iss: 'toolgrant:test',
  aud: 'toolgrant:test',
  sub: 'alice',
  sid: session.id,
  jti: session.tokenId,
  client_id: 'token',
  iat: seconds,
  nbf: seconds,
  exp: seconds + 3600,
};
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'kid-1' };

async function signed(payload: object, head: object = header, signer = keys.key): Promise<string> {
  return new SignJWT(payload as Record<string, unknown>)
    .setProtectedHeader(head as { alg: string })
    .sign(await importJWK({ ...signer.privateJwk }, 'EdDSA'));
}
const without = (name: keyof typeof claims) => {
  const { [name]: _, ...rest } = claims;
  return rest;
};

describe('S3 a session token', () => {
  it('is accepted as minted, with what it says', async () => {
    expect(await verify(good)).toEqual({
      claims: {
        sessionId: session.id,
        tokenId: session.tokenId,
        keyId: 'kid-1',
        subject: 'alice',
        notBefore: NOW,
        expiresAt: NOW + 8 * HOUR,
      },
    });
  });

  it('is accepted when a test signs the same claims, so that the refusals below have one cause', async () => {
    expect(await verify(await signed(claims))).toHaveProperty('claims');
  });

  it.each([
    ['wrong audience', { ...claims, aud: 'toolgrant:other' }],
    ['several audiences', { ...claims, aud: ['toolgrant:test', 'toolgrant:other'] }],
    ['wrong issuer', { ...claims, iss: 'toolgrant:other' }],
    ['missing exp', without('exp')],
    ['far exp', { ...claims, exp: seconds + 25 * 3600 }],
    ['missing iat', without('iat')],
    ['missing nbf', without('nbf')],
    ['missing sid', without('sid')],
    ['missing jti', without('jti')],
    ['missing sub', without('sub')],
    ['empty sub', { ...claims, sub: '' }],
    ['a session id that is none', { ...claims, sid: 'ses_1' }],
    ['exp as text', { ...claims, exp: String(seconds + 3600) }],
    ['exp beyond integers', { ...claims, exp: 1e300 }],
    ['a scope this version could not enforce', { ...claims, scope: 'files/read_file' }],
    ['a bound key this version could not check', { ...claims, cnf: { jkt: 'x' } }],
  ])('it is refused with %s', async (_, payload) => {
    expect(await verify(await signed(payload))).toEqual({ refused: 'claims_invalid' });
  });

  it.each([
    ['wrong typ', { ...header, typ: 'JWT' }],
    ['no typ', { alg: 'EdDSA', kid: 'kid-1' }],
    ['no kid', { alg: 'EdDSA', typ: 'at+jwt' }],
    ['a path as kid', { ...header, kid: '../../keys/session' }],
    ['a statement as kid', { ...header, kid: "' OR 1=1 --" }],
    ['jku', { ...header, jku: 'http://127.0.0.1:9/keys' }],
    ['x5u', { ...header, x5u: 'http://127.0.0.1:9/cert' }],
    ['jwk', { ...header, jwk: keys.key.publicJwk }],
    ['another spelling of alg', { ...header, alg: 'Ed25519' }],
  ])('it is refused with %s in its header, and nothing is fetched', async (_, head) => {
    expect(await verify(await signed(claims, head))).toEqual({ refused: 'header_refused' });
  });

  it('is refused with a kid nobody has', async () => {
    expect(await verify(await signed(claims, { ...header, kid: 'kid-2' }))).toEqual({
      refused: 'key_unknown',
    });
  });

  it('is refused when another key signed it', async () => {
    expect(await verify(await signed(claims, header, newSigningKey('kid-1')))).toEqual({
      refused: 'signature_invalid',
    });
  });

  it.each(['none', 'HS256', 'RS256'])('is refused with alg %s', async (alg) => {
    const head = Buffer.from(JSON.stringify({ ...header, alg })).toString('base64url');
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const mac = createHmac('sha256', Buffer.from(keys.key.publicJwk.x ?? '', 'base64url'))
      .update(`${head}.${body}`)
      .digest('base64url');
    expect(await verify(`${head}.${body}.${mac}`)).toEqual({ refused: 'header_refused' });
    expect(await verify(`${head}.${body}.`)).toEqual({ refused: 'malformed' });
  });

  it('is refused from its expiry on, after 30 s of skew', async () => {
    const token = await signed(claims);
    expect(await verify(token, NOW + HOUR + 29_999)).toHaveProperty('claims');
    expect(await verify(token, NOW + HOUR + 30_000)).toEqual({ refused: 'token_expired' });
  });

  it('is refused before its time, beyond 30 s of skew', async () => {
    const token = await signed(claims);
    expect(await verify(token, NOW - 30_000)).toHaveProperty('claims');
    expect(await verify(token, NOW - 30_001)).toEqual({ refused: 'not_yet_valid' });
  });

  it('is judged against the clock again when its signature is remembered', async () => {
    expect(await verifier.verify(good, NOW)).toHaveProperty('claims');
    expect(await verifier.verify(good, NOW + 9 * HOUR)).toEqual({ refused: 'token_expired' });
  });

  it('is refused in every spelling but the canonical one', async () => {
    const [head = '', body = '', signature = ''] = good.split('.');
    const last = signature.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [
      `${good}=`,
      `${good}==`,
      `${good} `,
      ` ${good}`,
      `${good}\n`,
      `${head}=.${body}.${signature}`,
      `${head}. ${body}.${signature}`,
      `${head}.${body}.${signature}.`,
      `${head}.${body}.${signature}.x`,
      // The last character's unused bits set otherwise: same bytes, other text.
      ...[1, 2, 3].map(
        (bits) =>
          `${head}.${body}.${signature.slice(0, -1)}${alphabet[alphabet.indexOf(last) ^ bits]}`,
      ),
      good.replaceAll('-', '+').replaceAll('_', '/'),
    ].filter((text) => text !== good);
    for (const text of spellings) {
      expect([text, await verify(text)]).toEqual([
        text,
        { refused: expect.stringMatching(/^(malformed|not_canonical)$/) },
      ]);
    }
  });

  const corpus = join(import.meta.dirname, '../../../shared/corpora/wycheproof');
  it.skipIf(!existsSync(corpus))('is refused when it is a Wycheproof JWS vector', async () => {
    let count = 0;
    for (const file of ['json_web_signature.json', 'json_web_crypto.json', 'json_web_key.json']) {
      const { testGroups } = JSON.parse(readFileSync(join(corpus, file), 'utf8')) as {
        testGroups: { tests: { jws?: unknown; tcId: number }[] }[];
      };
      for (const { tests } of testGroups) {
        for (const { jws, tcId } of tests) {
          const token = typeof jws === 'string' ? jws : JSON.stringify(jws ?? null);
          const answer = await verify(token);
          expect([file, tcId, Object.keys(answer)]).toEqual([file, tcId, ['refused']]);
          count += 1;
        }
      }
    }
    expect(count).toBeGreaterThan(300);
  });
});
