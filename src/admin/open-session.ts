import { BrokerError } from '../domain/errors.ts';
import { newSessionId, newTokenId } from '../domain/ids.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import { MAX_SESSION_LIFE_MS, sessionExpiry } from '../session/session-life.ts';
import type { AdminContext } from './admin-context.ts';
import { type ClientRefusal, openForClient } from './open-for-client.ts';

/** Signs the one token of a session. */
export type MintToken = (session: SessionRecord) => Promise<string>;

/** Whom a session is for. */
export interface SessionWish {
  readonly subject: string;
  /** Profile name of the client it counts as. */
  readonly client?: string;
  readonly purpose?: string;
  /** Milliseconds; 8 hours when absent, at most 24. */
  readonly lifeMs?: number;
}

/** A new session and its token, which is shown once and stored nowhere. */
export interface OpenedSession {
  readonly session: SessionRecord;
  readonly token: string;
  /** Whether the life is shorter than wished, because the subject's last grant ends then. */
  readonly isCapped: boolean;
  /** Whether a live grant is for this client; otherwise every call will be refused. */
  readonly isGranted: boolean;
}

/**
 * Opens a session for a subject that has a live grant. The token is signed before the session is
 * stored: what cannot be handed out is not opened.
 *
 * @throws BrokerError `ERR_USAGE` for a life out of bounds, `ERR_NOT_FOUND` for a subject without a
 * live grant or a client that is revoked or suspended, `ERR_HALTED`, `ERR_NOT_COMMITTED`.
 */
export async function openSession(
  context: AdminContext,
  wish: SessionWish,
  mintToken: MintToken,
): Promise<OpenedSession> {
  const now = context.clock.now();
  if (wish.lifeMs !== undefined && (wish.lifeMs < 1000 || wish.lifeMs > MAX_SESSION_LIFE_MS)) {
    throw new BrokerError('ERR_USAGE', 'a session lives between 1s and 24h', {
      hint: 'such as --ttl 8h, which is what it is without --ttl',
    });
  }
  const { grants } = context.grants.snapshot(wish.subject);
  const live = grants.filter((grant) => grant.expiresAt > now && grant.revokedAt === undefined);
  if (live.length === 0) {
    throw new BrokerError('ERR_NOT_FOUND', `${wish.subject} has no live grant`, {
      hint: `see \`toolgrant grant list\`, or \`toolgrant grant create ${wish.subject} --permit 'server/tool' --ttl 8h\``,
    });
  }
  const latest = Math.max(...live.map((grant) => grant.expiresAt));
  const expiresAt = sessionExpiry(now, wish.lifeMs, latest);
  const session: SessionRecord = {
    id: newSessionId(context.entropy),
    subject: wish.subject,
    tokenId: newTokenId(context.entropy),
    keyId: (await context.keys.sessionKey()).kid,
    openedAt: now,
    expiresAt,
    state: 'active',
    calls: 0,
    ...(wish.client === undefined ? {} : { client: wish.client }),
    ...(wish.purpose === undefined ? {} : { purpose: wish.purpose }),
  };
  const token = await mintToken(session);
  const refused = await openForClient(context, session, {
    code: 'TG2002',
    actor: context.actor,
    session: session.id,
    subject: session.subject,
    ...(session.client === undefined ? {} : { client: session.client }),
    detail: {
      expiresAt,
      tokenId: session.tokenId,
      keyId: session.keyId ?? null,
      ...(session.purpose === undefined ? {} : { purpose: session.purpose }),
    },
  });
  if (refused !== undefined) throw clientIsOut(refused, session.client);
  return {
    session,
    token,
    isCapped: expiresAt < sessionExpiry(now, wish.lifeMs, undefined),
    isGranted: live.some(
      (grant) =>
        grant.clients === undefined ||
        (wish.client !== undefined && grant.clients.includes(wish.client)),
    ),
  };
}

/**
 * The error of a session that was not opened: a client that was put out must not come back through a
 * session of another kind.
 */
export function clientIsOut(refused: ClientRefusal, client = 'the client'): BrokerError {
  switch (refused) {
    case 'profile_revoked':
      return new BrokerError('ERR_NOT_FOUND', `the profile ${client} is revoked`, {
        hint: 'make it anew with `toolgrant connect`',
      });
    case 'profile_suspended':
      return new BrokerError('ERR_NOT_FOUND', `a session of ${client} is suspended`, {
        hint: 'see `toolgrant client show`, and `toolgrant session resume`',
      });
    case 'key_revoked':
      return new BrokerError('ERR_NOT_COMMITTED', 'not committed: the signing key is revoked', {
        hint: 'run the command again; if it stays so, `toolgrant keys rotate`',
      });
    case 'halted':
      return new BrokerError('ERR_HALTED', 'everything is halted', {
        hint: '`toolgrant audit query --code TG7001` says by whom; `toolgrant halt --lift` ends it',
      });
  }
}
