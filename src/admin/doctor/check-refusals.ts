import { holdsAnchor } from '../../audit/anchor.ts';
import type { Facts } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';

const found = findingsOf('state');

/** What makes every broker refuse: a database from before its local anchor, and a halt. */
export async function checkRefusals({ context, state }: Facts): Promise<readonly Finding[]> {
  if (state?.ok !== true) return [];
  const stores = state.value?.stores;
  // An older schema is left alone here: the next command brings it up to date.
  if (state.value !== undefined && stores === undefined) return [];
  const findings: Finding[] = [];
  const anchor = await context.readAnchor();
  if (anchor !== undefined && (stores === undefined || !(await holdsAnchor(anchor, stores)))) {
    findings.push(
      found(
        'problem',
        'database_rolled_back',
        `the database does not hold event ${anchor.seq}, which was seen: brokers do not start on it`,
        'anchor',
        'put the right database back; or revoke again what was revoked since, and start once with `--accept-rollback`',
      ),
    );
  }
  const halt = await stores?.halts.current();
  if (halt !== undefined) {
    const why = halt.reason === undefined ? '' : `: ${halt.reason}`;
    const what = `everything is halted since ${new Date(halt.at).toISOString()}${why}`;
    findings.push(found('warning', 'halted', what, '', 'run `toolgrant halt --lift`'));
  }
  return findings;
}
