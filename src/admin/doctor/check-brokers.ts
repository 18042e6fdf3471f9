import type { Facts } from './facts.ts';
import { type Finding, findingsOf, spanWords } from './finding.ts';

const found = findingsOf('brokers');
const BURY =
  'start a broker (a client that is connected, or `toolgrant serve`): it closes what a dead one left';

/** Whether the brokers that registered run, and whether calls were left open by those that do not. */
export async function checkBrokers({ context, state, now }: Facts): Promise<readonly Finding[]> {
  const stores = state?.ok ? state.value?.stores : undefined;
  if (stores === undefined) return [];
  const registered = await stores.brokers.list();
  const open = await stores.brokers.openIntents();
  const living = new Set<string>();
  const findings: Finding[] = [];
  for (const broker of registered) {
    const where = `${broker.instance} (process ${broker.pid})`;
    const intents = open.filter(({ instance }) => instance === broker.instance).length;
    if (await context.isAlive(broker)) {
      living.add(broker.instance);
      const since = spanWords(now - broker.startedAt);
      findings.push(found('ok', 'broker', `runs since ${since}, ${intents} calls open`, where));
      continue;
    }
    const what = `is registered and does not run; ${intents} calls without an outcome`;
    findings.push(found('warning', 'broker_dead', what, where, BURY));
  }
  const known = new Set(registered.map(({ instance }) => instance));
  const orphans = open.filter(({ instance }) => !known.has(instance));
  if (orphans.length > 0) {
    const what = `${orphans.length} calls have no outcome, and no broker that could write it`;
    findings.push(found('warning', 'intents_orphaned', what, '', BURY));
  }
  if (findings.length === 0) findings.push(found('ok', 'brokers', 'none runs just now'));
  return findings;
}
