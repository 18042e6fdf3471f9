import type { Halt } from '../authorize/halt-store.ts';
import type { EventDraft } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';

/** What a halt, or its lifting, came to, and how far the word has reached. */
export interface HaltChange {
  /** The halt that was in force before. When it was ordered again nothing was written. */
  readonly before: Halt | undefined;
  readonly drain: DrainReport;
}

/**
 * Refuses everything, everywhere, now and after restarts, until it is lifted: calls are cancelled,
 * tool servers ended, no session is opened. Sessions and grants stay as they are.
 *
 * @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_UNREACHABLE`.
 */
export async function orderHalt(
  context: AdminContext,
  reason: string | undefined,
): Promise<HaltChange> {
  const said = reason === undefined ? {} : { reason };
  const event: EventDraft = { code: 'TG7001', actor: context.actor, detail: said };
  const before = await context.halts.order({ at: context.clock.now(), ...said }, event);
  return { before, drain: await drainBrokers(context) };
}

/** Lifts the halt. Brokers are asked to look again, so that clients hear of their tools. */
export async function liftHalt(
  context: AdminContext,
  reason: string | undefined,
): Promise<HaltChange> {
  const said = reason === undefined ? {} : { reason };
  const before = await context.halts.lift({ code: 'TG7002', actor: context.actor, detail: said });
  return { before, drain: await drainBrokers(context) };
}
