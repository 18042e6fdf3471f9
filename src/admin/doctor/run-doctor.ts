import { checkApprovals } from './check-approvals.ts';
import { checkAudit } from './check-audit.ts';
import { checkBrokers } from './check-brokers.ts';
import { checkClients } from './check-clients.ts';
import { checkClock } from './check-clock.ts';
import { checkGrants } from './check-grants.ts';
import { checkListen } from './check-listen.ts';
import { checkProcess } from './check-process.ts';
import { checkServers } from './check-servers.ts';
import { checkFiles, checkSettings } from './check-settings.ts';
import { checkState } from './check-state.ts';
import { checkTools } from './check-tools.ts';
import type { DoctorContext } from './doctor-context.ts';
import { attempt, type Facts, gatherFacts } from './facts.ts';
import { AREAS, type Area, type Finding, findingsOf } from './finding.ts';

type Check = (facts: Facts) => Promise<readonly Finding[]> | readonly Finding[];

const CHECKS: Readonly<Record<Area, Check>> = {
  node: checkProcess,
  configuration: checkSettings,
  files: checkFiles,
  state: checkState,
  audit: checkAudit,
  brokers: checkBrokers,
  clock: checkClock,
  listen: checkListen,
  servers: checkServers,
  tools: checkTools,
  grants: async (facts) => [...(await checkGrants(facts)), ...(await checkApprovals(facts))],
  clients: checkClients,
};

/** What a look at an installation showed. */
export interface Examination {
  /** In the order of `AREAS`. */
  readonly findings: readonly Finding[];
  /** Whether a broker would start with the configuration. */
  readonly isUsable: boolean;
}

/**
 * Looks at an installation and changes nothing: whatever is broken is a finding, and keeps no other from
 * being told. Nothing is recorded in the audit, because nothing is opened for writing.
 *
 * @param options.starts starts each tool server once to see whether it can be reached.
 */
export async function examine(
  context: DoctorContext,
  options: { readonly starts: boolean },
): Promise<Examination> {
  const facts = await gatherFacts(context, options);
  const findings: Finding[] = [];
  for (const area of AREAS) {
    const read = await attempt(async () => CHECKS[area](facts));
    if (read.ok) findings.push(...read.value);
    else {
      const what = `could not be looked at: ${read.what}`;
      findings.push(findingsOf(area)('problem', 'check_failed', what, '', read.remedy));
    }
  }
  const isUsable = context.settings.faults.every(({ kind }) => kind === 'exposed');
  return { findings, isUsable };
}
