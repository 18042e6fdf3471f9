import { openSession } from '../../src/admin/open-session.ts';
import { mintToken } from '../../src/authenticate/mint-token.ts';
import type { OpenState } from '../../src/compose.ts';

/** Opens a session as `session open` does, without a process of its own. */
export async function openSessionOn(
  { context }: OpenState,
  subject: string,
): Promise<{ readonly id: string; readonly token: string }> {
  const { session, token } = await openSession(context, { subject }, (opened) =>
    mintToken(context.keys, opened, context.clock.now()),
  );
  return { id: session.id, token };
}
