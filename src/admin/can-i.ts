import { type Explanation, explain } from '../authorize/explain.ts';
import { createPolicyReader } from '../authorize/policy-reader.ts';
import { createCatalog } from '../catalog/catalog.ts';
import type { ToolRef } from '../domain/tool-ref.ts';
import type { AdminContext } from './admin-context.ts';
import { planGrants } from './plan-grants.ts';

/** The decision on a tool, explained, and grant files that might change it. */
export interface CanI extends Explanation {
  /** Grant files that ask for more than is in force, anybody's: they wait for `grant apply`. */
  readonly waiting: readonly string[];
}

/**
 * Asks the one decision whether a subject may call a tool now, in a session just opened. Reads only:
 * nothing is started, and a tool server never seen has no tools yet.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function canI(
  context: AdminContext,
  subject: string,
  ref: ToolRef,
  client: string | undefined,
): Promise<CanI> {
  const epoch = () => context.admission.epoch();
  const catalog = createCatalog({
    store: context.catalog,
    epoch,
    configured: context.serverNames,
    clock: context.clock,
  });
  const read = createPolicyReader({ grants: context.grants, epoch, servers: () => catalog.view() });
  const asker = { subject, ...(client === undefined ? {} : { client }) };
  const explanation = explain(
    await read(subject),
    asker,
    { kind: 'tool', ...ref },
    context.clock.now(),
  );
  return { ...explanation, waiting: explanation.allowed ? [] : await waiting(context) };
}

async function waiting(context: AdminContext): Promise<readonly string[]> {
  const plan = await planGrants(context, { mode: 'auto', prune: false, reinstate: [] });
  return plan.entries.filter((entry) => entry.waits).map((entry) => entry.file);
}
