import type { AdminContext } from './admin/admin-context.ts';
import { drainBrokers } from './admin/drain-brokers.ts';
import type { Log } from './domain/log.ts';
import type { Containment } from './monitor/monitor.ts';

/**
 * Suspends and revokes for the monitor as an admin's command does: committed with its event before
 * anything else is admitted or released. Brokers are told beside it, and cancel what still runs: the call
 * that caused it waits for none of them.
 */
export function containment(context: AdminContext, log: Log): Containment {
  const tell = (): void => {
    drainBrokers(context).catch((error: unknown) =>
      log.error({ error }, 'a session is suspended, but not every broker was told'),
    );
  };
  return {
    async suspendSession({ session, subject, client }, detail) {
      const event = {
        code: 'TG2011',
        actor: context.actor,
        session,
        subject,
        ...(client === undefined ? {} : { client }),
        detail,
      } as const;
      await context.sessions.suspend(session, context.clock.now(), event);
      tell();
    },
    async revokeGrant(grant, { subject }, detail) {
      const event = {
        code: 'TG3003',
        actor: context.actor,
        subject,
        detail: { grant, by: detail },
      } as const;
      await context.grants.change([{ kind: 'revoke', id: grant, event }], context.clock.now());
      tell();
    },
  };
}
