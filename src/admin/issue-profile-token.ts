import { BrokerError } from '../domain/errors.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import { MAX_SESSION_LIFE_MS } from '../session/session-life.ts';
import type { AdminContext } from './admin-context.ts';
import { openProfileSession } from './open-profile-session.ts';
import { clientIsOut, type MintToken } from './open-session.ts';

/** A session of a profile and its token, or that the profile was put out: for good, or for now. */
export type IssuedToken =
  | { readonly kind: 'issued'; readonly session: SessionRecord; readonly token: string }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'suspended' };

/**
 * Opens a session for a profile and signs its token: for a client that asks for its headers at each
 * connection, and for scripts. Each use is a session of its own, so that one can be told from another.
 * A refusal is recorded as the failure to authenticate that it is.
 *
 * @throws BrokerError `ERR_USAGE` for a life out of bounds, `ERR_NOT_FOUND` for a profile that does not
 * exist, `ERR_HALTED`, `ERR_STATE_UNSAFE`, `ERR_NOT_COMMITTED`.
 */
export async function issueProfileToken(
  context: AdminContext,
  name: string,
  lifeMs: number | undefined,
  mintToken: MintToken,
): Promise<IssuedToken> {
  if (lifeMs !== undefined && (lifeMs < 1000 || lifeMs > MAX_SESSION_LIFE_MS)) {
    throw new BrokerError('ERR_USAGE', 'a session lives between 1s and 24h', {
      hint: 'such as --ttl 8h, which is what it is without --ttl',
    });
  }
  const session = await openProfileSession(context, name, {
    keyId: (await context.keys.sessionKey()).kid,
    ...(lifeMs === undefined ? {} : { lifeMs }),
  });
  if (!('refused' in session)) {
    return { kind: 'issued', session, token: await mintToken(session) };
  }
  await context.admission.record({
    code: 'TG2001',
    actor: context.actor,
    transport: 'cli',
    detail: { failures: { [session.refused]: 1 } },
  });
  if (session.refused === 'profile_revoked') return { kind: 'revoked' };
  if (session.refused === 'profile_suspended') return { kind: 'suspended' };
  if (session.refused === 'halted' || session.refused === 'key_revoked') {
    throw clientIsOut(session.refused);
  }
  const names = (await context.profiles.list()).map((profile) => profile.name).sort();
  throw new BrokerError('ERR_NOT_FOUND', 'no profile of that name', {
    hint:
      names.length === 0 ? 'make one with `toolgrant connect`' : `there are: ${names.join(', ')}`,
  });
}
