import type { SessionId } from '../domain/ids.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { isLive, revocationOf } from './revoke-sessions.ts';

/** A new session key, and what became of the others. */
export interface RotatedKeys {
  /** Id of the key that signs from now on. */
  readonly kid: string;
  /** Keys that verify until their last token expires. */
  readonly retired: readonly string[];
}

/** A new session key in the place of others that were revoked, and how far the word has reached. */
export interface RevokedKeys {
  readonly kid: string;
  readonly revoked: readonly string[];
  /** Sessions opened with them that could be used, or were suspended, until now. */
  readonly sessions: readonly SessionId[];
  readonly drain: DrainReport;
}

/**
 * Makes a session key that signs from now on. The one before verifies as long as a session lives that
 * was opened with it; brokers find the new one when they meet its first token.
 *
 * @throws BrokerError `ERR_STATE_UNSAFE`, `ERR_STORE_FAILED`, `ERR_NOT_COMMITTED`.
 */
export async function rotateKeys(context: AdminContext): Promise<RotatedKeys> {
  const { kid, others } = await nextKey(context);
  const known = new Set((await context.keyStates.list()).map((state) => state.kid));
  const retired = others.filter((other) => !known.has(other));
  await context.keyStates.retire(retired, context.clock.now(), {
    code: 'TG7003',
    actor: context.actor,
    detail: { kid, retired },
  });
  return { kid, retired };
}

/**
 * Makes a session key and revokes every other one, with the sessions opened with them: for a key that
 * somebody else may have. Their files are removed once the sessions have ended.
 *
 * @throws BrokerError as `rotateKeys`, and `ERR_UNREACHABLE`.
 */
export async function revokeKeys(context: AdminContext): Promise<RevokedKeys> {
  const { kid, others } = await nextKey(context);
  const states = await context.keyStates.list();
  const gone = new Set(
    states.filter((state) => state.revokedAt !== undefined).map((state) => state.kid),
  );
  const known = new Set([...others, ...states.map((state) => state.kid)]);
  const revoked = [...known].filter((other) => other !== kid && !gone.has(other)).sort();
  const at = context.clock.now();
  const ended = await context.keyStates.revoke(
    revoked,
    at,
    { code: 'TG7004', actor: context.actor, detail: { kid, revoked } },
    revocationOf(context),
  );
  const drain = await drainBrokers(context);
  for (const other of others) await context.keys.removeSessionKey(other);
  return {
    kid,
    revoked,
    sessions: ended.filter((session) => isLive(session, at)).map(({ id }) => id),
    drain,
  };
}

async function nextKey(context: AdminContext) {
  const { kid } = await context.keys.rotateSessionKey();
  const keys = await context.keys.sessionKeys();
  return { kid, others: keys.map((key) => key.kid).filter((other) => other !== kid) };
}
