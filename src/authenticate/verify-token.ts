import { hash as digest } from 'node:crypto';
import type { CryptoKey, JWTPayload } from 'jose';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import { importJWK } from 'jose/key/import';
import { isSessionId, isTokenId, type SessionId, type TokenId } from '../domain/ids.ts';
import type { CredentialReason } from '../domain/reasons.ts';
import type { KeyStore } from './key-store.ts';
import { inspectTokenForm } from './token-form.ts';

/** Clock skew allowed between issuer and broker, seconds. */
export const CLOCK_SKEW_SECONDS = 30;
/** Longest life a session token may claim, seconds. */
export const MAX_TOKEN_LIFE_SECONDS = 24 * 60 * 60;

/** What a verified session token says. Instants are epoch milliseconds. */
export interface TokenClaims {
  readonly sessionId: SessionId;
  readonly tokenId: TokenId;
  /** Id of the key that signed it. */
  readonly keyId: string;
  readonly subject: string;
  readonly notBefore: number;
  readonly expiresAt: number;
}

/** What a token says, or why it is not good. */
export type VerifiedToken =
  | { readonly claims: TokenClaims }
  | { readonly refused: CredentialReason };

/** Verifies session tokens strictly; remembers signatures it has verified, by the token's hash. */
export interface TokenVerifier {
  /** At once for a token whose signature is remembered. */
  verify(token: string, now: number): VerifiedToken | Promise<VerifiedToken>;
}

const REMEMBERED = 10_000;
/** What no time and no new key changes about a token. */
const FOR_GOOD: ReadonlySet<CredentialReason> = new Set(['signature_invalid', 'claims_invalid']);
const CLAIM_NAMES = new Set(['sid', 'client_id', 'iss', 'aud', 'sub', 'jti', 'iat', 'nbf', 'exp']);

/**
 * Makes a verifier for this broker's own tokens.
 *
 * A remembered signature spares only the cryptography: expiry is judged at each use, and the caller
 * reads the session's state anew. A signature that failed is remembered as well, so that a token
 * tried again takes as long as one that was revoked. A claim this version does not know (`scope`, `cnf`) narrows a
 * token in a way it could not enforce, so such a token is refused.
 */
export function createTokenVerifier(keys: KeyStore): TokenVerifier {
  const remembered = new Map<string, TokenClaims>();
  const refused = new Map<string, CredentialReason>();
  const imported = new Map<string, CryptoKey | Uint8Array>();

  async function keyFor(kid: string): Promise<CryptoKey | Uint8Array | undefined> {
    const known = imported.get(kid);
    if (known !== undefined) return known;
    const found = await keys.findSessionKey(kid);
    if (found === undefined) return undefined;
    const key = await importJWK({ ...found.publicJwk }, 'EdDSA');
    imported.set(kid, key);
    return key;
  }

  async function verifySignature(token: string): Promise<VerifiedToken> {
    const form = inspectTokenForm(token);
    if ('refused' in form) return form;
    const key = await keyFor(form.kid);
    if (key === undefined) return { refused: 'key_unknown' };
    const brokerId = await keys.brokerId();
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['EdDSA'],
        typ: 'at+jwt',
        issuer: brokerId,
        audience: brokerId,
        requiredClaims: [...CLAIM_NAMES],
        // Time is judged by `judgeTime` at each use; here it must not expire what is remembered.
        currentDate: new Date(0),
        clockTolerance: Number.MAX_SAFE_INTEGER,
      });
      const claims = readClaims(payload, brokerId, form.kid);
      return claims === undefined ? { refused: 'claims_invalid' } : { claims };
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) {
        return { refused: 'signature_invalid' };
      }
      if (error instanceof errors.JOSEError) return { refused: 'claims_invalid' };
      return { refused: 'malformed' };
    }
  }

  async function verifyNew(token: string, hash: string, now: number): Promise<VerifiedToken> {
    const verified = await verifySignature(token);
    if ('refused' in verified) {
      if (FOR_GOOD.has(verified.refused)) remember(refused, hash, verified.refused);
      return verified;
    }
    remember(remembered, hash, verified.claims);
    return asOf(verified.claims, now);
  }

  return {
    verify(token, now) {
      const hash = digest('sha256', token, 'base64');
      const claims = remembered.get(hash);
      if (claims !== undefined) return asOf(claims, now);
      const known = refused.get(hash);
      return known === undefined ? verifyNew(token, hash, now) : { refused: known };
    },
  };
}

function asOf(claims: TokenClaims, now: number): VerifiedToken {
  const untimely = judgeTime(claims, now);
  return untimely === undefined ? { claims } : { refused: untimely };
}

/** Keeps a value by a token's hash; beyond the bound the oldest is forgotten. */
function remember<T>(known: Map<string, T>, hash: string, value: T): void {
  const oldest = known.size >= REMEMBERED ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
  known.set(hash, value);
}

function judgeTime(claims: TokenClaims, now: number): CredentialReason | undefined {
  if (now + CLOCK_SKEW_SECONDS * 1000 < claims.notBefore) return 'not_yet_valid';
  if (now >= claims.expiresAt + CLOCK_SKEW_SECONDS * 1000) return 'token_expired';
  return undefined;
}

function readClaims(payload: JWTPayload, brokerId: string, keyId: string): TokenClaims | undefined {
  if (Object.keys(payload).some((name) => !CLAIM_NAMES.has(name))) return undefined;
  const { sid, jti, sub, iat, nbf, exp, aud } = payload;
  if (aud !== brokerId) return undefined;
  if (!isSessionId(sid) || !isTokenId(jti) || typeof sub !== 'string' || sub === '')
    return undefined;
  if (![iat, nbf, exp].every((instant) => Number.isSafeInteger(instant))) return undefined;
  const issued = iat as number;
  const expires = exp as number;
  const notBefore = nbf as number;
  if (expires <= issued || expires - issued > MAX_TOKEN_LIFE_SECONDS || notBefore > expires) {
    return undefined;
  }
  return {
    sessionId: sid,
    tokenId: jti,
    keyId,
    subject: sub,
    notBefore: notBefore * 1000,
    expiresAt: expires * 1000,
  };
}
