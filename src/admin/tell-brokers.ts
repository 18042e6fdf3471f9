import type { InstanceId } from '../domain/ids.ts';
import type { AdminContext } from './admin-context.ts';

/**
 * Asks every live broker to look again at what it is bound by, after a change that takes nothing away
 * or was made on a call's way: their clients hear that their lists are others. Nobody depends on the
 * answer, since every use is decided on current state. Never rejects.
 *
 * @param except the broker that knows.
 */
export async function tellBrokers(
  context: Pick<AdminContext, 'brokers' | 'drain'>,
  except?: InstanceId,
): Promise<void> {
  const brokers = await context.brokers.list().catch(() => []);
  const others = brokers.filter(({ instance }) => instance !== except);
  await Promise.allSettled(others.map((broker) => context.drain(broker)));
}
