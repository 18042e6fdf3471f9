import type { Facts } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';

const found = findingsOf('listen');

/** Whether `serve` could listen where it is told to. */
export async function checkListen(facts: Facts): Promise<readonly Finding[]> {
  const { context } = facts;
  const { config } = context.settings;
  if (config === undefined) return [];
  const { host, port } = config.listen;
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const findings: Finding[] = [];
  const isLocal = host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
  if (!isLocal && config.publicUrl === undefined) {
    const what = 'is reachable from other machines, and no publicUrl says that there is TLS';
    const remedy = 'set publicUrl to an https address that leads here, or listen on 127.0.0.1';
    findings.push(found('warning', 'listen_open', what, where, remedy));
  }
  if (port === 0) {
    return [...findings, found('ok', 'listen', 'any free port is taken', where)];
  }
  const elsewhere = 'change `listen` in the configuration, or end the program that is there';
  switch (await context.lookAtAddress(host, port)) {
    case 'free':
      findings.push(found('ok', 'listen', 'is free', where));
      break;
    case 'taken':
      findings.push(
        (await someBrokerRuns(facts))
          ? found('ok', 'listen', 'is in use, and a broker of this state runs', where)
          : found('warning', 'listen_taken', 'another program is there', where, elsewhere),
      );
      break;
    case 'forbidden':
      findings.push(
        found('warning', 'listen_forbidden', 'this user may not listen there', where, elsewhere),
      );
      break;
    case 'absent':
      findings.push(
        found('warning', 'listen_absent', 'is no address of this machine', where, elsewhere),
      );
      break;
  }
  return findings;
}

async function someBrokerRuns({ context, state }: Facts): Promise<boolean> {
  const stores = state?.ok ? state.value?.stores : undefined;
  for (const broker of (await stores?.brokers.list()) ?? []) {
    if (await context.isAlive(broker)) return true;
  }
  return false;
}
