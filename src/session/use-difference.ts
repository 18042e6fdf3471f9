import type { ClientUse, SessionRecord } from '../domain/session-record.ts';

/** Uses remembered beside a session's first: a client that names itself anew each time fills no log. */
export const MAX_OTHER_USES = 8;

/** In what a later use differs from the first. */
export type UseDifference = 'client' | 'transport' | 'remote';

/**
 * In what `use` differs from `known`. A request in which the client says nothing of itself differs in
 * nothing by that: in the 2025 era only `initialize` says it.
 */
export function useDifferences(known: ClientUse, use: ClientUse): readonly UseDifference[] {
  const isOtherClient =
    use.clientName !== undefined &&
    (use.clientName !== known.clientName || use.clientVersion !== known.clientVersion);
  return [
    ...(isOtherClient ? (['client'] as const) : []),
    ...(use.transport === known.transport ? [] : (['transport'] as const)),
    ...(use.remote === known.remote ? [] : (['remote'] as const)),
  ];
}

/**
 * Whether a use is the session's first, or unlike each one remembered while there is room for more.
 * Attack: a token that was taken from one client is used by another, and nobody sees it.
 */
export function isNewUse(session: SessionRecord, use: ClientUse): boolean {
  const { firstUse, otherUses = [] } = session;
  if (firstUse === undefined) return true;
  if (otherUses.length >= MAX_OTHER_USES) return false;
  return [firstUse, ...otherUses].every((known) => useDifferences(known, use).length > 0);
}
