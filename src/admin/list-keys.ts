import type { AdminContext } from './admin-context.ts';

/** A session key as an admin sees it: never the key itself. */
export interface KeyView {
  readonly kid: string;
  /** `expired`: retired, and no token of it is left. */
  readonly state: 'signing' | 'retired' | 'expired' | 'revoked';
  /** Epoch milliseconds; `undefined` once its file is gone. */
  readonly madeAt?: number;
  readonly retiredAt?: number;
  readonly revokedAt?: number;
  /** When the last token that is still good expires. Epoch milliseconds. */
  readonly lastExpiresAt?: number;
}

/** Session keys, the newest last; revoked ones first. */
export async function listKeys(context: AdminContext): Promise<readonly KeyView[]> {
  const now = context.clock.now();
  const files = await context.keys.sessionKeys();
  const states = new Map((await context.keyStates.list()).map((state) => [state.kid, state]));
  const expiries = await context.keyStates.lastExpiries();
  const signing = files.at(-1)?.kid;
  const removed = [...states.keys()].filter((kid) => !files.some((file) => file.kid === kid));
  return [...removed.map((kid) => ({ kid })), ...files].map((key): KeyView => {
    const { kid } = key;
    const { retiredAt, revokedAt } = states.get(kid) ?? {};
    const last = expiries.get(kid);
    const isUsed = last !== undefined && last > now;
    return {
      kid,
      state:
        revokedAt !== undefined
          ? 'revoked'
          : kid === signing
            ? 'signing'
            : isUsed
              ? 'retired'
              : 'expired',
      ...('madeAt' in key ? { madeAt: key.madeAt } : {}),
      ...(retiredAt === undefined ? {} : { retiredAt }),
      ...(revokedAt === undefined ? {} : { revokedAt }),
      ...(isUsed ? { lastExpiresAt: last } : {}),
    };
  });
}
