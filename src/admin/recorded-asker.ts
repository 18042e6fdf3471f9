import type { Asker } from '../authorize/policy-state.ts';
import type { AdminContext } from './admin-context.ts';
import type { RecordedUse } from './recorded-use.ts';

/** Who made a recorded use. */
export async function askerOf(
  context: AdminContext,
  { subject, client, session }: RecordedUse,
): Promise<Asker> {
  const found = session === undefined ? undefined : context.sessions.find(session);
  return {
    subject,
    ...(client === undefined ? {} : { client }),
    ...(session === undefined ? {} : { sessionId: session }),
    ...(found === undefined ? {} : { sessionOpenedAt: found.openedAt }),
  };
}
