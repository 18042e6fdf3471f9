import type { Authentication, Credential } from '../domain/broker.ts';
import type { Clock } from '../domain/clock.ts';
import type { SessionId, TokenId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import type { CredentialReason } from '../domain/reasons.ts';
import type { TokenVerifier, VerifiedToken } from './verify-token.ts';

/** What authentication needs to know of a session; the session room answers it, fresh each time. */
export type LookUpSession = (id: SessionId) =>
  | {
      readonly principal: Principal;
      readonly tokenId: TokenId;
      /** The key its token was signed with; `undefined`: no token is good. */
      readonly keyId: string | undefined;
      /** Why it cannot be used now. */
      readonly refused: CredentialReason | undefined;
    }
  | undefined;

/** No session's id: 160 random bits are never all nought. */
const NO_SESSION: SessionId = `ses_${'0'.repeat(32)}`;

/**
 * Turns a credential into a principal, or into the reason why not. Signature first, then the session
 * as it is now: one token, one session, and the token's claims must be the session's own. At once where
 * the signature is remembered.
 */
export function authenticate(
  credential: Credential | undefined,
  deps: {
    readonly verifier: TokenVerifier;
    readonly lookUp: LookUpSession;
    readonly clock: Clock;
  },
): Authentication | Promise<Authentication> {
  if (credential === undefined) return refuse('missing');
  if (credential.kind === 'refused') return refuse(credential.reason);
  if (credential.kind === 'session') {
    const session = deps.lookUp(credential.principal.sessionId);
    if (session === undefined) return refuse('session_unknown');
    return session.refused === undefined
      ? { kind: 'authenticated', principal: session.principal }
      : refuse(session.refused);
  }
  const verified = deps.verifier.verify(credential.token, deps.clock.now());
  return verified instanceof Promise
    ? verified.then((now) => findSession(now, deps.lookUp))
    : findSession(verified, deps.lookUp);
}

function findSession(verified: VerifiedToken, lookUp: LookUpSession): Authentication {
  if ('refused' in verified) {
    // A look-up as for any other token, so that the time does not tell how far this one came.
    lookUp(NO_SESSION);
    return refuse(verified.refused);
  }
  const { claims } = verified;
  const session = lookUp(claims.sessionId);
  if (session === undefined) return refuse('session_unknown');
  // Attack: who has an old or a revoked key signs tokens of sessions that were opened with another.
  const isItsOwn =
    session.tokenId === claims.tokenId &&
    session.keyId === claims.keyId &&
    session.principal.subject === claims.subject;
  if (!isItsOwn) return refuse('session_mismatch');
  return session.refused === undefined
    ? { kind: 'authenticated', principal: session.principal }
    : refuse(session.refused);
}

const refuse = (reason: CredentialReason): Authentication => ({ kind: 'refused', reason });
