import { SignJWT } from 'jose/jwt/sign';
import { importJWK } from 'jose/key/import';
import { BrokerError } from '../domain/errors.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { KeyStore } from './key-store.ts';
import { tokenHeader } from './token-form.ts';

/**
 * Signs the one token of a session. It carries no rights: those are looked up at each call.
 *
 * @param session names its key: a token is good with no other.
 * @param issuedAt epoch milliseconds.
 * @returns a JWT (`typ: at+jwt`, EdDSA).
 * @see https://www.rfc-editor.org/rfc/rfc9068
 */
export async function mintToken(
  keys: KeyStore,
  session: SessionRecord,
  issuedAt: number,
): Promise<string> {
  const key = session.keyId === undefined ? undefined : await keys.findSessionKey(session.keyId);
  if (key === undefined) {
    throw new BrokerError('ERR_INTERNAL', 'the session names no key to sign its token with');
  }
  const brokerId = await keys.brokerId();
  const issuedAtSeconds = Math.floor(issuedAt / 1000);
  return new SignJWT({ sid: session.id, client_id: session.client ?? 'token' })
    .setProtectedHeader(tokenHeader(key.kid))
    .setIssuer(brokerId)
    .setAudience(brokerId)
    .setSubject(session.subject)
    .setJti(session.tokenId)
    .setIssuedAt(issuedAtSeconds)
    .setNotBefore(issuedAtSeconds)
    .setExpirationTime(Math.floor(session.expiresAt / 1000))
    .sign(await importJWK({ ...key.privateJwk }, 'EdDSA'));
}
